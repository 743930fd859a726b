package api

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/trace"
)

// contractVersion is the version of the description, not of the server: the second number grows when something is added, the first when something
// that clients rely on is taken away.
const contractVersion = "1.0.0"

// problemType is the media type of every problem.
const problemType = "application/problem+json"

// What an operation says of itself beside what the framework knows, in its metadata.
const (
	onlyReads  = "pricewire.reads"  // a POST that changes nothing
	isHeavy    = "pricewire.heavy"  // a question that a store works on for long
	isSecret   = "pricewire.secret" // the answer holds a secret, which must be kept nowhere
	hasVersion = "pricewire.etag"   // the answer has an ETag
)

// marked says something of an operation.
func marked(op huma.Operation, marks ...string) huma.Operation {
	op.Metadata = maps.Clone(op.Metadata)
	if op.Metadata == nil {
		op.Metadata = map[string]any{}
	}
	for _, m := range marks {
		op.Metadata[m] = true
	}
	return op
}

// operation is what the door needs to know of an operation before it is asked.
type operation struct {
	id      string
	reads   bool
	heavy   bool
	secret  bool
	endless bool
	types   []string // media types of what it answers with, without parameters
}

// operationOf reads a description; what it declares is what holds.
func operationOf(op *huma.Operation) operation {
	o := operation{id: op.OperationID, heavy: op.Metadata[isHeavy] == true, secret: op.Metadata[isSecret] == true}
	o.reads = op.Method == http.MethodGet || op.Metadata[onlyReads] == true
	for status, r := range op.Responses {
		if !strings.HasPrefix(status, "2") {
			continue
		}
		for t := range r.Content {
			plain, _, _ := strings.Cut(t, ";")
			o.types = append(o.types, plain)
			o.endless = o.endless || plain == eventStream
		}
	}
	slices.Sort(o.types)
	return o
}

// describe completes the description of all operations: problems by status, headers, and an example of everything. It returns the operations by the
// pattern that the router knows them by.
func describe(document *huma.OpenAPI) map[string]operation {
	document.Info.Version = contractVersion
	document.Info.Description = about
	document.Tags = tagged(document)
	all := map[string]operation{}
	problem := document.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	document.Components.Responses = problemResponses(problem)
	allowNulls(document)
	x := exampler{document.Components.Schemas}
	for path, item := range document.Paths {
		for method, op := range methodsOf(item) {
			op.Responses = answers(op)
			o := operationOf(op)
			all[method+" "+path] = o
			op.Parameters = parameters(op, o)
			if !o.reads {
				tellTrace(op)
			}
			x.fill(op)
		}
	}
	return all
}

// about is what the description says of the whole.
const about = `Prices of cloud licences and Azure usage: what they were, are and will be, and what was believed on a given day.

**Time.** ` + "`at`" + ` is valid time, ` + "`known_at`" + ` knowledge time; both are now when left out. Times are RFC 3339 in UTC, a plain date is its first instant. Money is a plain decimal text with its currency beside it.

**Lists** answer a page, ` + "`{\"items\": […], \"next\": …}`" + `, whose ` + "`next`" + ` is the ` + "`cursor`" + ` of the following one; or by ` + "`format`" + ` or ` + "`Accept`" + ` the whole list as CSV, a workbook, JSON, NDJSON or Parquet. Fields may be added to answers; none is removed.

**Problems** are RFC 9457. The last part of ` + "`type`" + ` is the kind, ` + "`errors`" + ` names every wrong place, ` + "`hint`" + ` says what to do.

**Writes** take an ` + "`Idempotency-Key`" + `: sent again with the same key within 24 hours, a request that succeeded is answered as it was and nothing is done twice.

**Limits.** A request line of 16 KiB, headers of 64 KiB, parameters of 2 KiB each, bodies of 1 MiB where nothing else is said. A page has at most 10,000 items. A question may take 60 s, a file 30 minutes, a write 15 minutes; a client that does not take the next 64 KiB of an answer within 30 s is cut off. Eight heavy questions (files, differences, movers, series) run at once, and one more waits 5 s for its turn. A client may send 2,000 requests a second on average and 4,000 at once; beyond that it is answered 429 with ` + "`Retry-After`" + `.

**Traces.** A request may say by ` + "`traceparent`" + ` which trace it belongs to (W3C Trace Context); otherwise it begins one. The answer says so in the same header, and so do the events that it causes, in an attribute. What is no such header is ignored, and ` + "`tracestate`" + ` is not passed on.

**Compression** by ` + "`Accept-Encoding`" + `: zstd and gzip, of what is read; what is written is answered as it is.`

// tagged names the groups of operations, in order.
func tagged(document *huma.OpenAPI) []*huma.Tag {
	known := map[string]string{
		"releases": "The life of a monthly list: drafts, review, approval, publication, correction, withdrawal.", "sets": "Many market files as one.",
		"prices": "Licence prices on both axes of time.", "offers": "The offer matrix, and what can be ordered.", "services": "The Azure services that are sold.",
		"documents": "Guides and agreements.", "rates": "Azure usage rates on both axes of time.", "crawls": "Crawls, snapshots, and what was not believed.",
		"events": "Every change as it happens.", "status": "How the server is.", "audits": "Whether the tables are what the streams say.", "rebuilds": "Tables made again.",
	}
	used := map[string]bool{}
	for _, item := range document.Paths {
		for _, op := range methodsOf(item) {
			for _, tag := range op.Tags {
				used[tag] = true
			}
		}
	}
	var tags []*huma.Tag
	for _, name := range slices.Sorted(maps.Keys(used)) {
		tags = append(tags, &huma.Tag{Name: name, Description: known[name]})
	}
	return tags
}

// statuses are the problems that requests can end in, by their status, and what each is called.
func statuses() map[int][2]string {
	return map[int][2]string{
		400: {"Invalid", "A parameter, or what was sent, cannot be read. Every wrong place is named."},
		401: {"Unauthenticated", "Nobody is named who may ask, or what names him is not valid."},
		403: {"Forbidden", "Whoever asks may not do this."},
		404: {"NotFound", "There is no such thing, or no answer; the problem says what is known about it."},
		406: {"NotAcceptable", "None of the media types that are accepted can be had."},
		408: {"Late", "The body did not arrive in time."},
		409: {"Conflict", "It has changed since, or cannot be done as things are; or a request of the same Idempotency-Key still runs, and Retry-After says when to ask again."},
		413: {"TooLarge", "The body is larger than is taken."},
		414: {"QueryTooLong", "The request line is longer than 16 KiB."},
		415: {"UnsupportedMediaType", "The body is of a type that is not taken."},
		421: {"Misdirected", "The server answers under other names only."},
		422: {"Refused", "A rule refuses it, a parameter or field does not exist, or the Idempotency-Key was used for another request."},
		429: {"TooManyRequests", "The client sends more requests than it may; Retry-After says when to go on."},
		500: {"Internal", "The server failed. A failed read changed nothing; a failed write can be sent again."},
		503: {"Unavailable", "Something that is needed is not there, or too much runs already. Where it helps, Retry-After says when to ask again."},
	}
}

func problemResponses(schema *huma.Schema) map[string]*huma.Response {
	all := map[string]*huma.Response{}
	for status, s := range statuses() {
		p := newProblem(kindOfStatus(status), problemExample(status))
		p.Status, p.Hint = status, seeReference
		if status == http.StatusBadRequest {
			p.Errors = []ProblemPlace{{"query.at", `"yesterday" is not a time; write 2026-12-01 or 2026-12-01T00:00:00Z`}}
		}
		r := &huma.Response{Description: s[1], Content: map[string]*huma.MediaType{problemType: {Schema: schema, Example: plain(p)}}}
		if status == http.StatusConflict || status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			r.Headers = map[string]*huma.Param{"Retry-After": {Description: "Seconds after which to send it again.", Schema: &huma.Schema{Type: huma.TypeInteger, Examples: []any{1}}}}
		}
		all[s[0]] = r
	}
	return all
}

func problemExample(status int) string {
	if status == http.StatusBadRequest {
		return `query.at: "yesterday" is not a time; write 2026-12-01 or 2026-12-01T00:00:00Z`
	}
	return strings.ToLower(http.StatusText(status))
}

// answers completes what an operation can answer with by the problems that it can end in.
func answers(op *huma.Operation) map[string]*huma.Response {
	all := map[string]*huma.Response{}
	for status, r := range op.Responses {
		if strings.HasPrefix(status, "2") {
			all[status] = r
		}
	}
	codes := []int{400, 404, 406, 414, 421, 422, 429, 500, 503}
	if op.Method != http.MethodGet {
		codes = append(codes, 409)
	}
	if op.RequestBody != nil {
		codes = append(codes, 408, 413, 415)
	}
	if len(op.Security) > 0 {
		codes = append(codes, 401, 403)
	}
	if _, endless := all["200"]; endless && all["200"].Content[eventStream] != nil {
		codes = append(codes, 409)
	}
	if op.Metadata[hasVersion] == true && op.Method == http.MethodGet {
		all["304"] = &huma.Response{Description: "It is as If-None-Match says, and has no body."}
	}
	names := statuses()
	for _, code := range codes {
		all[strconv.Itoa(code)] = &huma.Response{Ref: "#/components/responses/" + names[code][0]}
	}
	return all
}

// parameters completes the parameters of an operation: those that hold for many, the values that a text may have, and an example of each. What the
// framework checks requests by stays as it is.
func parameters(op *huma.Operation, o operation) []*huma.Param {
	all := slices.Clone(op.Parameters)
	if !o.reads {
		all = append(all, &huma.Param{
			Name: headerIdempotency, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MinLength: count(1), MaxLength: count(longestKey)}, Example: "6f1c2a52-3f4b-4a53-9d39-0d8c8a2f9f61",
			Description: "A text that names this request, new for each: sent again with the same, a request that succeeded is answered as it was, for 24 hours, and nothing is done twice.",
		}, &huma.Param{
			Name: trace.Header, In: "header", Schema: &huma.Schema{Type: huma.TypeString}, Example: exampleTrace,
			Description: "W3C Trace Context: the trace that the request belongs to, which events name that it causes. What is none is ignored.",
		})
	}
	if op.Metadata[hasVersion] == true && op.Method == http.MethodGet {
		all = append(all, &huma.Param{
			Name: "If-None-Match", In: "header", Schema: &huma.Schema{Type: huma.TypeString}, Example: `"7"`, Description: "The ETag of what the client has: when it is still so, the answer is 304 without a body.",
		})
	}
	for i, p := range all {
		known := *p
		if known.Description == "" {
			known.Description = pathDescription(op.Path, p.Name)
		}
		known.Required = p.Required || needed(op.OperationID, p)
		schema := *p.Schema
		schema.Description = "" // the parameter's says it
		valued(op, &known, &schema)
		known.Schema = &schema
		all[i] = &known
	}
	return all
}

// exampleTrace is one of the standard's.
const exampleTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// tellTrace says of an operation that writes, from which events may come, that its answer tells the trace that it belongs to. Others tell it too.
func tellTrace(op *huma.Operation) {
	for status, r := range op.Responses {
		if !strings.HasPrefix(status, "2") {
			continue
		}
		if r.Headers == nil {
			r.Headers = map[string]*huma.Param{}
		}
		r.Headers[trace.Header] = &huma.Param{
			Description: "The step of the trace that this request is, with the id of the trace that it was sent in, or of a new one.",
			Schema:      &huma.Schema{Type: huma.TypeString},
			Example:     exampleTrace,
		}
	}
}

// needed reports whether a request without the parameter is refused, which the framework is not told: all that is missing is to be named at once, by us.
func needed(id string, p *huma.Param) bool {
	what := strings.ToLower(p.Description)
	if p.In == "query" && (strings.HasSuffix(what, "required.") || strings.HasPrefix(what, "required")) {
		return true
	}
	switch id {
	case "create-release", "create-set":
		return p.Name == "effective"
	case "correct-release", "withdraw-release":
		return p.Name == "reason"
	}
	return false
}

// pathDescription says what a part of a path is, where its operation does not.
func pathDescription(path, name string) string {
	_, what, _ := strings.Cut(path, "/v1/")
	what, _, _ = strings.Cut(what, "/")
	switch {
	case name == "sha256":
		return "SHA-256 of the file, in hexadecimal."
	case strings.HasSuffix(what, "s"):
		return "Which of the " + what + ": its " + name + "."
	}
	return "Its " + name + "."
}

func count(n int) *int { return &n }

// valued says which values a parameter may have, where the framework is not told: all wrong ones of a request are to be named at once, by us.
func valued(op *huma.Operation, p *huma.Param, schema *huma.Schema) {
	whole := func(least, most, otherwise int) {
		low, high := float64(least), float64(most)
		*schema = huma.Schema{Type: huma.TypeInteger, Minimum: &low, Maximum: &high, Default: otherwise, Examples: []any{otherwise}}
	}
	movers := strings.HasSuffix(op.OperationID, "movers")
	switch {
	case p.In != "query":
	case p.Name == "limit" && movers:
		whole(1, 1000, 20)
	case p.Name == "limit":
		whole(1, 10000, 100)
	case p.Name == "points":
		whole(10, 10000, 500)
	default:
		for _, value := range valuesOf(op, p.Name) {
			schema.Enum = append(schema.Enum, value)
		}
	}
}

// valuesOf are the values of a parameter that takes one of few.
func valuesOf(op *huma.Operation, name string) []string {
	switch name {
	case "format":
		if strings.HasPrefix(op.OperationID, "export-release") {
			return []string{"csv", "xlsx", "json", "ndjson", "parquet", "yaml"}
		}
		return formatNames()
	case "kind":
		if op.Method != http.MethodGet {
			return []string{"full", "delta"}
		}
	case "by":
		if op.OperationID == "diff-release" {
			return []string{"move"}
		}
		return []string{"relative", "absolute"}
	case "change":
		return []string{"added", "price_changed", "changed", "ending", "removed"}
	case "state":
		return states()
	case "layout":
		return []string{layoutFocus}
	case "operating_system":
		return []string{"Windows", "Linux"}
	case "purchase_option":
		return []string{"on-demand", "spot", "low-priority", "dev-test", "reservation"}
	}
	return nil
}

func formatNames() []string {
	var names []string
	for _, f := range fileFormats() {
		names = append(names, string(f))
	}
	return names
}

// allowNulls says of fields that are a thing or null that they are: the framework cannot of a thing with a name. And it says of lists that they
// are never null, and of answers that fields may be added.
func allowNulls(document *huma.OpenAPI) {
	schemas := document.Components.Schemas
	taken := takenSchemas(document)
	for name, schema := range schemas.Map() {
		t := schemas.TypeFromRef("#/components/schemas/" + name)
		if taken[name] {
			continue
		}
		schema.AdditionalProperties = opened(schema.AdditionalProperties)
		for _, property := range schema.Properties {
			notNull(property)
		}
		for t != nil && t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t == nil || t.Kind() != reflect.Struct {
			continue
		}
		for _, field := range reflect.VisibleFields(t) {
			tag, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			property := schema.Properties[tag]
			if property == nil || field.Type.Kind() != reflect.Pointer || property.Ref == "" && property.Type != huma.TypeObject || strings.Contains(options, "omitempty") {
				continue
			}
			thing := *property
			thing.Description = ""
			schema.Properties[tag] = &huma.Schema{AnyOf: []*huma.Schema{&thing, {Type: "null"}}, Description: field.Tag.Get("doc")}
		}
	}
}

// opened lets an object hold more than is described, where it was closed.
func opened(additional any) any {
	if closed, ok := additional.(bool); ok && !closed {
		return nil
	}
	return additional
}

func notNull(schema *huma.Schema) {
	if schema.Type == huma.TypeArray {
		schema.Nullable = false
	}
}

// takenSchemas are the schemas that requests are checked by, by their names.
func takenSchemas(document *huma.OpenAPI) map[string]bool {
	taken := map[string]bool{}
	var mark func(*huma.Schema)
	mark = func(s *huma.Schema) {
		if s == nil {
			return
		}
		if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok && !taken[name] {
			taken[name] = true
			mark(document.Components.Schemas.Map()[name])
		}
		mark(s.Items)
		for _, p := range s.Properties {
			mark(p)
		}
	}
	for _, item := range document.Paths {
		for _, op := range methodsOf(item) {
			if op.RequestBody == nil {
				continue
			}
			for _, m := range op.RequestBody.Content {
				mark(m.Schema)
			}
		}
	}
	return taken
}

// states are those of a release.
func states() []string {
	var names []string
	for _, s := range []release.State{
		release.Draft, release.InReview, release.Approved, release.Publishing, release.Published, release.Effective, release.Superseded, release.Rejected, release.Withdrawn,
	} {
		names = append(names, string(s))
	}
	return names
}

// plainOperations are what the router answers without the framework.
func plainOperations() []*huma.Operation {
	text := func(id, path, summary, description, contentType, example string) *huma.Operation {
		return &huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Description: description, Tags: []string{"status"},
			Responses: map[string]*huma.Response{"200": {Description: summary + ".", Content: map[string]*huma.MediaType{contentType: {Schema: &huma.Schema{Type: huma.TypeString}, Example: example}}}},
		}
	}
	object := func(id, path, summary, contentType string) *huma.Operation {
		return &huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: path, Summary: summary, Tags: []string{"status"}, Metadata: map[string]any{hasVersion: true},
			Description: "The same for every request until the server is another version; it has an ETag.",
			Responses: map[string]*huma.Response{"200": {Description: "OpenAPI 3.1.", Content: map[string]*huma.MediaType{contentType: {
				Schema:  &huma.Schema{Type: huma.TypeObject},
				Example: map[string]any{"openapi": "3.1.0"},
			}}}},
		}
	}
	return []*huma.Operation{
		text("live", "/livez", "Whether the process lives", "It needs nothing else.", "text/plain", "alive\n"),
		text("ready", "/readyz", "Whether the server can answer", "503 with a problem while it is starting, and when it is about to stop.", "text/plain", "ready\n"),
		forReaders(text("metrics", "/metrics", "Metrics for Prometheus", "In the text format, or what else the scraper accepts.", "text/plain", "# HELP up …\n")),
		object("openapi-json", "/openapi.json", "This description as JSON", "application/json"),
		object("openapi-yaml", "/openapi.yaml", "This description as YAML", "application/yaml"),
	}
}

// forReaders says of an operation that it needs the right to read, unless the server is told otherwise.
func forReaders(op *huma.Operation) *huma.Operation {
	op.Security = []map[string][]string{{"token": {}}, {"oidc": {}}}
	return op
}
