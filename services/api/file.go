package api

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/sheet"
)

// held is how much of a file is gathered before its first byte is sent: what fails until then is answered with a problem.
const held = 64 << 10

// file answers with a file that is written as it is read. Once something of it was sent, a failure can only be told by breaking the answer off.
func (s *server) file(name string, f sheet.Format, write func(ctx context.Context, w io.Writer) error) *huma.StreamResponse {
	return s.download(name+f.Extension(), f.ContentType(), write)
}

func (s *server) download(name, contentType string, write func(ctx context.Context, w io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		request, w := humago.Unwrap(hctx)
		out := &fileSink{w: w, control: http.NewResponseController(w)}
		hctx.SetHeader("Content-Type", contentType)
		hctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		gathered := bufio.NewWriterSize(out, held)
		err := write(request.Context(), gathered)
		if err == nil {
			err = gathered.Flush()
		}
		if err == nil {
			out.rest()
			return
		}
		if !out.begun {
			w.Header().Del("Content-Disposition")
			answerProblem(w, problemOf(err))
			return
		}
		if request.Context().Err() == nil {
			s.log.Warn("file broke off", zap.String("file", name), zap.Error(err))
		}
		panic(http.ErrAbortHandler) //nolint:forbidigo // the only way to tell a client that a file it has begun to read is not whole
	}}
}

// answerProblem writes a problem where the framework does not.
func answerProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a client that has gone needs no problem
}

// fileSink writes a file to a client. Every piece has its time limit, so that a client that stops reading cannot hold anything.
type fileSink struct {
	w       io.Writer
	control *http.ResponseController
	begun   bool
}

// Write is io.Writer's.
func (k *fileSink) Write(chunk []byte) (int, error) {
	k.begun = true
	if err := k.control.SetWriteDeadline(time.Now().Add(writeLimit)); err != nil { //nolint:forbidigo // network time-outs are real time
		return 0, err
	}
	return k.w.Write(chunk)
}

// rest takes the time limit off a connection that may be used again.
func (k *fileSink) rest() { _ = k.control.SetWriteDeadline(time.Time{}) } // it was set before

// jsonAnswer answers with a value as the framework would.
func jsonAnswer(v any) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		hctx.SetHeader("Content-Type", "application/json")
		encoder := json.NewEncoder(hctx.BodyWriter())
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(v) // a client that has gone needs no answer
	}}
}

// listed describes an operation that answers with a page of JSON, whose type is given, or with files.
func listed[T any](api huma.API, op huma.Operation) huma.Operation {
	return listedAs(schemaOf[T](api), op)
}

// listedAs is listed for a page that has a schema of its own.
func listedAs(page *huma.Schema, op huma.Operation) huma.Operation {
	content := map[string]*huma.MediaType{"application/json": {Schema: page}}
	for _, f := range fileFormats() {
		if f != sheet.JSON {
			content[f.ContentType()] = &huma.MediaType{}
		}
	}
	op.Responses = map[string]*huma.Response{"200": {Description: "A page of JSON, or the whole list as a file.", Content: content}}
	return op
}

// downloaded describes an operation that answers with a file.
func downloaded(op huma.Operation, description string, contentTypes ...string) huma.Operation {
	content := map[string]*huma.MediaType{}
	for _, t := range contentTypes {
		content[t] = &huma.MediaType{}
	}
	op.Responses = map[string]*huma.Response{"200": {Description: description, Content: content}}
	return op
}

// schemaOf returns the schema of a type.
func schemaOf[T any](api huma.API) *huma.Schema {
	return api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}
