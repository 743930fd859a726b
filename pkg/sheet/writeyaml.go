package sheet

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// writeYAML writes a table as a list of mappings that ReadDocuments reads. All values are texts in quotes, so that no version of YAML and
// no language takes one for something else; empty cells are left out.
func writeYAML(w io.Writer, t Table, notes []Note) error {
	out := bufio.NewWriterSize(w, 64<<10)
	for _, n := range notes {
		_, _ = out.WriteString(commentOf(n)) // a failure stays with the writer
	}
	count := 0
	err := t.each(func(number int, row []string) error {
		count = number
		entry := &yaml.Node{Kind: yaml.MappingNode}
		for i, cell := range row {
			if err := t.valid(number, i, cell); err != nil {
				return err
			}
			if cell != "" {
				entry.Content = append(entry.Content, textNode(t.Columns[i].Name, keyStyle(t.Columns[i].Name)), textNode(cell, yaml.DoubleQuotedStyle))
			}
		}
		if len(entry.Content) == 0 {
			entry.Style = yaml.FlowStyle
		}
		var b bytes.Buffer
		e := yaml.NewEncoder(&b)
		e.SetIndent(2)
		if err := e.Encode(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{entry}}); err != nil {
			return err
		}
		_, err := out.Write(b.Bytes())
		return err
	})
	if err == nil && count == 0 {
		_, err = out.WriteString("[]\n")
	}
	if err == nil {
		err = out.Flush()
	}
	return err
}

// keyStyle quotes keys that some version of YAML takes for something else than text.
func keyStyle(key string) yaml.Style {
	switch strings.ToLower(key) {
	case "on", "off", "yes", "no", "y", "n":
		return yaml.DoubleQuotedStyle
	}
	return 0 // the library quotes where today's YAML needs it
}

func textNode(s string, style yaml.Style) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: style}
}

func commentOf(n Note) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u0085' || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(n.Name+": "+n.Text, "\ufffd"))
	return "# " + text + "\n"
}
