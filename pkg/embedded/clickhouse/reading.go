package clickhouse

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// gate lets a reader's questions through.
type gate struct {
	reader *Reader
	turns  chan struct{} // of this reader
	all    chan struct{} // of all readers
}

// enter waits for a turn; leave gives it back.
func (g *gate) enter() (leave func(), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), g.reader.Limits.Queue)
	defer cancel()
	for i, turns := range []chan struct{}{g.turns, g.all} {
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			if i > 0 {
				<-g.turns
			}
			return nil, exceptionf(codeTooManyQueries, "Too many simultaneous queries for user %s: %d run, %d of all readers. Ask again in a moment. (TOO_MANY_SIMULTANEOUS_QUERIES)",
				g.reader.User, len(g.turns), len(g.all))
		}
	}
	return func() { <-g.all; <-g.turns }, nil
}

// answerReader runs a reader's question on a connection of the engine that is made for it, gives up all rights but the reader's before
// the question is looked at, and ends with it: one question leaves nothing to the next.
func (s *session) answerReader(q query) error {
	leave, err := s.gate.enter()
	if err != nil {
		return err
	}
	defer leave()
	reader := s.gate.reader
	s.limit(reader.Limits.Transfer, time.Now().Add(reader.Limits.Time+reader.Limits.Transfer))
	if s.engine, err = s.server.engine.connect(); err != nil {
		return exceptionf(codeNoFreeConnection, "%s. (NO_FREE_CONNECTION)", err)
	}
	defer func() {
		s.engine.close()
		s.engine = nil
		s.limit(reader.Limits.Transfer, time.Time{})
	}()
	method, settings := s.takeFrontSettings(q)
	err = s.confine(settings)
	var st statement
	if err == nil {
		st, err = s.admitted(q)
	}
	switch {
	case err != nil || st.text == "":
	case st.kind == selectStatement:
		err = s.watched(func() error { return s.stream(st, q, method) })
	default:
		err = s.watched(func() error { return s.run(st, q, method) })
	}
	return namedAs(err, reader.User)
}

// checkAnswer ends a reader's answer that becomes too large. The engine counts a value that all rows share once.
func (s *session) checkAnswer(sent tally) error {
	if s.gate == nil || sent.bytes <= uint64(s.gate.reader.Limits.ResultBytes) {
		return nil
	}
	return exceptionf(codeTooManyRowsOrBytes, "Limit for result exceeded, max bytes: %d, current bytes: %d. (TOO_MANY_ROWS_OR_BYTES)", s.gate.reader.Limits.ResultBytes, sent.bytes)
}

// confine leaves a connection of the engine only the reader's rights, within the reader's limits, and lets no statement change a setting.
func (s *session) confine(settings []setting) error {
	reader := s.gate.reader
	limits, free, rest, err := reader.Limits.settings(settings)
	if err != nil {
		return err
	}
	statements := []string{
		"USE " + quoteName(s.database),
		"SET " + strings.Join(append(limits, free...), ", "),
		"SET ROLE " + reader.role(),
		"SET readonly = 1",
	}
	for _, given := range rest { // refused now by the engine, unless they say what holds anyhow
		literal, err := given.literal()
		if err != nil {
			return err
		}
		statements = append(statements, "SET "+given.name+" = "+literal)
	}
	for _, sql := range statements {
		if err := s.engine.run(sql); err != nil {
			return err
		}
	}
	return nil
}

// FreeSettings are those that a reader may set to anything: they change what an answer looks like, and neither what it costs nor what it is made
// of. A setting holds behind a view too, where additional_table_filters would tell of columns that the view leaves out, and join_default_strictness
// would lose rows.
func FreeSettings() []string {
	return []string{
		"aggregate_functions_null_for_empty", "cast_keep_nullable", "date_time_overflow_behavior",
		"decimal_check_overflow", "empty_result_for_aggregation_by_empty_set", "extremes",
		"group_by_use_nulls", "join_use_nulls", "log_comment", "prefer_column_name_to_alias",
		"session_timezone", "totals_mode", "transform_null_in", "union_default_mode", "output_format_native_encode_types_in_binary_format",
	}
}

// settings sorts what a client sets: limits, which it may lower; what it is free to set; and the rest.
func (l Limits) settings(given []setting) (limits, free []string, rest []setting, err error) {
	bounds := []struct {
		name string
		most int64
	}{
		{"max_rows_to_read", l.Rows},
		{"max_result_rows", l.ResultRows},
		{"max_result_bytes", l.ResultBytes},
		{"max_memory_usage", l.Memory},
		{"max_execution_time", int64(l.Time / time.Second)},
		{"max_threads", int64(l.Threads)},
		{"max_block_size", 65_409},
	}
	set := map[string]int64{}
	for _, b := range bounds {
		set[b.name] = b.most
	}
	for _, s := range given {
		most, bounded := set[s.name]
		switch {
		case bounded:
			// A client that asks for more, or for no limit at all, gets what there is: drivers set times of their own.
			if n, err := strconv.ParseFloat(unquoteDump(s.value), 64); err == nil && n >= 1 && n < float64(most) {
				set[s.name] = int64(n)
			}
		case slices.Contains(FreeSettings(), s.name):
			literal, err := s.literal()
			if err != nil {
				return nil, nil, nil, err
			}
			free = append(free, s.name+" = "+literal)
		default:
			rest = append(rest, s)
		}
	}
	for _, b := range bounds {
		limits = append(limits, b.name+" = "+strconv.FormatInt(set[b.name], 10))
	}
	spill := strconv.FormatInt(max(set["max_memory_usage"]/2, 1), 10)
	return append(limits, "max_bytes_before_external_group_by = "+spill, "max_bytes_before_external_sort = "+spill, "max_bytes_ratio_before_external_group_by = 0",
		"max_bytes_ratio_before_external_sort = 0", "max_subquery_depth = 50", "priority = 10"), free, rest, nil
}

// admitted judges a reader's statement. The engine parses it and writes it anew; what it wrote is judged and run, so that nothing depends on
// how the text is read here. A statement without a text has nothing left to do.
func (s *session) admitted(q query) (statement, error) {
	text, err := s.written(q.text)
	if err != nil {
		return statement{}, err
	}
	st, err := parseStatement(text)
	if err != nil {
		return statement{}, err
	}
	if strings.HasPrefix(st.text, "INSERT ") { // which the engine explains only with its rows
		return statement{}, refusedTo(s.gate.reader, "nothing can be inserted")
	}
	tree, err := s.engine.exec("EXPLAIN AST "+st.text, "TSV", q.params)
	if err != nil {
		return statement{}, err
	}
	lines := strings.Split(strings.TrimSuffix(string(tree.data()), "\n"), "\n")
	tree.destroy()
	reader := s.gate.reader
	if root := readNode(lines[0]); root.kind == "UseQuery" {
		return statement{}, s.use(root.name)
	}
	if err := s.server.engine.fence.check(lines, reader); err != nil {
		return statement{}, err
	}
	return st, refuseHidden(st.text, reader)
}

// written returns a statement as the engine writes it, comments gone.
func (s *session) written(text string) (string, error) {
	r, err := s.engine.exec("SELECT formatQuerySingleLine("+quote(text)+")", "RawBLOB", nil)
	if e, ok := errors.AsType[*exception](err); ok {
		message, _, _ := strings.Cut(e.message, ": In scope SELECT formatQuerySingleLine(")
		return "", &exception{code: e.code, message: message + ". (SYNTAX_ERROR)"}
	}
	if err != nil {
		return "", err
	}
	defer r.destroy()
	return string(r.data()), nil
}

// refuseHidden refuses conditions of SHOW, which are in no tree.
func refuseHidden(text string, r *Reader) error {
	tokens, err := tokenize(text)
	if err != nil {
		return err
	}
	explained := slices.ContainsFunc(tokens, func(t token) bool { return t.is("SHOW") })
	if explained && slices.ContainsFunc(tokens, func(t token) bool { return t.is("WHERE") }) {
		return refusedTo(r, "SHOW … WHERE is not open: use LIKE")
	}
	return nil
}

// use changes the session's database.
func (s *session) use(database string) error {
	if !s.gate.reader.mayUse(database) {
		return closedDatabase(s.gate.reader, database)
	}
	s.database = database
	return nil
}

func closedDatabase(r *Reader, database string) error {
	return refusedTo(r, "database %s is not open; yours is %s", database, r.database())
}

// namedAs puts the reader's name where the engine knows but one user.
func namedAs(err error, user string) error {
	e, ok := errors.AsType[*exception](err)
	if !ok {
		return err
	}
	if message, named := strings.CutPrefix(e.message, "default: "); named {
		return &exception{code: e.code, message: user + ": " + message}
	}
	return err
}
