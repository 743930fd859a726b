package trace_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/trace"
)

// example is the one of the standard.
const example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

func TestAHeaderIsReadAsTheStandardSays(t *testing.T) {
	for name, c := range map[string]struct{ header, want string }{
		"the example":                       {example, example},
		"not sampled":                       {example[:53] + "00", example[:53] + "00"},
		"random":                            {example[:53] + "03", example[:53] + "03"},
		"flags that are not known":          {example[:53] + "ff", example[:53] + "03"},
		"a later version":                   {"cc" + example[2:], example},
		"a later version that says more":    {"cc" + example[2:] + "-what.the.future.brings", example},
		"a later version that runs on":      {"cc" + example[2:] + "0", ""},
		"a later version that is very long": {"cc" + example[2:] + "-" + strings.Repeat("x", 300), ""},
		"version 00 that says more":         {example + "-more", ""},
		"no version":                        {"ff" + example[2:], ""},
		"nothing":                           {"", ""},
		"less":                              {example[:54], ""},
		"space before":                      {" " + example[:54], ""},
		"large letters":                     {strings.ToUpper(example), ""},
		"a large letter in the version":     {"Cc" + example[2:], ""},
		"no trace":                          {"00-" + strings.Repeat("0", 32) + "-b7ad6b7169203331-01", ""},
		"no step":                           {"00-0af7651916cd43dd8448eb211c80319c-" + strings.Repeat("0", 16) + "-01", ""},
		"other dashes":                      {strings.ReplaceAll(example, "-", "_"), ""},
		"no hex":                            {strings.Replace(example, "0af7", "0ag7", 1), ""},
		"a line break":                      {example[:54] + "\n", ""},
		"two at once":                       {example + "," + example, ""},
	} {
		if got := trace.Parse(c.header); got.String() != c.want || got.IsZero() != (c.want == "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestOneHeaderIsTakenAndNotTwo(t *testing.T) {
	if got := trace.Received([]string{example}); got.String() != example {
		t.Errorf("one: %s", got)
	}
	for _, headers := range [][]string{nil, {}, {example, example}, {""}} {
		if got := trace.Received(headers); !got.IsZero() || got.ID() != "" || got.String() != "" {
			t.Errorf("%q: %s", headers, got)
		}
	}
}

func TestATraceThatBeginsHereIsNewAndNotSampled(t *testing.T) {
	one, two := trace.New(), trace.New()
	if one.IsZero() || one.TraceID == two.TraceID || one.SpanID == two.SpanID || one.Flags != 0 || trace.Parse(one.String()) != one {
		t.Errorf("%s, %s", one, two)
	}
	if child := one.Child(); child.TraceID != one.TraceID || child.SpanID == one.SpanID || one.ID() != one.String()[3:35] {
		t.Errorf("%s of %s", child, one)
	}
}

func TestAParentIsKeptAsItsHeader(t *testing.T) {
	type kept struct {
		Trace trace.Parent `json:"trace,omitzero"`
	}
	for _, text := range []string{`{"trace":"` + example + `"}`, `{}`} {
		var k kept
		if err := json.Unmarshal([]byte(text), &k); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(k); err != nil || string(got) != text {
			t.Errorf("%s, want %s: %v", got, text, err)
		}
	}
	k := kept{trace.New()}
	if err := json.Unmarshal([]byte(`{"trace":"nobody"}`), &k); err != nil || !k.Trace.IsZero() {
		t.Errorf("%s: %v", k.Trace, err)
	}
}

func TestAContextSaysBecauseOfWhom(t *testing.T) {
	ctx := t.Context()
	if !trace.From(ctx).IsZero() {
		t.Fatal("nobody asked")
	}
	p := trace.Parse(example)
	if got := trace.From(trace.Begin(trace.With(ctx, p))); got != p {
		t.Errorf("it was begun anew: %s", got)
	}
	if trace.From(trace.Begin(ctx)).IsZero() {
		t.Error("it was not begun")
	}
}

func TestWhateverIsReadIsWrittenTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		header := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-[a-z]*)?`)).Draw(t, "header")
		p := trace.Parse(header)
		if p.IsZero() {
			return
		}
		if got := p.String(); len(got) != 55 || got[2:53] != header[2:53] || trace.Parse(got) != p {
			t.Errorf("%q of %q", got, header)
		}
	})
}
