package clickhouse

import (
	"fmt"
	"slices"
	"strings"
)

// fence is what a reader's statement may consist of, beyond what the engine itself refuses by the rights of its role. It judges the
// engine's own syntax tree, and lets through what it knows.
type fence struct {
	scalars     map[string]bool // by name: whether the function may be called
	folded      map[string]bool // the same for names that are taken in any case, in lower case
	aggregates  map[string]bool
	anyCase     map[string]bool // aggregates whose names are taken in any case, in lower case
	combinators []string
}

// openCategories are the engine's categories of functions that compute with their arguments and reach nothing else.
func openCategories() []string {
	return []string{
		"Arithmetic", "Arrays", "Bit", "Bitmap", "Comparison", "Conditional", "Dates and Times", "Distance", "Encoding", "Financial", "Geo",
		"Geo Polygon", "Hash", "IP Address", "JSON", "Logical", "Map", "Mathematical", "Null", "NumericIndexedVector", "QBit", "Random Number",
		"Rounding", "String", "String Replacement", "String Search", "String Splitting", "Time Series", "Time Window", "Tuple",
		"Type Conversion", "URL", "UUID",
	}
}

// openFunctions are the others that readers may call.
func openFunctions() []string {
	return []string{
		"_CAST", "bar", "byteSize", "caseWithExpression", "countDigits", "currentDatabase", "defaultValueOfArgumentType", "defaultValueOfTypeName",
		"digits", "finalizeAggregation", "formatReadableDecimalSize", "formatReadableQuantity", "formatReadableSize",
		"formatReadableTimeDelta", "getSubcolumn", "identity", "ignore", "initializeAggregation", "isConstant", "isDecimalOverflow",
		"materialize", "neighbor", "parseReadableSize", "parseReadableSizeOrNull", "parseReadableSizeOrZero", "parseTimeDelta", "revision",
		"rowNumberInAllBlocks", "rowNumberInBlock", "runningAccumulate", "runningDifference", "runningDifferenceStartingWithFirstValue",
		"throwIf", "toColumnTypeName", "toTypeName", "transform", "variantElement", "variantType", "version", "visibleWidth",
	}
}

// syntaxFunctions are what the tree calls parts of the language that look like functions.
func syntaxFunctions() []string {
	return []string{"lambda", "exists", "untuple", "grouping", "interval"}
}

// openNodes are the parts of a tree that readers may use. What the tree shows only in part is not among them: APPLY, for one, names a
// function that is nowhere in the tree.
func openNodes() []string {
	return []string{
		"SelectWithUnionQuery", "SelectIntersectExceptQuery", "SelectQuery", "ExpressionList", "Subquery", "WithElement", "Asterisk",
		"QualifiedAsterisk", "ColumnsRegexpMatcher", "QualifiedColumnsRegexpMatcher", "ColumnsListMatcher", "QualifiedColumnsListMatcher",
		"ColumnsTransformerList", "ColumnsExceptTransformer", "ColumnsReplaceTransformer", "ColumnsReplaceTransformer::Replacement",
		"TablesInSelectQuery", "TablesInSelectQueryElement", "TableExpression", "TableJoin", "ArrayJoin", "SampleRatio", "OrderByElement",
		"InterpolateElement", "WindowDefinition", "WindowListElement",
		"Literal", "Function", "Identifier", "TableIdentifier", "Explain", // looked at further
		"DescribeQuery", "ShowTables", "ShowColumns", "ShowCreateTableQuery", "ShowCreateViewQuery", "ExistsTableQuery", "ExistsViewQuery",
	}
}

// openExplanations are those that the engine gives of what the role may ask only, or that look at the text alone.
func openExplanations() []string {
	return []string{"EXPLAIN", "EXPLAIN AST", "EXPLAIN SYNTAX", "EXPLAIN PIPELINE", "EXPLAIN ESTIMATE"}
}

// openTables are the tables outside a reader's databases that may be asked: those by which clients find out what there is. The engine
// shows in them what the role may know.
func openTables() []string {
	return []string{
		"system.columns", "system.data_type_families", "system.databases", "system.functions", "system.numbers", "system.one", "system.tables",
		"information_schema.columns", "information_schema.schemata", "information_schema.tables",
		"INFORMATION_SCHEMA.COLUMNS", "INFORMATION_SCHEMA.SCHEMATA", "INFORMATION_SCHEMA.TABLES",
		"information_schema.COLUMNS", "information_schema.SCHEMATA", "information_schema.TABLES",
		"INFORMATION_SCHEMA.columns", "INFORMATION_SCHEMA.schemata", "INFORMATION_SCHEMA.tables",
	}
}

// openTableFunctions are those that make rows of nothing; how many is a matter of limits.
func openTableFunctions() []string { return []string{"numbers", "generate_series", "generateSeries"} }

// readFence asks the engine which functions it has.
func readFence(conn *connection) (*fence, error) {
	functions, err := rowsOf(conn, "SELECT name, is_aggregate, case_insensitive, alias_to, if(origin = 'System', categories, '') FROM system.functions")
	if err != nil {
		return nil, fmt.Errorf("read functions of the engine: %w", err)
	}
	combinators, err := rowsOf(conn, "SELECT name FROM system.aggregate_function_combinators")
	if err != nil {
		return nil, fmt.Errorf("read combinators of the engine: %w", err)
	}
	f := &fence{scalars: map[string]bool{}, folded: map[string]bool{}, aggregates: map[string]bool{}, anyCase: map[string]bool{}}
	open := map[string]bool{}
	for _, row := range functions {
		name, category := row[0], row[4]
		open[name] = slices.Contains(openCategories(), category) || category != "" && slices.Contains(openFunctions(), name)
	}
	for _, row := range functions {
		name, aggregate, anyCase, alias := row[0], row[1] == "1", row[2] == "1", row[3]
		switch may := open[name] || alias != "" && open[alias]; {
		case aggregate:
			f.aggregates[name] = true
			f.anyCase[strings.ToLower(name)] = anyCase
		default:
			f.scalars[name] = may
			if anyCase {
				f.folded[strings.ToLower(name)] = may
			}
		}
	}
	for _, row := range combinators {
		f.combinators = append(f.combinators, row[0])
	}
	return f, nil
}

// rowsOf runs a select of short plain texts and numbers and returns its rows.
func rowsOf(conn *connection, sql string) ([][]string, error) {
	r, err := conn.exec(sql, "TSV", nil)
	if err != nil {
		return nil, err
	}
	defer r.destroy()
	var rows [][]string
	for line := range strings.Lines(string(r.data())) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows, nil
}

// scalar reports whether there is a function of that name that is no aggregate, and whether it may be called.
func (f *fence) scalar(name string) (may, known bool) {
	if may, known = f.scalars[name]; known {
		return may, true
	}
	may, known = f.folded[strings.ToLower(name)]
	return may, known
}

// aggregate reports whether a name is that of an aggregate function, with any number of combinators behind it.
func (f *fence) aggregate(name string) bool {
	if f.aggregates[name] || f.anyCase[strings.ToLower(name)] {
		return true
	}
	return slices.ContainsFunc(f.combinators, func(c string) bool {
		base, ok := strings.CutSuffix(name, c)
		return ok && base != "" && f.aggregate(base)
	})
}

// node is a line of the engine's dump of a syntax tree.
type node struct {
	kind, name string
	depth      int
}

// readNode takes a line apart: "  Function sum (alias x) (children 1)". What follows a name is cut at its first parenthesis; a name that
// holds one is none of those that are known.
func readNode(line string) node {
	text := strings.TrimLeft(line, " ")
	n := node{depth: len(line) - len(text)}
	n.kind, n.name, _ = strings.Cut(text, " ")
	n.name, _, _ = strings.Cut(n.name, " (")
	if strings.HasPrefix(n.name, "(") {
		n.name = ""
	}
	n.name = strings.TrimSpace(n.name)
	return n
}

// openStatements are the trees that readers may have run.
func openStatements() []string {
	return []string{
		"SelectWithUnionQuery", "Explain", "DescribeQuery", "ShowTables", "ShowColumns", "ShowCreateTableQuery", "ShowCreateViewQuery",
		"ExistsTableQuery", "ExistsViewQuery",
	}
}

// check judges the tree of a reader's statement, one line a node, and returns an exception about the first that is not open.
func (f *fence) check(tree []string, r *Reader) error {
	var above []node
	for i, line := range tree {
		n := readNode(line)
		if i == 0 && !slices.Contains(openStatements(), n.kind) {
			return refusedTo(r, "only SELECT, SHOW, DESCRIBE, EXPLAIN and EXISTS are open, and this is %s", n.kind)
		}
		if n.depth > len(above) {
			return refusedTo(r, "the statement cannot be judged")
		}
		var parent node
		if n.depth > 0 {
			parent = above[n.depth-1]
		}
		if err := f.checkNode(n, parent, r); err != nil {
			return err
		}
		above = append(above[:n.depth], n)
	}
	if len(tree) == 0 {
		return refusedTo(r, "the statement cannot be judged")
	}
	return nil
}

func (f *fence) checkNode(n, parent node, r *Reader) error {
	switch {
	case n.kind == "Set" && slices.Contains([]string{"EXPLAIN", "EXPLAIN PIPELINE"}, parent.name):
		return nil // how the plan is shown
	case n.kind == "Set":
		return refusedTo(r, "SETTINGS in a statement are not open: clients send settings beside it")
	case n.kind == "Explain" && !slices.Contains(openExplanations(), n.name):
		return refusedTo(r, "%s is not open", n.name)
	case !slices.Contains(openNodes(), n.kind):
		return refusedTo(r, "%s is not open", n.kind)
	case n.kind == "Literal" && parent.kind == "SelectWithUnionQuery":
		return refusedTo(r, "INTO OUTFILE is not open: the client writes files")
	case n.kind == "TableIdentifier":
		return f.checkTable(n.name, r)
	case n.kind == "Function" && parent.kind == "TableExpression":
		if slices.Contains(openTableFunctions(), n.name) {
			return nil
		}
		return f.checkTableFunction(n.name, r)
	case n.kind == "Function":
		if may, known := f.scalar(n.name); known && may || !known && (f.aggregate(n.name) || slices.Contains(syntaxFunctions(), n.name)) {
			return nil
		}
		return refusedTo(r, "function %s is not open", n.name)
	case n.kind == "Identifier":
		if may, known := f.scalar(n.name); known && !may { // arrayMap(file, …): a name may stand for a function
			return refusedTo(r, "function %s is not open", n.name)
		}
		return f.checkTable(n.name, r) // x IN table
	}
	return nil
}

// checkTable refuses what is in a database of the engine's own. Of the reader's databases the engine itself knows what is open.
func (f *fence) checkTable(name string, r *Reader) error {
	database, _, qualified := strings.Cut(name, ".")
	if !qualified || r.mayUse(database) || !strings.EqualFold(database, "system") && !strings.EqualFold(database, "information_schema") {
		return nil
	}
	if slices.Contains(openTables(), name) {
		return nil
	}
	return refusedTo(r, "table %s is not open", name)
}

// checkTableFunction lets through views that take parameters.
func (f *fence) checkTableFunction(name string, r *Reader) error {
	if slices.ContainsFunc(r.Views, func(v View) bool {
		return name == v.Database+"."+v.Name || name == v.Name && v.Database == r.database()
	}) {
		return nil
	}
	return refusedTo(r, "table function %s is not open", name)
}

func refusedTo(r *Reader, format string, args ...any) error {
	return exceptionf(codeAccessDenied, "%s: Not enough privileges: %s. (ACCESS_DENIED)", r.User, fmt.Sprintf(format, args...))
}
