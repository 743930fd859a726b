package api

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

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
		out := &fileSink{w: w}
		hctx.SetHeader("Content-Type", contentType)
		hctx.SetHeader("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		gathered := bufio.NewWriterSize(out, held)
		err := write(request.Context(), gathered)
		if err == nil {
			err = gathered.Flush()
		}
		if err == nil {
			return
		}
		if !out.begun {
			w.Header().Del("Content-Disposition")
			s.answerError(request.Context(), w, err)
			return
		}
		if request.Context().Err() == nil {
			s.log.Warn("file broke off", zap.String("file", name), zap.Error(err), traceID(request.Context()))
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

// fileSink writes a file to a client, and knows whether it has begun to.
type fileSink struct {
	w     io.Writer
	begun bool
}

// Write is io.Writer's.
func (k *fileSink) Write(chunk []byte) (int, error) {
	k.begun = true
	return k.w.Write(chunk)
}

// jsonAnswer answers with a value as the framework would.
func jsonAnswer(v any) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		hctx.SetHeader("Content-Type", "application/json")
		encoder := json.NewEncoder(hctx.BodyWriter())
		encoder.SetEscapeHTML(false)
		if !seesCost(hctx.Context()) {
			v = withoutCost(v)
		}
		_ = encoder.Encode(v) // a client that has gone needs no answer
	}}
}

// listed describes an operation that answers with a page of JSON, whose type is given, or with files.
func listed[T any](api huma.API, op huma.Operation) huma.Operation {
	page := schemaOf[T](api)
	return listedAs(page, api.OpenAPI().Components.Schemas.SchemaFromRef(page.Ref).Properties["items"].Items, op)
}

// listedAs is listed for a page and items that have schemas of their own.
func listedAs(page, of *huma.Schema, op huma.Operation) huma.Operation {
	content := fileContent(of)
	content["application/json"] = &huma.MediaType{Schema: &huma.Schema{AnyOf: []*huma.Schema{page, {Type: huma.TypeArray, Items: of, Description: "The whole list as a file of JSON."}}}}
	op.Responses = map[string]*huma.Response{"200": {Description: "A page of JSON, or the whole list as a file.", Content: content}}
	return op
}

// fileContent describes a list as a file of each format, given what one of its items is in JSON.
func fileContent(of *huma.Schema) map[string]*huma.MediaType {
	content := map[string]*huma.MediaType{}
	for _, f := range fileFormats() {
		content[f.ContentType()] = &huma.MediaType{Schema: bytesSchema(f.ContentType())}
	}
	content[sheet.JSON.ContentType()] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeArray, Items: of}}
	content[sheet.NDJSON.ContentType()] = &huma.MediaType{Schema: of}
	return content
}

// bytesSchema describes a file that is not JSON.
func bytesSchema(contentType string) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString}
	if !strings.HasPrefix(contentType, "text/") {
		schema.Format = "binary"
	}
	return schema
}

// downloaded describes an operation that answers with a file.
func downloaded(op huma.Operation, description string, content map[string]*huma.MediaType) huma.Operation {
	op.Responses = map[string]*huma.Response{"200": {
		Description: description, Content: content,
		Headers: map[string]*huma.Param{"Content-Disposition": {Description: "What the file is called.", Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	return op
}

// asBytes is the content of files that are not JSON.
func asBytes(contentTypes ...string) map[string]*huma.MediaType {
	content := map[string]*huma.MediaType{}
	for _, t := range contentTypes {
		content[t] = &huma.MediaType{Schema: bytesSchema(t)}
	}
	return content
}

// schemaOf returns the schema of a type.
func schemaOf[T any](api huma.API) *huma.Schema {
	return api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}
