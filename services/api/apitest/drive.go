package apitest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// Options say what is driven, and how much.
type Options struct {
	URL   string
	Seed  int
	Times int // requests of each operation
	// Within ends the drive when it has taken that long, once each operation was tried some times.
	Within time.Duration
	// Names are values that parameters of a name may have because the server holds something of it.
	Names map[string][]string
	// Not are ids of operations that are left out.
	Not []string
}

// least is how many requests of each operation are sent whatever the time.
const least = 4

// Drive sends requests of every operation and reports what is not as declared. It returns how many were answered by each status.
func Drive(t *testing.T, o Options) map[int]int {
	t.Helper()
	d := &drive{t: t, Options: o, client: &http.Client{
		Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 4},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, counts: map[int]int{}, schemas: map[string]*jsonschema.Schema{}}
	defer d.client.CloseIdleConnections()
	d.read()
	began := time.Now() //nolint:forbidigo // tests take real time
	for n := range o.Times {
		for i, op := range d.operations {
			if n >= least && o.Within > 0 && time.Since(began) > o.Within { //nolint:forbidigo // tests take real time
				t.Logf("%d rounds of %d operations", n, len(d.operations))
				return d.counts
			}
			seed := o.Seed + n*len(d.operations) + i
			d.try(op, seed, op.requests(o.Names).Example(seed))
			if t.Failed() && len(d.failed) > mostFailures {
				t.Fatal("and so on")
			}
		}
	}
	return d.counts
}

// mostFailures is how many wrong answers are told.
const mostFailures = 12

type drive struct {
	t *testing.T
	Options
	client     *http.Client
	document   map[string]any
	compiler   *jsonschema.Compiler
	schemas    map[string]*jsonschema.Schema
	operations []operation
	counts     map[int]int
	failed     map[string]bool
}

// read gets the description of the server itself.
func (d *drive) read() {
	raw, err := d.get("/openapi.json")
	if err != nil {
		d.t.Fatal(err)
	}
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		d.t.Fatal(err)
	}
	closed(tree)
	d.document = object(tree)
	d.compiler = jsonschema.NewCompiler()
	d.compiler.DefaultDraft(jsonschema.Draft2020)
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource("openapi.json", tree); err != nil {
		d.t.Fatal(err)
	}
	d.failed = map[string]bool{}
	paths := object(d.document["paths"])
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		item := object(paths[path])
		for _, method := range slices.Sorted(maps.Keys(item)) {
			op := operation{document: d.document, path: path, method: strings.ToUpper(method), described: object(item[method])}
			if !slices.Contains(d.Not, op.id()) {
				d.operations = append(d.operations, op)
			}
		}
	}
	if len(d.operations) < 40 {
		d.t.Fatalf("only %d operations are described", len(d.operations))
	}
}

func (d *drive) get(path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, d.URL+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := d.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	return io.ReadAll(response.Body)
}

// closed lets objects hold only what is described of them: what a server answers beside that is not declared.
func closed(v any) {
	switch v := v.(type) {
	case map[string]any:
		if v["type"] == "object" && v["properties"] != nil && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, one := range v {
			closed(one)
		}
	case []any:
		for _, one := range v {
			closed(one)
		}
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// streamTime is how long events are listened to, answerTime how long an answer may take.
const (
	streamTime = 150 * time.Millisecond
	answerTime = 2*time.Minute + 10*time.Second
	// slow is from when on a request is told of.
	slow = 3 * time.Second
)

// try sends a request and holds the answer against what is declared.
func (d *drive) try(op operation, seed int, r Request) {
	began := time.Now() //nolint:forbidigo // tests take real time
	a, err := d.send(op, r)
	if took := time.Since(began); took > slow { //nolint:forbidigo // tests take real time
		d.t.Logf("%s, seed %d took %s: %d\n  %s", op.id(), seed, took.Round(time.Millisecond), a.status, r)
	}
	if err != nil {
		d.wrong(op, seed, r, "no answer: %v", err)
		return
	}
	d.counts[a.status]++
	if problem := d.check(op, r, a); problem != "" {
		d.wrong(op, seed, r, "%s", problem)
	}
}

func (d *drive) wrong(op operation, seed int, r Request, format string, args ...any) {
	d.failed[fmt.Sprint(op.id(), seed)] = true
	d.t.Errorf("%s, seed %d: %s\n  %s", op.id(), seed, fmt.Sprintf(format, args...), r)
}

func (d *drive) send(op operation, r Request) (answer, error) {
	limit := answerTime
	if op.endless() {
		limit = streamTime
	}
	ctx, cancel := context.WithTimeout(d.t.Context(), limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, r.Method, d.URL+"/", bytes.NewReader(r.Body))
	if err != nil {
		return answer{}, err
	}
	request.URL.Opaque = r.Target // as it is, however wrong
	for _, h := range r.Header {
		request.Header.Add(h[0], h[1])
	}
	response, err := d.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	a := answer{status: response.StatusCode, header: response.Header}
	a.body, err = io.ReadAll(response.Body)
	if op.endless() && a.status == http.StatusOK {
		err = nil // it never ends
	}
	return a, err
}

// Request is one request, as it is sent.
type Request struct {
	Method string
	Target string // path and query, encoded as they are
	Header [][2]string
	Body   []byte
}

// String tells of a request.
func (r Request) String() string {
	body := string(r.Body)
	if len(body) > 400 {
		body = body[:400] + "…"
	}
	return fmt.Sprintf("%s %.600s %.600q %q", r.Method, r.Target, r.Header, body)
}

// requests makes requests of an operation.
func (o operation) requests(names map[string][]string) *rapid.Generator[Request] {
	return rapid.Custom(func(t *rapid.T) Request { return maker{t, o, names}.request() })
}
