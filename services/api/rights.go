package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
)

// need is what an operation needs of who asks for it, and whether it changes something, which is written down then.
type need struct {
	operation string
	right     access.Right
	writes    bool
	path      string // with its parameters in braces
}

// operationRights is the one table of who may do what over HTTP. An operation that is not in it keeps the server from starting, so that nothing is
// open by oversight.
func operationRights() map[string]need {
	open, read := need{right: access.Open}, need{right: access.Read}
	writes := func(right access.Right) need { return need{right: right, writes: true} }
	return map[string]need{
		"version": open,

		"status": read, "calendar": read, "whoami": read,
		"list-prices": read, "diff-prices": read, "price-movers": read, "price-restatements": read, "price-series": read, "price-history": read, "lookup-prices": read,
		"list-rates": read, "rate-groups": read, "export-rates": read, "rate-history": read, "rate-series": read, "diff-rates": read, "rate-movers": read, "rate-restatements": read, "lookup-rates": read,
		"list-offers": read, "list-services": read, "list-documents": read, "orderable": read, "resolve-document": read, "get-document-file": read,
		"list-releases": read, "show-release": read, "log-release": read, "diff-release": read, "release-changes": read, "export-release": read, "get-template": read,
		"show-set": read, "review-set": read,
		"list-crawls": read, "show-crawl": read, "list-running-crawls": read, "list-quarantine": read, "list-rejects": read, "follow-events": read,
		"list-audits": read, "show-audit": read, "list-rebuilds": read, "show-rebuild": read,
		"list-tokens": read, "show-token": read,
		"revoke-token": writes(access.Read), // one's own; those of others need more

		"list-watchlists": read, "show-watchlist": read, "export-watchlist": read,
		"put-watchlist": writes(access.Edit), "import-watchlist": writes(access.Edit), "delete-watchlist": writes(access.Edit),

		"list-webhooks": read, "show-webhook": read, "list-deliveries": read,
		"create-webhook": writes(access.Read), // its own events; those of others need more
		"delete-webhook": writes(access.Read), "rotate-webhook": writes(access.Read), "disable-webhook": writes(access.Read), "enable-webhook": writes(access.Read),
		"redeliver-webhook": writes(access.Read), "test-webhook": writes(access.Read),

		"lint-release": {right: access.Edit}, "lint-set": {right: access.Edit},
		"create-release": writes(access.Edit), "correct-release": writes(access.Edit), "submit-release": writes(access.Edit),
		"create-set": writes(access.Edit), "submit-set": writes(access.Edit),
		"withdraw-release": writes(access.Write), // of a draft; what is public needs more
		"approve-release":  writes(access.Approve), "reject-release": writes(access.Approve), "approve-set": writes(access.Approve), "reject-set": writes(access.Approve),

		"create-subscriber": writes(access.Operate), "revoke-subscriber": writes(access.Operate), "list-subscribers": {right: access.Operate},
		"run-crawl": writes(access.Operate), "accept-crawl": writes(access.Operate), "observe": writes(access.Operate),
		"audit": writes(access.Operate), "rebuild": writes(access.Operate), "create-token": writes(access.Operate), "audit-log": {right: access.Operate},
	}
}

// openRoute reports whether a route that is no operation is for everybody: whether the process is alive, what the API is, and the page, which tells
// nothing before it has asked. Whatever else is served needs the right to read.
func openRoute(pattern string) bool {
	path := pattern[strings.IndexByte(pattern, ' ')+1:]
	return slices.Contains([]string{"/{$}", "/livez", "/readyz", "/app/", "/assets/"}, path) || strings.HasPrefix(path, "/docs") || strings.HasPrefix(path, "/openapi")
}

// needsOf gives every operation what it needs, by its route, and tells it in the description of the API.
func needsOf(api huma.API) (map[string]need, error) {
	document := api.OpenAPI()
	document.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", BearerFormat: "pw_<id>_<secret>", Description: "A token of this server: pricewire token create."},
		"oidc":  {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "A token of the identity provider that the server was told of."},
	}
	table, needs := operationRights(), map[string]need{}
	for path, item := range document.Paths {
		for method, op := range methodsOf(item) {
			what, known := table[op.OperationID]
			if !known || !what.right.Known() {
				return nil, fault.New(fault.Internal, "operation %s of %s %s needs no right; say in operationRights which", op.OperationID, method, path)
			}
			delete(table, op.OperationID)
			what.operation, what.path = op.OperationID, path
			needs[method+" "+path] = what
			describeRight(api, op, what)
		}
	}
	for id := range table {
		return nil, fault.New(fault.Internal, "operationRights has %s, which is no operation", id)
	}
	return needs, nil
}

func methodsOf(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPut: item.Put, http.MethodPost: item.Post, http.MethodDelete: item.Delete, http.MethodPatch: item.Patch,
		http.MethodHead: item.Head, http.MethodOptions: item.Options, http.MethodTrace: item.Trace,
	}
	for method, op := range all {
		if op == nil {
			delete(all, method)
		}
	}
	return all
}

// describeRight says of an operation whom it is for, and how those are answered whom it is not for.
func describeRight(api huma.API, op *huma.Operation, what need) {
	if what.right == access.Open {
		op.Security = []map[string][]string{} // none, whatever else has
		return
	}
	op.Security = []map[string][]string{{"token": {}}, {"oidc": {}}}
	if op.Extensions == nil {
		op.Extensions = map[string]any{}
	}
	op.Extensions["x-pricewire-right"] = string(what.right)
	problem := map[string]*huma.MediaType{"application/problem+json": {Schema: schemaOf[Problem](api)}}
	for status, description := range map[string]string{
		"401": "Nobody is known to ask: the token is missing, or it is not good.", "403": "Who asks is known, and may not.",
		"429": "Too many tokens that are not good came from this address.",
	} {
		if op.Responses[status] == nil {
			op.Responses[status] = &huma.Response{Description: description, Content: problem}
		}
	}
}
