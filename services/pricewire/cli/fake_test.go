package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// asked is a request that the fake server had.
type asked struct {
	line   string // method, path and query
	user   string
	sends  string // media type of the body
	wants  string // media type of the answer
	body   []byte
	length int64
}

// fake is a server that gives one answer to everything, and remembers what it was asked.
type fake struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []asked
	status int
	answer string
	others map[string]string // by path: answers other than that one
}

func serve(t *testing.T, answer string) *fake {
	t.Helper()
	f := &fake{status: http.StatusOK, answer: answer, others: map[string]string{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil { // the client broke off
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	line := r.Method + " " + r.URL.Path
	if r.URL.RawQuery != "" {
		line += "?" + r.URL.RawQuery
	}
	f.asked = append(f.asked, asked{line, r.Header.Get("X-Pricewire-User"), r.Header.Get("Content-Type"), r.Header.Get("Accept"), body, r.ContentLength})
	answer, ok := f.others[r.URL.Path]
	if !ok {
		w.WriteHeader(f.status)
		answer = f.answer
	}
	_, _ = io.WriteString(w, answer)
}

// only returns the one request that there was.
func (f *fake) only(t *testing.T) asked {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.asked) != 1 {
		t.Fatalf("%d requests, want one: %+v", len(f.asked), f.asked)
	}
	return f.asked[0]
}

// run invokes a command line against the fake.
func (f *fake) run(t *testing.T, args ...string) (string, string, int) {
	t.Helper()
	f.mu.Lock()
	f.asked = nil
	f.mu.Unlock()
	return invoke(t, append(args, "--server", f.URL)...)
}

// onTerminal invokes a command line whose output a person reads.
func (f *fake) onTerminal(t *testing.T, args ...string) (string, string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{streams: Streams{Out: &out, Err: &errs}, version: "test", terminal: func(io.Writer) bool { return true }}
	code := a.run(t.Context(), append(args, "--server", f.URL))
	return out.String(), errs.String(), code
}

// file writes a file into a folder of the test's and returns its path.
func file(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func text(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// checkForm reads what a command printed in the form it was asked for.
func checkForm(t *testing.T, form, out string) {
	t.Helper()
	switch form {
	case "json":
		if !json.Valid([]byte(out)) {
			t.Errorf("not JSON: %s", out)
		}
	case "ndjson":
		for line := range strings.Lines(out) {
			if !json.Valid([]byte(line)) {
				t.Errorf("not a line of JSON: %s", line)
			}
		}
	case "csv":
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if err != nil || len(rows) == 0 {
			t.Errorf("no CSV with a header: %v: %s", err, out)
		}
	}
}
