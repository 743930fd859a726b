package api

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// worthIt is the size from which an answer is compressed, in bytes.
const worthIt = 1 << 10

// The codings, the better first.
const (
	codingZstd = "zstd"
	codingGzip = "gzip"
)

func codings() []string { return []string{codingZstd, codingGzip} }

// encoder compresses what is written.
type encoder interface {
	io.Writer
	Flush() error
	Close() error
	Reset(io.Writer)
}

// encoders keeps those that are used again: each takes some hundred kilobytes.
type encoders struct{ zstd, gzip sync.Pool }

// get returns an encoder of a coding that writes to w; nil when there is none.
func (e *encoders) get(coding string, w io.Writer) encoder {
	pool := e.pool(coding)
	if kept, ok := pool.Get().(encoder); ok {
		kept.Reset(w)
		return kept
	}
	if coding == codingGzip {
		made, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			return nil
		}
		return made
	}
	made, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow))
	if err != nil {
		return nil
	}
	return made
}

// zstdWindow bounds what an encoder, and whoever reads it, holds.
const zstdWindow = 256 << 10

func (e *encoders) put(coding string, used encoder) {
	used.Reset(nil)
	e.pool(coding).Put(used)
}

func (e *encoders) pool(coding string) *sync.Pool {
	if coding == codingGzip {
		return &e.gzip
	}
	return &e.zstd
}

// presser writes an answer, compressed where the client takes that and it is worth it. It compresses while the answer is written, a flush of it included.
//
// Only what is read is compressed. An answer to a write repeats what was sent beside what is kept, whose size would tell of one by the other.
type presser struct {
	http.ResponseWriter
	encoders *encoders
	coding   string // that the client prefers; empty: none
	method   string
	status   int
	gathered []byte
	decided  bool
	encoder  encoder
}

// pressed returns a writer of the answer of an operation.
func (s *server) pressed(w http.ResponseWriter, r *http.Request, op operation) *presser {
	p := &presser{ResponseWriter: w, encoders: &s.encoders, method: r.Method}
	if op.secret {
		return p
	}
	p.coding = codingOf(strings.Join(r.Header.Values("Accept-Encoding"), ","))
	return p
}

// codingOf returns the coding that an Accept-Encoding header prefers, empty for none.
func codingOf(header string) string {
	best, most := "", 0.0
	asked := map[string]float64{}
	for part := range strings.SplitSeq(header, ",") {
		name, parameter, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		quality := 1.0
		if text, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
			q, err := strconv.ParseFloat(text, 64)
			if err != nil {
				continue
			}
			quality = q
		}
		asked[strings.TrimSpace(name)] = quality
	}
	for _, c := range codings() {
		quality, named := asked[c]
		if !named {
			quality = asked["*"]
		}
		if quality > most {
			best, most = c, quality
		}
	}
	return best
}

// WriteHeader begins the answer, once it is known whether it is compressed.
func (p *presser) WriteHeader(status int) {
	if p.status != 0 || p.decided {
		return
	}
	p.status = status
	if p.coding == "" || !compressible(p.Header().Get("Content-Type")) || p.Header().Get("Content-Encoding") != "" || status == http.StatusNotModified || status == http.StatusNoContent {
		p.begin(false)
	}
}

// Write is io.Writer's.
func (p *presser) Write(b []byte) (int, error) {
	if p.status == 0 {
		p.WriteHeader(http.StatusOK)
	}
	if p.decided {
		return p.pass(b)
	}
	p.gathered = append(p.gathered, b...)
	if len(p.gathered) < worthIt {
		return len(b), nil
	}
	return len(b), p.settle(true)
}

func (p *presser) pass(b []byte) (int, error) {
	if p.encoder != nil {
		return p.encoder.Write(b)
	}
	return p.ResponseWriter.Write(b)
}

// settle begins the answer with what was gathered of it.
func (p *presser) settle(compress bool) error {
	p.begin(compress)
	gathered := p.gathered
	p.gathered = nil
	if len(gathered) == 0 {
		return nil
	}
	_, err := p.pass(gathered)
	return err
}

func (p *presser) begin(compress bool) {
	p.decided = true
	h := p.Header()
	if compressible(h.Get("Content-Type")) {
		h.Add("Vary", "Accept-Encoding")
	}
	if compress && p.method != http.MethodHead {
		p.encoder = p.encoders.get(p.coding, p.ResponseWriter)
	}
	if p.encoder != nil {
		h.Set("Content-Encoding", p.coding)
		h.Del("Content-Length")
		if tag, ok := strings.CutSuffix(h.Get("ETag"), `"`); ok { // other bytes have another tag
			h.Set("ETag", tag+"-"+p.coding+`"`)
		}
	}
	p.ResponseWriter.WriteHeader(p.status)
}

// FlushError sends what was written so far.
func (p *presser) FlushError() error {
	if p.status == 0 {
		p.WriteHeader(http.StatusOK)
	}
	if !p.decided {
		if err := p.settle(true); err != nil {
			return err
		}
	}
	if p.encoder != nil {
		if err := p.encoder.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(p.ResponseWriter).Flush()
}

// Unwrap lets the rest of what the server can do be found.
func (p *presser) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// end writes what is left of a whole answer. That the client has gone is no failure of ours.
func (p *presser) end() {
	if p.status != 0 && !p.decided {
		_ = p.settle(false)
	}
	if p.encoder == nil {
		return
	}
	if p.encoder.Close() == nil {
		p.encoders.put(p.coding, p.encoder)
	}
	p.encoder = nil
}

// compressible reports whether answers of a media type become smaller, and are whole: events are sent one by one, and workbooks, Parquet and archives are compressed.
func compressible(contentType string) bool {
	plain, _, _ := strings.Cut(contentType, ";")
	switch plain {
	case eventStream:
		return false
	case "application/json", problemType, "application/x-ndjson", "application/yaml":
		return true
	}
	return strings.HasPrefix(plain, "text/")
}
