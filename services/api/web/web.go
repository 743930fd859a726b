// Package web is the browser application: what `make build` has made of src, embedded, and how it is served. It knows nothing of the API, which
// the application asks over HTTP as any other client does.
package web

import (
	"embed"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed all:dist
var built embed.FS //nolint:gochecknoglobals // go:embed knows no other way

// policy lets the page load what this server has and nothing else, run no script that is written into a page, and be shown in no frame.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// App serves the application's files.
type App struct {
	files fs.FS
	index []byte // as HTML, nil when the application is not built
}

// New returns the application that is embedded in this program.
func New() (*App, error) {
	files, err := fs.Sub(built, "dist/app")
	if err != nil {
		return nil, err
	}
	return Of(files)
}

// Of returns the application that lies in files: index.html, and each file again as .br and .gz.
func Of(files fs.FS) (*App, error) {
	index, err := fs.ReadFile(files, "index.html")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return &App{files, index}, nil
}

// Built says whether the application is there. A program that was built without it has to be told to run make build.
func (a *App) Built() bool { return a.index != nil }

// Has says whether a path names a file of the application.
func (a *App) Has(name string) bool {
	name = strings.TrimPrefix(path.Clean(name), "/")
	info, err := fs.Stat(a.files, name)
	return err == nil && !info.IsDir()
}

// Page answers with the application's page, which shows what the address says.
func (a *App) Page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", policy)
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cache-Control", "no-cache")
	a.send(w, r, "index.html")
}

// File answers with one of the application's files. Those under assets have their content in their names and never change.
func (a *App) File(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if strings.HasPrefix(name, "assets/") {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		w.Header().Set("Cache-Control", "public, max-age=3600")
	}
	a.send(w, r, name)
}

// send writes a file as it was compressed when it was built, where the client takes that.
func (a *App) send(w http.ResponseWriter, r *http.Request, name string) {
	contentType := mime.TypeByExtension(path.Ext(name))
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Add("Vary", "Accept-Encoding")
	for _, way := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}} {
		if way.encoding != "" && !accepts(r.Header.Get("Accept-Encoding"), way.encoding) {
			continue
		}
		data, err := fs.ReadFile(a.files, name+way.suffix)
		if err != nil {
			continue
		}
		if way.encoding != "" {
			w.Header().Set("Content-Encoding", way.encoding)
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		if r.Method != http.MethodHead {
			_, _ = w.Write(data) // a client that has gone needs no file
		}
		return
	}
	http.Error(w, "this file is not there", http.StatusNotFound)
}

// accepts says whether an Accept-Encoding header takes an encoding.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(name) == encoding {
			quality, isQuality := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
			return !isQuality || strings.Trim(quality, "0.") != ""
		}
	}
	return false
}
