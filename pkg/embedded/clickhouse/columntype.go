package clickhouse

import (
	"fmt"
	"strconv"
	"strings"
)

// shape is how a column of some type is laid out in a Native block. Only what is needed to find the column's end is kept, so the
// original type text goes through untouched.
type shape struct {
	form   form
	width  uint64   // fixed: bytes a value
	fields []*shape // nullable, array, dictionary: one; tuple: all
}

type form uint8

const (
	fixedWidth form = iota
	lengthPrefixed
	nullable
	array
	tuple
	dictionary
)

// maxTypeDepth bounds nesting in a type's text, which comes from the network.
const maxTypeDepth = 32

// fixedWidths are the types whose values take the same number of bytes whatever their parameters.
var fixedWidths = map[string]uint64{
	"Nothing": 1, "Bool": 1, "UInt8": 1, "Int8": 1, "Enum8": 1,
	"UInt16": 2, "Int16": 2, "Enum16": 2, "Date": 2, "BFloat16": 2,
	"UInt32": 4, "Int32": 4, "Float32": 4, "Date32": 4, "DateTime": 4, "DateTime32": 4, "Decimal32": 4, "IPv4": 4, "Time": 4,
	"UInt64": 8, "Int64": 8, "Float64": 8, "DateTime64": 8, "Decimal64": 8, "Time64": 8,
	"UInt128": 16, "Int128": 16, "UUID": 16, "IPv6": 16, "Decimal128": 16,
	"UInt256": 32, "Int256": 32, "Decimal256": 32,
}

// aliases are the geometric types, by what they consist of.
var aliases = map[string]string{
	"Point": "Tuple(Float64, Float64)", "Ring": "Array(Point)", "LineString": "Array(Point)",
	"Polygon": "Array(Ring)", "MultiLineString": "Array(LineString)", "MultiPolygon": "Array(Polygon)",
}

func parseShape(text string) (*shape, error) { return parseShapeAt(text, 0) }

func parseShapeAt(text string, depth int) (*shape, error) {
	if depth > maxTypeDepth {
		return nil, exceptionf(codeUnknownType, "type is nested more than %d deep", maxTypeDepth)
	}
	name, args, err := splitType(text)
	if err != nil {
		return nil, err
	}
	if full, ok := aliases[name]; ok {
		return parseShapeAt(full, depth+1)
	}
	if width, ok := fixedWidths[name]; ok {
		return &shape{form: fixedWidth, width: width}, nil
	}
	if strings.HasPrefix(name, "Interval") {
		return &shape{form: fixedWidth, width: 8}, nil
	}
	switch name {
	case "String":
		return &shape{form: lengthPrefixed}, nil
	case "FixedString":
		return parseFixedString(text, args)
	case "Decimal":
		return parseDecimal(text, args)
	case "SimpleAggregateFunction":
		if len(args) != 2 {
			return nil, unknownType(text)
		}
		return parseShapeAt(args[1], depth+1)
	}
	return parseComposite(text, name, args, depth)
}

func parseComposite(text, name string, args []string, depth int) (*shape, error) {
	forms := map[string]form{
		"Nullable": nullable, "Array": array, "LowCardinality": dictionary, "Tuple": tuple, "Map": array, "Nested": array,
	}
	composite, ok := forms[name]
	if !ok || (len(args) == 0 && name != "Tuple") {
		return nil, unknownType(text)
	}
	fields := make([]*shape, 0, len(args))
	for _, arg := range args {
		if name == "Tuple" || name == "Nested" {
			arg = withoutFieldName(arg)
		}
		field, err := parseShapeAt(arg, depth+1)
		if err != nil {
			return nil, err
		}
		fields = append(fields, field)
	}
	switch name {
	case "Map", "Nested":
		fields = []*shape{{form: tuple, fields: fields}}
	case "LowCardinality":
		// A dictionary keeps nulls as its first entry, not as a map of nulls.
		if fields[0].form == nullable {
			fields = fields[0].fields
		}
	}
	if composite != tuple && len(fields) != 1 {
		return nil, unknownType(text)
	}
	return &shape{form: composite, fields: fields}, nil
}

func parseFixedString(text string, args []string) (*shape, error) {
	if len(args) != 1 {
		return nil, unknownType(text)
	}
	width, err := strconv.ParseUint(args[0], 10, 24)
	if err != nil || width == 0 {
		return nil, unknownType(text)
	}
	return &shape{form: fixedWidth, width: width}, nil
}

func parseDecimal(text string, args []string) (*shape, error) {
	if len(args) == 0 {
		return nil, unknownType(text)
	}
	precision, err := strconv.Atoi(args[0])
	if err != nil || precision < 1 || precision > 76 {
		return nil, unknownType(text)
	}
	width := uint64(32)
	switch {
	case precision <= 9:
		width = 4
	case precision <= 18:
		width = 8
	case precision <= 38:
		width = 16
	}
	return &shape{form: fixedWidth, width: width}, nil
}

func unknownType(text string) *exception {
	return exceptionf(codeUnknownType, "type %s does not pass the embedded server; convert it to another type in the query", text)
}

// splitType cuts "Map(String, Array(UInt8))" into its name and its top-level arguments; quoted parts are left whole.
func splitType(text string) (name string, args []string, err error) {
	text = strings.TrimSpace(text)
	open := strings.IndexByte(text, '(')
	if open < 0 {
		return text, nil, nil
	}
	if !strings.HasSuffix(text, ")") {
		return "", nil, fmt.Errorf("read column type %q: no closing parenthesis", text)
	}
	name, inside := text[:open], text[open+1:len(text)-1]
	depth, start := 0, 0
	for i := 0; i < len(inside); i++ {
		switch inside[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '\'', '`', '"':
			i = endOfQuoted(inside, i)
		case ',':
			if depth == 0 {
				args = append(args, strings.TrimSpace(inside[start:i]))
				start = i + 1
			}
		}
	}
	if last := strings.TrimSpace(inside[start:]); last != "" {
		args = append(args, last)
	}
	return name, args, nil
}

// endOfQuoted returns the index of the quote that closes the one at start, or the last index when none does.
func endOfQuoted(text string, start int) int {
	quote := text[start]
	for i := start + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case quote:
			if i+1 < len(text) && text[i+1] == quote {
				i++
				continue
			}
			return i
		}
	}
	return len(text) - 1
}

// withoutFieldName drops the name from a tuple's element such as "amount Decimal(38, 18)" or "`a b` String".
func withoutFieldName(arg string) string {
	if arg == "" {
		return arg
	}
	if arg[0] == '`' || arg[0] == '"' {
		return strings.TrimSpace(arg[endOfQuoted(arg, 0)+1:])
	}
	for i := 0; i < len(arg); i++ {
		switch arg[i] {
		case '(':
			return arg
		case ' ':
			return strings.TrimSpace(arg[i+1:])
		}
	}
	return arg
}
