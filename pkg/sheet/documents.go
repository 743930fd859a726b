package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// Bounds of a file of documents.
const (
	maxYAML      = 1 << 20 // bytes
	maxYAMLNodes = 200_000 // that are visited, each as often as an alias names it
	maxYAMLText  = 4 << 20 // bytes of all values
)

// ReadDocuments reads a list from a YAML file: a list of entries, or a mapping whose key documents holds it. The keys of an entry are the
// schema's columns, by name or any of their headers; a value is a text, a number, or a list of texts, which are joined by semicolons. A
// row's number is the entry's line in the file, that of a problem the line of the value. The file may be zipped; a workbook is read as
// ReadItems reads it.
//
// An error of kind invalid means that there is no reading the file: it is no YAML, no list, or has more than 1 MiB. Whatever the bytes, it
// allocates at most 256 times their number and 16 MiB, beside what Make does.
func ReadDocuments(name string, data []byte, schema item.Schema, opts Options) (ItemSheet, error) {
	limits := opts.Limits.orDefault()
	f, err := only(name, data, limits)
	if err != nil {
		return ItemSheet{}, err
	}
	if contentOf(f.Data) != plainFile {
		return ReadItems(f.Name, f.Data, schema, opts)
	}
	root, err := parseYAML(f.Data, min(maxYAML, limits.Bytes))
	if err != nil {
		return ItemSheet{}, err
	}
	p := &yamlParser{report: &report{limit: limits.Problems}, schema: schema, form: formOf(schema), limits: limits}
	if err := p.file(root); err != nil {
		return ItemSheet{}, err
	}
	return ItemSheet{p.items, p.all()}, nil
}

func parseYAML(data []byte, most int64) (*yaml.Node, error) {
	if int64(len(data)) > most {
		return nil, fault.New(fault.Invalid, "read documents: the file has more than %d bytes", most).WithHint("give it as a CSV file or workbook")
	}
	if !utf8.Valid(data) {
		return nil, fault.New(fault.Invalid, "read documents: the file is not UTF-8").WithHint("save it as UTF-8")
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var root, second yaml.Node
	err := decoder.Decode(&root)
	switch {
	case errors.Is(err, io.EOF) || err == nil && len(root.Content) == 0:
		return nil, fault.New(fault.Invalid, "read documents: the file is empty")
	case err == nil:
		if err = decoder.Decode(&second); errors.Is(err, io.EOF) {
			return root.Content[0], nil
		}
		if err == nil {
			err = errors.New("it holds several YAML documents, separated by ---")
		}
	}
	return nil, fault.New(fault.Invalid, "read documents: the file is no YAML: %s", excerpt(strings.TrimPrefix(err.Error(), "yaml: "))).
		WithHint("it must be a list of entries such as: - kind: customer-agreement")
}

// yamlParser turns the entries of a YAML list into items.
type yamlParser struct {
	*report
	schema item.Schema
	form   *form
	limits Limits

	nodes, text int // visited so far
	items       []item.Row
	failed      bool
}

func (p *yamlParser) problem(line int, severity listing.Severity, rule, column, value, text string) {
	p.failed = p.failed || severity == listing.Error
	p.add(listing.Problem{Severity: severity, Rule: rule, Row: line, Column: column, Value: value, Text: text})
}

// file visits the entries.
func (p *yamlParser) file(root *yaml.Node) error {
	list := p.resolve(root)
	if list.Kind == yaml.MappingNode {
		list = p.documents(list)
	}
	if list == nil || list.Kind != yaml.SequenceNode {
		return fault.New(fault.Invalid, "read documents: the file is neither a list of entries nor a mapping with the key documents").
			WithHint("write every entry as: - kind: customer-agreement")
	}
	if len(list.Content) > p.limits.Rows {
		return fault.New(fault.Invalid, "read documents: the file has more than %d entries", p.limits.Rows).WithHint("split it")
	}
	for _, n := range list.Content {
		p.entry(n)
		if p.nodes > maxYAMLNodes || p.text > maxYAMLText {
			return fault.New(fault.Invalid, "read documents: the aliases of the file make it too large").WithHint("write the values out")
		}
	}
	return nil
}

// documents returns what the mapping around the list has as documents, nil when it has nothing.
func (p *yamlParser) documents(mapping *yaml.Node) *yaml.Node {
	var list *yaml.Node
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key := mapping.Content[i]
		if normal(key.Value) == "documents" && list == nil {
			list = p.resolve(mapping.Content[i+1])
			continue
		}
		p.problem(key.Line, listing.Warning, RuleUnknownColumn, excerpt(key.Value), "", "the key is not known beside documents and is left out")
	}
	return list
}

// resolve returns what an alias stands for, and counts.
func (p *yamlParser) resolve(n *yaml.Node) *yaml.Node {
	p.nodes++
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func (p *yamlParser) entry(n *yaml.Node) {
	p.failed = false
	number := n.Line
	n = p.resolve(n)
	if n.Kind != yaml.MappingNode {
		p.problem(number, listing.Error, RuleMalformedRow, "", n.Value, "the entry is not a mapping of keys to values")
		return
	}
	texts, lines := map[string]string{}, map[string]int{}
	for i := 0; i+1 < len(n.Content) && p.nodes <= maxYAMLNodes; i += 2 {
		key := p.resolve(n.Content[i])
		column, known := p.form.byName[normal(key.Value)]
		_, twice := lines[column]
		switch {
		case key.Kind != yaml.ScalarNode || !known:
			p.problem(n.Content[i].Line, listing.Warning, RuleUnknownColumn, excerpt(key.Value), "", "the key is not known and is left out")
		case twice:
			p.problem(key.Line, listing.Error, RuleMalformedRow, column, "", "the key is there twice, in one spelling or two: keep one of them")
		default:
			lines[column] = n.Content[i].Line
			texts[column] = p.value(column, n.Content[i+1])
		}
	}
	p.make(number, texts, lines)
}

// value returns a value as text.
func (p *yamlParser) value(column string, n *yaml.Node) string {
	line := n.Line
	n = p.resolve(n)
	if n.Kind != yaml.SequenceNode {
		return p.scalar(column, line, n)
	}
	elements := make([]string, 0, min(len(n.Content), maxYAMLNodes))
	for _, e := range n.Content {
		if p.nodes > maxYAMLNodes || p.text > maxYAMLText {
			break
		}
		if s := p.scalar(column, e.Line, p.resolve(e)); s != "" {
			elements = append(elements, s)
		}
	}
	return p.bounded(column, line, strings.Join(elements, ";"))
}

func (p *yamlParser) scalar(column string, line int, n *yaml.Node) string {
	switch {
	case n.Kind != yaml.ScalarNode:
		p.problem(line, listing.Error, RuleMalformedRow, column, "", "the value is neither a text, a number nor a list of texts")
		return ""
	case n.ShortTag() == "!!null":
		return ""
	case hasControl(n.Value):
		p.problem(line, listing.Error, RuleControl, column, n.Value, "the value holds a control character: remove it")
		return ""
	}
	p.text += len(n.Value)
	return p.bounded(column, line, strings.TrimSpace(n.Value))
}

func (p *yamlParser) bounded(column string, line int, s string) string {
	if len(s) > p.limits.FieldBytes {
		p.problem(line, listing.Error, RuleTooLong, column, s, fmt.Sprintf("the value is longer than %d bytes", p.limits.FieldBytes))
		return ""
	}
	return s
}

func (p *yamlParser) make(number int, texts map[string]string, lines map[string]int) {
	var values []item.Value
	for _, c := range p.schema.Columns {
		if texts[c.Header] != "" {
			values = append(values, item.Value{Name: c.Name, Text: texts[c.Header]})
		}
	}
	told := map[string]bool{}
	made, ok := makeItem(p.schema, values, func(w item.Wrong) {
		column := header(p.schema, w.Column)
		told[column] = true
		p.problem(or(lines[column], number), w.Severity, w.Rule, column, w.Value, w.Text)
	})
	for _, c := range p.schema.Columns {
		if c.Required && texts[c.Header] == "" && !told[c.Header] && !p.failed {
			p.problem(number, listing.Error, RuleMissingValue, c.Header, "", "the value is missing; no entry can do without it")
		}
	}
	if ok && !p.failed {
		p.items = append(p.items, item.Row{Item: made, Number: number})
	}
}
