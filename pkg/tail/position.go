package tail

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Position says how far a follower has come: the last sequence it has seen of each stream, by the stream's name and incarnation. Its text
// form, NAME@incarnation:sequence joined by commas, is the id of a server-sent event; "none" is that of whoever has followed before there was
// any stream: all that is in those that came later is new to him.
type Position map[string]uint64

const noStream = "none"

// ParsePosition reads the text form.
func ParsePosition(s string) (Position, error) {
	p := Position{}
	if s == noStream {
		return p, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		cut := strings.LastIndexByte(part, ':')
		if cut <= 0 {
			return nil, wrongPosition(s)
		}
		sequence, err := strconv.ParseUint(part[cut+1:], 10, 64)
		if err != nil {
			return nil, wrongPosition(s)
		}
		p[part[:cut]] = sequence
	}
	return p, nil
}

func wrongPosition(s string) error {
	return fault.New(fault.Invalid, "position %q is not one that this server gave out", s).
		WithPlaces(fault.Place{Where: "header.Last-Event-ID", Problem: "not a position"}).
		WithHint("send the id of the last event as it came, or leave it out to begin anew")
}

// String returns the text form, streams in order of their names.
func (p Position) String() string {
	if len(p) == 0 {
		return noStream
	}
	return p.marks()
}

func (p Position) marks() string {
	parts := make([]string, 0, len(p))
	for _, name := range slices.Sorted(maps.Keys(p)) {
		parts = append(parts, name+":"+strconv.FormatUint(p[name], 10))
	}
	return strings.Join(parts, ",")
}

// Marks returns how positions are written at sequences of one of the streams, where the others are as here.
func (p Position) Marks(name stream.Name) func(sequence uint64) string {
	before, after := Position{}, Position{}
	for other, sequence := range p {
		switch c := strings.Compare(other, name.String()); {
		case c < 0:
			before[other] = sequence
		case c > 0:
			after[other] = sequence
		}
	}
	prefix, suffix := before.marks(), after.marks()
	if prefix != "" {
		prefix += ","
	}
	if suffix != "" {
		suffix = "," + suffix
	}
	prefix += name.String() + ":"
	return func(sequence uint64) string { return prefix + strconv.FormatUint(sequence, 10) + suffix }
}

// of returns the sequence seen of a stream. A position in another life of the stream is a conflict: what it counted is gone.
func (p Position) of(stream, incarnation string) (uint64, bool, error) {
	if sequence, ok := p[stream+"@"+incarnation]; ok {
		return sequence, true, nil
	}
	for name := range p {
		if strings.HasPrefix(name, stream+"@") {
			return 0, false, fault.New(fault.Conflict, "stream %s was made anew since position %s", stream, name).
				WithHint("begin again from the start, or with the last event of each subject")
		}
	}
	return 0, false, nil
}
