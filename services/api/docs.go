package api

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// docsFiles are the page for people, and what it needs. It loads nothing from elsewhere.
//
//go:embed docs/page.html docs/docs.css docs/docs.js
var docsFiles embed.FS

// docsPolicy lets the page use its own style and script, and nothing else from anywhere.
const docsPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

type (
	docsPage struct {
		Title, Version string
		About          []template.HTML
		Groups         []docsGroup
		Schemas        []docsSchema
	}
	docsGroup struct {
		Name, Description string
		Operations        []docsOperation
	}
	docsOperation struct {
		ID, Method, Path, Summary, Description, Right, Curl, Words string
		Parameters                                                 []docsField
		Bodies                                                     []docsContent
		Answers                                                    []docsAnswer
	}
	docsField struct {
		Name, In, Description, Example string
		Type                           []docsType
		Required                       bool
	}
	docsContent struct {
		MediaType, Description, Example string
		Type                            []docsType
	}
	docsAnswer struct {
		Status, Class, Description string
		Contents                   []docsContent
		Headers                    []string
	}
	docsSchema struct {
		Name, Description string
		Fields            []docsField
	}
	// docsType is a part of what a value is; with a link it is a schema.
	docsType struct{ Text, Link string }
)

// serveDocs serves the pages for people.
func serveDocs(mux *http.ServeMux, document *huma.OpenAPI) {
	page := sync.OnceValues(func() ([]byte, error) {
		tmpl, err := template.ParseFS(docsFiles, "docs/page.html")
		if err != nil {
			return nil, fmt.Errorf("read documentation page: %w", err)
		}
		var b bytes.Buffer
		if err := tmpl.Execute(&b, docsOf(document)); err != nil {
			return nil, fmt.Errorf("write documentation page: %w", err)
		}
		return b.Bytes(), nil
	})
	html := fixed("text/html; charset=utf-8", page)
	show := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		html.ServeHTTP(w, r)
	})
	mux.Handle("GET /docs", show)
	mux.Handle("GET /docs/{$}", show)
	for name, contentType := range map[string]string{"docs.css": "text/css; charset=utf-8", "docs.js": "text/javascript; charset=utf-8"} {
		mux.Handle("GET /docs/"+name, fixed(contentType, func() ([]byte, error) { return docsFiles.ReadFile("docs/" + name) }))
	}
}

// docsOf makes the page of a description.
func docsOf(document *huma.OpenAPI) docsPage {
	page := docsPage{Title: document.Info.Title, Version: document.Info.Version}
	for paragraph := range strings.SplitSeq(document.Info.Description, "\n\n") {
		page.About = append(page.About, emphasised(paragraph))
	}
	groups := map[string]*docsGroup{}
	for _, tag := range document.Tags {
		groups[tag.Name] = &docsGroup{Name: tag.Name, Description: tag.Description}
	}
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		all := methodsOf(document.Paths[path])
		for _, method := range slices.Sorted(maps.Keys(all)) {
			op := all[method]
			group := groups[op.Tags[0]]
			group.Operations = append(group.Operations, docsOperationOf(document, method, path, op))
		}
	}
	for _, tag := range document.Tags {
		page.Groups = append(page.Groups, *groups[tag.Name])
	}
	schemas := document.Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		s := docsSchema{Name: name, Description: schemas[name].Description}
		for _, field := range slices.Sorted(maps.Keys(schemas[name].Properties)) {
			property := schemas[name].Properties[field]
			s.Fields = append(s.Fields, docsField{Name: field, Type: typeOf(property), Description: property.Description})
		}
		page.Schemas = append(page.Schemas, s)
	}
	return page
}

// emphasised writes a paragraph whose code and stress are marked.
func emphasised(text string) template.HTML {
	var b strings.Builder
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 {
			b.WriteString("<code>" + template.HTMLEscapeString(part) + "</code>")
			continue
		}
		for j, stressed := range strings.Split(part, "**") {
			stressed = template.HTMLEscapeString(stressed)
			if j%2 == 1 {
				stressed = "<strong>" + stressed + "</strong>"
			}
			b.WriteString(stressed)
		}
	}
	return template.HTML(b.String()) //nolint:gosec // all of it is escaped above
}

func docsOperationOf(document *huma.OpenAPI, method, path string, op *huma.Operation) docsOperation {
	d := docsOperation{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Description: op.Description, Curl: curlOf(method, path, op)}
	if right, ok := op.Extensions["x-pricewire-right"].(string); ok {
		d.Right = right
	}
	words := []string{op.OperationID, method, path, op.Summary, op.Description, strings.Join(op.Tags, " ")}
	for _, p := range op.Parameters {
		d.Parameters = append(d.Parameters, docsField{Name: p.Name, In: p.In, Description: p.Description, Example: shownText(p.Example), Type: typeOf(p.Schema), Required: p.Required})
		words = append(words, p.Name)
	}
	if op.RequestBody != nil {
		for _, t := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
			m := op.RequestBody.Content[t]
			d.Bodies = append(d.Bodies, docsContent{MediaType: t, Example: shownBody(m.Example), Type: typeOf(m.Schema)})
		}
		d.Bodies[0].Description = op.RequestBody.Description
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		r := op.Responses[status]
		if name, ok := strings.CutPrefix(r.Ref, "#/components/responses/"); ok {
			r = document.Components.Responses[name]
		}
		a := docsAnswer{Status: status, Class: status[:1], Description: r.Description, Headers: slices.Sorted(maps.Keys(r.Headers))}
		if a.Class == "2" {
			for _, t := range slices.Sorted(maps.Keys(r.Content)) {
				a.Contents = append(a.Contents, docsContent{MediaType: t, Example: shownBody(r.Content[t].Example), Type: typeOf(r.Content[t].Schema)})
			}
		}
		d.Answers = append(d.Answers, a)
		words = append(words, status)
	}
	d.Words = strings.ToLower(strings.Join(words, " "))
	return d
}

// typeOf says what a schema is, in words and links.
func typeOf(s *huma.Schema) []docsType {
	switch {
	case s == nil:
		return nil
	case s.Ref != "":
		name := s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
		return []docsType{{name, name}}
	case len(s.AnyOf)+len(s.OneOf) > 0:
		var all []docsType
		for i, one := range slices.Concat(s.AnyOf, s.OneOf) {
			if i > 0 {
				all = append(all, docsType{Text: " or "})
			}
			all = append(all, typeOf(one)...)
		}
		return all
	case s.Type == huma.TypeArray:
		return append([]docsType{{Text: "list of "}}, typeOf(s.Items)...)
	}
	text := s.Type
	if s.Format != "" {
		text += " (" + s.Format + ")"
	}
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		text = strings.Join(values, ", ")
	}
	if s.Minimum != nil && s.Maximum != nil {
		text += fmt.Sprintf(", %v to %v", *s.Minimum, *s.Maximum)
	}
	if s.Nullable {
		text += " or null"
	}
	return []docsType{{Text: text}}
}

// shownText is an example on one line.
func shownText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return jsonText(v, "")
}

// shownBody is an example of a body.
func shownBody(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return jsonText(v, "  ")
}

func jsonText(v any, indent string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if encoder.Encode(v) != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}
