package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// exampleServer is where examples ask; the page puts the server in its place that it comes from.
const exampleServer = "http://127.0.0.1:8080"

// curlOf is a request of an operation as curl sends it: what is required, and where nothing is, a parameter that tells something.
func curlOf(method, path string, op *huma.Operation) string {
	var query []string
	user := false
	for _, p := range op.Parameters {
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(shownText(p.Example)))
		case p.In == "query" && p.Required:
			query = append(query, url.QueryEscape(p.Name)+"="+url.QueryEscape(shownText(p.Example)))
		case p.Name == headerUser:
			user = true
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	parts := []string{"curl -sS"}
	if strings.HasPrefix(op.OperationID, "follow-") {
		parts[0] += "N"
	}
	if method != http.MethodGet && (method != http.MethodPost || op.RequestBody == nil) {
		parts[0] += " -X " + method
	}
	parts[0] += " " + quoted(exampleServer+path)
	if user {
		parts = append(parts, "-H "+quoted(headerUser+": alice"))
	}
	if method != http.MethodGet && op.Metadata[onlyReads] != true {
		parts = append(parts, `-H "`+headerIdempotency+`: $(uuidgen)"`)
	}
	if op.RequestBody != nil {
		parts = append(parts, sending(op.RequestBody.Content)...)
	}
	return strings.Join(parts, " \\\n  ")
}

// sending is how curl sends a body: JSON as it is, a file by its name.
func sending(content map[string]*huma.MediaType) []string {
	for _, t := range []string{"application/json", "text/csv", octets} {
		m := content[t]
		if m == nil {
			continue
		}
		if t == "application/json" {
			return []string{"-H " + quoted("Content-Type: "+t), "-d " + quoted(strings.Join(strings.Fields(jsonText(m.Example, "")), " "))}
		}
		return []string{"-H " + quoted("Content-Type: "+t), "--data-binary @file"}
	}
	for t := range content {
		return []string{"-H " + quoted("Content-Type: "+t), "--data-binary @file"}
	}
	return nil
}

// quoted is a text that a shell takes as it is.
func quoted(s string) string {
	if !slices.ContainsFunc([]rune(s), func(r rune) bool { return r == '\'' }) {
		return "'" + s + "'"
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
