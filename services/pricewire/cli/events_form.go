package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// eventFields are those of every event; what is in data depends on its type.
func eventFields() []string {
	return []string{"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "traceparent", "data"}
}

// judgeEventFields refuses fields that no event has. What is in data is not judged: each type has its own.
func judgeEventFields(chosen []string) error {
	var judged []string
	for _, name := range chosen {
		if !strings.HasPrefix(name, "data.") {
			judged = append(judged, name)
		}
	}
	return output.Judge(judged, eventFields())
}

// eventPrinter writes events as they come, in the form that was asked for.
type eventPrinter struct {
	page    *output.Page // for rows
	form    output.Format
	fields  []string // chosen; all when empty
	columns []string // of rows
	printed bool
}

func (a *app) eventPrinter() *eventPrinter {
	p := &eventPrinter{page: a.onto(beneath(a.streams.Out)), form: a.out(), fields: a.fields, columns: a.fields}
	p.page.Fields, p.page.Rolling = nil, true
	if len(p.columns) == 0 {
		p.columns = []string{"id", "time", "type", "subject", "data"}
		if p.form == output.Table {
			p.columns, p.page.Least = []string{"time", "type", "subject"}, []int{24, 30}
		}
	}
	return p
}

func (p *eventPrinter) print(event json.RawMessage) error {
	defer func() { p.printed = true }()
	if p.form == output.Table || p.form == output.CSV {
		return p.row(event)
	}
	few, err := output.Some(event, p.fields)
	if err != nil {
		return err
	}
	between := ""
	switch {
	case p.form == output.JSON && p.printed:
		between = ",\n"
	case p.form == output.JSON:
		between = "{\"items\": [\n"
	default:
		few = append(few, '\n')
	}
	_, err = fmt.Fprintf(p.page.Writer, "%s%s", between, few)
	return err
}

// row writes an event as a line of a table or of CSV; an object has one cell.
func (p *eventPrinter) row(event json.RawMessage) error {
	cells := make([]string, len(p.columns))
	for i, column := range p.columns {
		value := event
		for name := range strings.SplitSeq(column, ".") {
			var object map[string]json.RawMessage
			if json.Unmarshal(value, &object) != nil {
				value = nil
				break
			}
			value = object[name]
		}
		var text string
		if json.Unmarshal(value, &text) != nil && string(value) != "null" {
			text = string(value)
		}
		cells[i] = text
	}
	if p.form == output.Table {
		return output.Grid(p.page, upper(p.columns), [][]string{cells})
	}
	record := []byte{}
	for i, column := range p.columns {
		name, _ := json.Marshal(column) // text always can be
		text, _ := json.Marshal(cells[i])
		record = fmt.Appendf(record, "%c%s:%s", "{,"[min(i, 1)], name, text)
	}
	return output.Columns(p.page, []json.RawMessage{append(record, '}')}, p.columns...)
}

// end closes what must be closed; there may have been no event.
func (p *eventPrinter) end() error {
	if p.form != output.JSON {
		return nil
	}
	text := "],\n\"next\": null}\n"
	if !p.printed {
		text = "{\"items\": [" + text
	} else {
		text = "\n" + text
	}
	_, err := io.WriteString(p.page.Writer, text)
	return err
}

func upper(names []string) []string {
	heads := make([]string, len(names))
	for i, name := range names {
		heads[i] = strings.ToUpper(strings.NewReplacer("_", " ", ".", " ").Replace(name))
	}
	return heads
}
