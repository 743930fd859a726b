package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Members writes as JSON an answer that holds lists of records: the fields chosen are those of the records in the lists named, and what is beside
// the lists stays as it is.
func Members(w io.Writer, answer json.RawMessage, lists ...string) error {
	p := pageOf(w)
	if len(p.Fields) == 0 {
		return indent(w, answer)
	}
	object := map[string]json.RawMessage{}
	if err := json.Unmarshal(answer, &object); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	inLists := map[string][]json.RawMessage{}
	var all []json.RawMessage
	for _, name := range lists {
		var records []json.RawMessage
		if raw, there := object[name]; there {
			if err := json.Unmarshal(raw, &records); err != nil {
				return fmt.Errorf("read answer: %w", err)
			}
		}
		inLists[name], all = records, append(all, records...)
	}
	few, err := p.chosen(all, nil)
	if err != nil {
		return err
	}
	for _, name := range lists {
		if n := len(inLists[name]); n > 0 {
			object[name], few = listOf(few[:n]), few[n:]
		}
	}
	names, err := members(answer)
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	var out bytes.Buffer
	for i, name := range names {
		label, _ := json.Marshal(name) // text always can be
		out.WriteByte("{,"[min(i, 1)])
		out.Write(label)
		out.WriteByte(':')
		out.Write(object[name])
	}
	out.WriteByte('}')
	return indent(w, out.Bytes())
}

// listOf is a JSON list of what is JSON already.
func listOf(elements []json.RawMessage) json.RawMessage {
	return append(append(json.RawMessage("["), bytes.Join(rawBytes(elements), []byte{','})...), ']')
}

func rawBytes(all []json.RawMessage) [][]byte {
	texts := make([][]byte, len(all))
	for i, raw := range all {
		texts[i] = raw
	}
	return texts
}
