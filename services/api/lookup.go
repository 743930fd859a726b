package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/sheet"
)

const (
	// largestLookup bounds the body of a lookup.
	largestLookup = 64 << 20
	// longestField bounds each text of a line of a lookup, in bytes.
	longestField = 256
	// mostWrong is how many wrong places of a lookup are named.
	mostWrong = 100
)

// lookupInput is a lookup as it comes: JSON, or a line of NDJSON each.
type lookupInput struct {
	ContentType string `header:"Content-Type" hidden:"true"`
	Accept      string `header:"Accept" hidden:"true"`
	RawBody     []byte `contentType:"application/json"`
}

// Number is an exact number in a request: a text, or a JSON number, taken as it is written.
type Number string

// UnmarshalJSON takes a text or a number; null is none.
func (n *Number) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		var s string
		err := json.Unmarshal(data, &s)
		*n = Number(s)
		return err
	}
	if string(data) == "null" {
		*n = ""
		return nil
	}
	var number json.Number
	err := json.Unmarshal(data, &number)
	*n = Number(number)
	return err
}

// Schema says that a number is a text.
func (Number) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: decimalFormat, Description: "An exact number, as a text."}
}

// lookup answers many lines at once: how a line becomes a question, who answers all of them, and what the answer to one looks like.
type lookup[In, Ask, Answer, Out any] struct {
	read func(l line, in In, now time.Time) Ask
	ask  func(context.Context, []Ask) ([][]Answer, error)
	view func([]Answer) Out
}

// register adds an operation that looks up.
func (u lookup[In, Ask, Answer, Out]) register(s *server, api huma.API, op huma.Operation, example In) {
	op = marked(op, onlyReads)
	op.Middlewares = huma.Middlewares{s.lookups.inTurn}
	huma.Register(api, looksUp[In, Out](api, op, example), func(ctx context.Context, in *lookupInput) (*huma.StreamResponse, error) {
		var p params
		var asks []Ask
		now := s.deps.Clock.Now().UTC()
		lines(&p, in, func(n int, i In) { asks = append(asks, u.read(line{&p, n}, i, now)) })
		if err := p.few(); err != nil {
			return nil, problemOf(err)
		}
		answers, err := u.ask(ctx, asks)
		if err != nil {
			return nil, problemOf(err)
		}
		return answerLines(s, in, len(answers), func(n int) Out { return u.view(answers[n]) }), nil
	})
}

// looksUp describes an operation that answers many lines at once.
func looksUp[In, Out any](api huma.API, op huma.Operation, example In) huma.Operation {
	op.RequestBody = &huma.RequestBody{
		Required: true, Description: "The lines: as JSON, or as NDJSON, a line of it each. At most 100,000, and 64 MiB.",
		Content: map[string]*huma.MediaType{
			"application/json":         {Schema: schemaOf[itemsOf[In]](api), Example: map[string]any{"items": []any{example}}},
			sheet.NDJSON.ContentType(): {Schema: schemaOf[In](api), Example: example},
		},
	}
	op.MaxBodyBytes, op.BodyReadTimeout, op.SkipValidateBody = largestLookup, uploadTime, true
	op.Responses = map[string]*huma.Response{"200": {Description: "The answers, in the order of the lines; as NDJSON where that is accepted, a line each.", Content: map[string]*huma.MediaType{
		"application/json": {Schema: schemaOf[itemsOf[Out]](api)}, sheet.NDJSON.ContentType(): {Schema: schemaOf[Out](api)},
	}}}
	return tooMany(op, "lookups")
}

// itemsOf is a list without pages.
type itemsOf[T any] struct {
	Items []T `json:"items"`
}

// lines reads the lines of a lookup and hands each over with its place among them, from 0; what cannot be read is noted.
func lines[T any](p *params, in *lookupInput, take func(n int, line T)) {
	decoder := json.NewDecoder(bytes.NewReader(in.RawBody))
	decoder.DisallowUnknownFields()
	mediaType, _, _ := mime.ParseMediaType(in.ContentType) // what is none is JSON
	if own, _, _ := strings.Cut(sheet.NDJSON.ContentType(), ";"); mediaType == own {
		if each(p, decoder, take) && !ended(decoder) {
			p.wrong("body", "it goes on behind its lines")
		}
		return
	}
	if !opens(decoder, '{') || !opensField(decoder, "items") || !opens(decoder, '[') {
		p.wrong("body", `it is not {"items": [...]}; lines of NDJSON are sent as application/x-ndjson`)
		return
	}
	if !each(p, decoder, take) {
		return
	}
	if !opens(decoder, ']') || !opens(decoder, '}') || !ended(decoder) {
		p.wrong("body", "it goes on behind its items")
	}
}

func opens(decoder *json.Decoder, delimiter json.Delim) bool {
	token, err := decoder.Token()
	return err == nil && token == delimiter
}

func opensField(decoder *json.Decoder, field string) bool {
	token, err := decoder.Token()
	return err == nil && token == field
}

// ended reports whether nothing but space is left. That there is no more of a list does not say so: a brace too many ends one as well.
func ended(decoder *json.Decoder) bool {
	_, err := decoder.Token()
	return errors.Is(err, io.EOF)
}

// each reads one line after another while there are more; false when it had to stop.
func each[T any](p *params, decoder *json.Decoder, take func(n int, line T)) bool {
	for n := 0; decoder.More(); n++ {
		if n == history.MaxLookup {
			p.wrong("items", "they are more than "+strconv.Itoa(history.MaxLookup))
			return false
		}
		var line T
		err := decoder.Decode(&line)
		if err == nil {
			take(n, line)
			continue
		}
		where := "items[" + strconv.Itoa(n) + "]"
		wrongType, isType := errors.AsType[*json.UnmarshalTypeError](err)
		unknown, isUnknown := strings.CutPrefix(err.Error(), "json: unknown field ")
		switch {
		case isType:
			p.wrong(strings.TrimSuffix(where+"."+wrongType.Field, "."), "it is a "+wrongType.Value)
		case isUnknown:
			p.wrong(where+"."+strings.Trim(unknown, `"`), "there is no such field")
		default:
			p.wrong(where, "it is not JSON: "+strings.TrimPrefix(err.Error(), "json: "))
			return false
		}
	}
	return true
}

// line reads the fields of one line of a lookup.
type line struct {
	*params
	n int
}

func (l line) place(field string) string { return history.LinePlace(l.n, field) }

// text notes one that is too long, or missing though required.
func (l line) text(field, s string, required bool) string {
	if len(s) > longestField {
		l.wrong(l.place(field), "it is longer than "+strconv.Itoa(longestField)+" bytes")
	}
	if required {
		l.required(l.place(field), s)
	}
	return s
}

func (l line) asOf(at, knownAt string, now time.Time) history.AsOf {
	return history.AsOf{At: l.instant(l.place("at"), at, now), KnownAt: l.instant(l.place("known_at"), knownAt, now)}
}

// few is an invalid fault that names the first wrong places of a lookup, nil when there is none.
func (p *params) few() error {
	all := len(p.places)
	p.places = p.places[:min(all, mostWrong)]
	switch all {
	case 0:
		return nil
	case 1:
		return p.err()
	}
	first := p.places[0]
	return fault.New(fault.Invalid, "%s: %s; and %d other places are wrong", first.Where, first.Problem, all-1).WithPlaces(p.places...).WithHint("%s", seeReference)
}

// answerLines answers a lookup, line by line, without holding what is sent.
func answerLines[T any](s *server, in *lookupInput, answers int, view func(n int) T) *huma.StreamResponse {
	asLines := preferred(in.Accept, []sheet.Format{sheet.JSON, sheet.NDJSON}) == sheet.NDJSON
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		request, w := humago.Unwrap(hctx)
		if hctx.SetHeader("Content-Type", "application/json"); asLines {
			hctx.SetHeader("Content-Type", sheet.NDJSON.ContentType())
		}
		gathered := bufio.NewWriterSize(w, held)
		shown := func(n int) any { return view(n) }
		if !seesCost(request.Context()) {
			shown = func(n int) any { return withoutCost(view(n)) }
		}
		err := writeLines(gathered, asLines, answers, shown)
		if err == nil {
			err = gathered.Flush()
		}
		if err == nil {
			return
		}
		if request.Context().Err() == nil {
			s.log.Warn("answer broke off", zap.String("path", request.URL.Path), zap.Error(err), traceID(request.Context()))
		}
		panic(http.ErrAbortHandler) //nolint:forbidigo // the only way to tell a client that an answer it has begun to read is not whole
	}}
}

func writeLines(w io.Writer, asLines bool, answers int, view func(n int) any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	put := func(s string) error {
		if asLines {
			return nil
		}
		_, err := io.WriteString(w, s)
		return err
	}
	between := `{"items":[`
	for n := range answers {
		if err := put(between); err != nil {
			return err
		}
		if err := encoder.Encode(view(n)); err != nil {
			return err
		}
		between = ","
	}
	if answers == 0 {
		return put(`{"items":[]}` + "\n")
	}
	return put("]}\n")
}
