package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A field is named by its path: "diff.added" is added in diff. A path may lead into a list: "shards.name" is the name of each shard. The name of
// an object stands for all that is in it.

// isField reports whether a path leads somewhere: to a field, to an object, or into a list that some record has.
func isField(path string, known []string, records []record) bool {
	for _, name := range known {
		if name == path || strings.HasPrefix(name, path+".") {
			return true
		}
		if rest, deeper := strings.CutPrefix(path, name+"."); deeper {
			for _, r := range records {
				if leads(r.value(name), strings.Split(rest, ".")) {
					return true
				}
			}
		}
	}
	return false
}

// leads reports whether some element of a list, or of lists in it, has a field.
func leads(raw json.RawMessage, path []string) bool {
	if len(path) == 0 {
		return true
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		return slices.ContainsFunc(list, func(element json.RawMessage) bool { return leads(element, path) })
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return false
	}
	value, there := object[path[0]]
	return there && leads(value, path[1:])
}

// spread puts the fields of an object in the place of its name.
func spread(paths, known []string) []string {
	var names []string
	for _, path := range paths {
		if slices.Contains(known, path) {
			names = append(names, path)
			continue
		}
		inside := slices.DeleteFunc(slices.Clone(known), func(name string) bool { return !strings.HasPrefix(name, path+".") })
		if len(inside) == 0 { // it leads into a list, or no record has it
			inside = []string{path}
		}
		names = append(names, inside...)
	}
	return names
}

// branch is what was chosen of an object: all of a field, or some of what is in it.
type branch struct {
	name  string
	whole bool
	some  []*branch
}

// grow makes the branches of some paths, each name once and in the order in which it first comes.
func grow(paths []string) []*branch {
	root := &branch{}
	for _, path := range paths {
		at := root
		for name := range strings.SplitSeq(path, ".") {
			i := slices.IndexFunc(at.some, func(b *branch) bool { return b.name == name })
			if i < 0 {
				at.some = append(at.some, &branch{name: name})
				i = len(at.some) - 1
			}
			at = at.some[i]
		}
		at.whole = true
	}
	return root.some
}

// pruned is a JSON value with what was chosen of it: of a list that of each element, null where there is none.
func pruned(raw json.RawMessage, branches []*branch) (json.RawMessage, error) {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) > 0 && raw[0] == '[':
		var elements []json.RawMessage
		if err := json.Unmarshal(raw, &elements); err != nil {
			return nil, err
		}
		for i := range elements {
			var err error
			if elements[i], err = pruned(elements[i], branches); err != nil {
				return nil, err
			}
		}
		return json.Marshal(elements)
	case len(raw) == 0 || raw[0] != '{':
		return json.RawMessage("null"), nil
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for i, b := range branches {
		value, there := object[b.name]
		var err error
		switch {
		case !there:
			value = json.RawMessage("null")
		case !b.whole:
			value, err = pruned(value, b.some)
		}
		if err != nil {
			return nil, err
		}
		name, _ := json.Marshal(b.name) // text always can be
		out.WriteByte("{,"[min(i, 1)])
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Some is a JSON object with the fields named, null where it has none; as it is, without spaces, when none is named.
func Some(object json.RawMessage, fields []string) (json.RawMessage, error) {
	var out bytes.Buffer
	if err := json.Compact(&out, object); err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if len(fields) == 0 {
		return out.Bytes(), nil
	}
	return pruned(out.Bytes(), grow(fields))
}

// chosen are answers with the fields that were chosen, as they are when none was.
func (p *Page) chosen(answers []json.RawMessage, usual []string) ([]json.RawMessage, error) {
	if len(p.Fields) == 0 {
		return answers, nil
	}
	if !p.judged {
		records, err := readAll(answers)
		if err != nil {
			return nil, err
		}
		if err := p.judge(records, usual); err != nil || len(p.Fields) == 0 {
			return answers, err
		}
	}
	branches := grow(p.Fields)
	few := make([]json.RawMessage, len(answers))
	for i, answer := range answers {
		var err error
		if few[i], err = pruned(answer, branches); err != nil {
			return nil, fmt.Errorf("read answer: %w", err)
		}
	}
	return few, nil
}

// inList is what a path gives of the lists of a record: the values in it as a JSON list, nothing when it leads into none.
func (r record) inList(path string) json.RawMessage {
	for _, f := range r {
		rest, deeper := strings.CutPrefix(path, f.name+".")
		if !deeper || len(f.value) == 0 || f.value[0] != '[' {
			continue
		}
		all, err := json.Marshal(gathered(f.value, strings.Split(rest, ".")))
		if err == nil {
			return all
		}
	}
	return nil
}

func gathered(raw json.RawMessage, path []string) []json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		all := []json.RawMessage{}
		for _, element := range list {
			all = append(all, gathered(element, path)...)
		}
		return all
	}
	if len(path) == 0 {
		return []json.RawMessage{raw}
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) != nil {
		return nil
	}
	if value, there := object[path[0]]; there {
		return gathered(value, path[1:])
	}
	return nil
}
