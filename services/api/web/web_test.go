package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/pricewire/pricewire/services/api/web"
)

func app(t *testing.T) *web.App {
	t.Helper()
	a, err := web.Of(fstest.MapFS{
		"index.html":          {Data: []byte("<p>plain")},
		"index.html.gz":       {Data: []byte("zipped")},
		"index.html.br":       {Data: []byte("small")},
		"assets/a-1x2y.js":    {Data: []byte("script")},
		"assets/a-1x2y.js.gz": {Data: []byte("zipped script")},
		"icon.svg":            {Data: []byte("<svg/>")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTheSmallestFormThatAClientTakesIsSent(t *testing.T) {
	a := app(t)
	for takes, want := range map[string][2]string{
		"":                        {"", "<p>plain"},
		"gzip":                    {"gzip", "zipped"},
		"gzip, deflate, br, zstd": {"br", "small"},
		"br;q=0, gzip;q=0.5":      {"gzip", "zipped"},
		"br;q=0.0":                {"", "<p>plain"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/releases", nil)
		r.Header.Set("Accept-Encoding", takes)
		w := httptest.NewRecorder()
		a.Page(w, r)
		body, _ := io.ReadAll(w.Body)
		if w.Code != 200 || w.Header().Get("Content-Encoding") != want[0] || string(body) != want[1] {
			t.Errorf("%q: %d %q %q, want %q", takes, w.Code, w.Header().Get("Content-Encoding"), body, want)
		}
		if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("headers %v", w.Header())
		}
	}
}

func TestWhatHasItsContentInItsNameIsKeptForever(t *testing.T) {
	a := app(t)
	for name, want := range map[string]string{"/assets/a-1x2y.js": "public, max-age=31536000, immutable", "/icon.svg": "public, max-age=3600"} {
		w := httptest.NewRecorder()
		a.File(w, httptest.NewRequest(http.MethodGet, name, nil))
		if w.Code != 200 || w.Header().Get("Cache-Control") != want {
			t.Errorf("%s: %d %q, want %q", name, w.Code, w.Header().Get("Cache-Control"), want)
		}
	}
}

func TestAnApplicationHasItsFilesAndNothingElse(t *testing.T) {
	a := app(t)
	for name, want := range map[string]bool{"/icon.svg": true, "/assets/a-1x2y.js": true, "/assets": false, "/": false, "/../web.go": false, "/releases": false} {
		if a.Has(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	w := httptest.NewRecorder()
	a.File(w, httptest.NewRequest(http.MethodGet, "/gone.js", nil))
	if w.Code != 404 {
		t.Errorf("a file that is not there: %d", w.Code)
	}
}

func TestAProgramThatWasBuiltWithoutTheApplicationSaysSo(t *testing.T) {
	empty, err := web.Of(fstest.MapFS{})
	if err != nil || empty.Built() {
		t.Errorf("empty: built %v, %v", empty.Built(), err)
	}
	if !app(t).Built() {
		t.Error("it is built")
	}
}
