package apitest

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// check says what is wrong with an answer, nothing when it is as declared.
func (d *drive) check(op operation, r Request, a answer) string {
	if r.Method == http.MethodOptions {
		if a.status != http.StatusNoContent && !op.declares(a.status) || a.status == http.StatusNoContent && !strings.Contains(a.header.Get("Allow"), op.method) {
			return fmt.Sprintf("%d, and Allow is %q", a.status, a.header.Get("Allow"))
		}
		return ""
	}
	switch {
	case !op.declares(a.status) && !op.elsewhere(r, a):
		return fmt.Sprintf("status %d is not declared: %.300s", a.status, a.body)
	case a.status >= http.StatusInternalServerError && a.status != http.StatusServiceUnavailable:
		return fmt.Sprintf("status %d: %.500s", a.status, a.body)
	case r.Method == http.MethodHead || a.status == http.StatusNotModified:
		if len(a.body) > 0 {
			return fmt.Sprintf("%d has a body of %d bytes", a.status, len(a.body))
		}
		return ""
	}
	body, err := plainBody(a)
	if err != nil {
		return err.Error()
	}
	return d.content(op, a, body)
}

// elsewhere reports whether a path that was made is one that no operation has, and the answer says so.
func (o operation) elsewhere(r Request, a answer) bool {
	path, _, _ := strings.Cut(r.Target, "?")
	other := strings.Count(path, "/") != strings.Count(o.path, "/") || strings.Contains(path, "//") || strings.Contains(path, "/.") || strings.HasSuffix(path, "/")
	return other && (a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed)
}

// plainBody is the body of an answer as it was before it was compressed.
func plainBody(a answer) ([]byte, error) {
	var from io.Reader
	var err error
	switch coding := a.header.Get("Content-Encoding"); coding {
	case "":
		return a.body, nil
	case "gzip":
		from, err = gzip.NewReader(bytes.NewReader(a.body))
	case "zstd":
		var decoder *zstd.Decoder
		if decoder, err = zstd.NewReader(bytes.NewReader(a.body)); err == nil {
			defer decoder.Close()
		}
		from = decoder
	default:
		return nil, fmt.Errorf("an answer is compressed as %q", coding)
	}
	if err != nil {
		return nil, fmt.Errorf("read compressed answer: %w", err)
	}
	return io.ReadAll(from)
}

// content holds the body of an answer against the media type and schema that are declared for its status.
func (d *drive) content(op operation, a answer, body []byte) string {
	status := strconv.Itoa(a.status)
	given := a.header.Get("Content-Type")
	plain, _, err := mime.ParseMediaType(given)
	if err != nil {
		return fmt.Sprintf("status %d has content of type %q: %.200s", a.status, given, body)
	}
	declared := ""
	for t := range op.content(status) {
		if own, _, _ := mime.ParseMediaType(t); own == plain {
			declared = t
		}
	}
	if declared == "" {
		if !op.declares(a.status) && plain == "application/problem+json" {
			return ""
		}
		return fmt.Sprintf("status %d answers %s, which is not declared: %.200s", a.status, given, body)
	}
	switch plain {
	case "application/json", "application/problem+json":
		return d.valid(op.place(status, declared), body)
	case "application/x-ndjson":
		for line := range bytes.Lines(body) {
			if problem := d.valid(op.place(status, declared), line); problem != "" {
				return problem
			}
		}
	case "application/vnd.apache.parquet":
		return begins(body, "PAR1")
	case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return begins(body, "PK")
	case "text/event-stream":
		if !bytes.Contains(body, []byte("\n\n")) {
			return fmt.Sprintf("no event ends: %.80q", body)
		}
	}
	return ""
}

func begins(body []byte, with string) string {
	if bytes.HasPrefix(body, []byte(with)) {
		return ""
	}
	return fmt.Sprintf("it does not begin with %q: %.80q", with, body)
}

func (d *drive) valid(place string, body []byte) string {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Sprintf("it is not JSON: %v: %.200q", err, body)
	}
	schema := d.schemas[place]
	if schema == nil {
		if schema, err = d.compiler.Compile("openapi.json#" + place); err != nil {
			return err.Error()
		}
		d.schemas[place] = schema
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Sprintf("it is not what its schema describes: %v: %.600s", err, body)
	}
	return ""
}
