package client

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Position says how far a subscriber has come, by the names of streams. Its text form is what to store.
type Position map[string]Mark

// Mark is how far a subscriber has come in one stream.
type Mark struct {
	Incarnation string // which life of the stream
	Sequence    uint64 // the last one that was handed over
	Snapshot    uint64 // not 0: a snapshot is being handed over, and goes up to this sequence
}

// String returns the text form: NAME@incarnation:sequence, with /sequence behind it while a snapshot is under way; joined by commas in order of the names.
func (p Position) String() string {
	parts := make([]string, 0, len(p))
	for _, name := range slices.Sorted(maps.Keys(p)) {
		m := p[name]
		part := name + "@" + m.Incarnation + ":" + strconv.FormatUint(m.Sequence, 10)
		if m.Snapshot > 0 {
			part += "/" + strconv.FormatUint(m.Snapshot, 10)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}

// ParsePosition reads the text form; an empty text is the position of whoever has nothing, and so is "none", which the server says where there is no
// stream yet.
func ParsePosition(text string) (Position, error) {
	p := Position{}
	if text == "" || text == "none" {
		return p, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		name, mark, ok := parseMark(part)
		if _, twice := p[name]; !ok || twice {
			return nil, failed(fault.Invalid, "position %.200q is not one that was handed out", text).hint("store it as it came, or begin anew without one")
		}
		p[name] = mark
	}
	return p, nil
}

func parseMark(part string) (name string, m Mark, ok bool) {
	name, rest, found := strings.Cut(part, "@")
	colon := strings.LastIndexByte(rest, ':')
	if !found || name == "" || colon <= 0 {
		return "", m, false
	}
	m.Incarnation = rest[:colon]
	sequence, snapshot, under := strings.Cut(rest[colon+1:], "/")
	var err error
	if m.Sequence, err = strconv.ParseUint(sequence, 10, 64); err != nil {
		return "", m, false
	}
	if under {
		if m.Snapshot, err = strconv.ParseUint(snapshot, 10, 64); err != nil || m.Snapshot <= m.Sequence {
			return "", m, false
		}
	}
	return name, m, true
}

// MarshalText is encoding.TextMarshaler's: a position in JSON is its text form.
func (p Position) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText is encoding.TextUnmarshaler's.
func (p *Position) UnmarshalText(text []byte) error {
	parsed, err := ParsePosition(string(text))
	if err == nil {
		*p = parsed
	}
	return err
}
