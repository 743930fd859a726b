package trace

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// Header is the name of the header, over HTTP and in messages, and of the attribute of the CloudEvents extension for distributed tracing.
const Header = "traceparent"

// The places of a header of version 00: 00-<32 hex digits>-<16 hex digits>-<2 hex digits>.
const (
	versionEnd = 2
	traceEnd   = versionEnd + 1 + 2*16
	spanEnd    = traceEnd + 1 + 2*8
	length     = spanEnd + 1 + 2
)

// longest bounds what a later version may put behind that, in bytes; longer headers are no headers.
const longest = 256

// The flags that are known; whoever passes a trace on leaves out all others.
const (
	sampled = 0x01 // the caller may have recorded it
	random  = 0x02 // its id is random
)

// Parent names who caused something: a trace, and of it what asked. The zero value says that nobody did, or that nobody knows.
type Parent struct {
	TraceID [16]byte
	SpanID  [8]byte
	Flags   byte
}

// New begins a trace. It is not said to be sampled, because nothing here records it.
func New() Parent {
	var p Parent
	_, _ = rand.Read(p.TraceID[:]) // never fails
	return p.Child()
}

// Child is another step of the same trace.
func (p Parent) Child() Parent {
	_, _ = rand.Read(p.SpanID[:]) // never fails
	return p
}

// IsZero reports whether it names nobody. All zeros are no id of a trace, nor of a step.
func (p Parent) IsZero() bool { return p.TraceID == [16]byte{} || p.SpanID == [8]byte{} }

// ID is the id of the trace, empty when there is none.
func (p Parent) ID() string {
	if p.IsZero() {
		return ""
	}
	return hex.EncodeToString(p.TraceID[:])
}

// String is the header that says so, empty when there is none.
func (p Parent) String() string {
	if p.IsZero() {
		return ""
	}
	b := make([]byte, 0, length)
	b = append(b, "00-"...)
	b = hex.AppendEncode(b, p.TraceID[:])
	b = append(b, '-')
	b = hex.AppendEncode(b, p.SpanID[:])
	b = append(b, '-')
	b = hex.AppendEncode(b, []byte{p.Flags & (sampled | random)})
	return string(b)
}

// Parse reads a header as W3C Trace Context has it, of later versions what version 00 has of them. What cannot be read names nobody: a request is
// never refused for it.
func Parse(header string) Parent {
	if len(header) < length || len(header) > longest || header[versionEnd] != '-' || header[traceEnd] != '-' || header[spanEnd] != '-' {
		return Parent{}
	}
	if len(header) > length && (header[:versionEnd] == "00" || header[length] != '-') {
		return Parent{}
	}
	var p Parent
	var version, flags [1]byte
	if header[:versionEnd] == "ff" || !read(version[:], header[:versionEnd]) || !read(p.TraceID[:], header[versionEnd+1:traceEnd]) ||
		!read(p.SpanID[:], header[traceEnd+1:spanEnd]) || !read(flags[:], header[spanEnd+1:length]) || p.IsZero() {
		return Parent{}
	}
	p.Flags = flags[0] & (sampled | random)
	return p
}

// MarshalText writes the header.
func (p Parent) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads a header as Parse does.
func (p *Parent) UnmarshalText(header []byte) error {
	*p = Parse(string(header))
	return nil
}

// Received reads what a request or a message says in its headers of the name; it may say so once.
func Received(headers []string) Parent {
	if len(headers) != 1 {
		return Parent{}
	}
	return Parse(headers[0])
}

// read reads hex digits, of which the large ones are none here.
func read(into []byte, digits string) bool {
	_, err := hex.Decode(into, []byte(digits))
	return err == nil && !strings.ContainsAny(digits, "ABCDEF")
}

type parentKey struct{}

// With returns a context in which something is done because of a parent.
func With(ctx context.Context, p Parent) context.Context {
	return context.WithValue(ctx, parentKey{}, p)
}

// From returns because of whom something is done, the zero value where the context does not say.
func From(ctx context.Context) Parent {
	p, _ := ctx.Value(parentKey{}).(Parent)
	return p
}

// Begin returns a context that says because of whom something is done: where it does not, by itself, in a trace of its own.
func Begin(ctx context.Context) context.Context {
	if !From(ctx).IsZero() {
		return ctx
	}
	return With(ctx, New())
}
