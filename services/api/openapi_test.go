package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// described is an operation as OpenAPI has it.
type described struct {
	OperationID string `json:"operationId"`
	Summary     string
	Tags        []string
	Parameters  []struct {
		Name, In, Description string
		Example               any
		Schema                struct {
			Type           string
			Enum, Examples []any
		}
	}
	RequestBody *struct {
		Description string
		Content     map[string]any
	}
	Responses map[string]struct{ Content map[string]any }
}

func operations(t *testing.T, b *bundle) map[string]described {
	t.Helper()
	_, raw := b.raw(t, "GET", "/openapi.json", "")
	var document struct {
		Paths map[string]map[string]described
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	all := map[string]described{}
	for path, methods := range document.Paths {
		for method, op := range methods {
			all[strings.ToUpper(method)+" "+path] = op
		}
	}
	return all
}

func TestEveryOperationIsDescribedWithExamples(t *testing.T) {
	all := operations(t, setup(t))
	if len(all) < 35 {
		t.Errorf("%d operations", len(all))
	}
	ids := map[string]string{}
	for where, op := range all {
		if op.OperationID == "" || op.Summary == "" || len(op.Tags) == 0 || ids[op.OperationID] != "" {
			t.Errorf("%s: id %q, summary %q, tags %v; another of the id: %s", where, op.OperationID, op.Summary, op.Tags, ids[op.OperationID])
		}
		ids[op.OperationID] = where
		for _, p := range op.Parameters {
			if p.Schema.Type != "boolean" && len(p.Schema.Enum) == 0 && p.Example == nil && len(p.Schema.Examples) == 0 && p.Name != "cursor" && p.Name != "limit" {
				t.Errorf("%s: %s has no example", where, p.Name)
			}
		}
		good := false
		for status, r := range op.Responses {
			good = good || strings.HasPrefix(status, "2") && len(r.Content) > 0
		}
		if !good {
			t.Errorf("%s does not say what it answers", where)
		}
	}
}

// wrongRequests are requests that each operation must refuse.
func wrongRequests() map[string][3]string {
	return also(wrongSubscriptions(), map[string][3]string{ // by operation: path and query, body, what is said
		"GET /v1/status":                   {"/v1/status?x=1", "", "query.x"},
		"GET /version":                     {"/version?x=1", "", "query.x"},
		"GET /livez":                       {"/livez?x=1&x=2", "", "query.x"},
		"GET /readyz":                      {"/readyz?x=%zz", "", "query"},
		"GET /metrics":                     {"/metrics?x=%00", "", "query.x"},
		"GET /openapi.json":                {"/openapi.json?x=%ff", "", "query.x"},
		"GET /openapi.yaml":                {"/openapi.yaml?x=1;y=2", "", "query"},
		"GET /v1/releases":                 {"/v1/releases?limit=none", "", "query.limit"},
		"GET /v1/releases/{id}/changes":    {"/v1/releases/x/changes", "", "x"},
		"POST /v1/releases":                {"/v1/releases?kind=x", "a", "query.kind"},
		"POST /v1/releases:lint":           {"/v1/releases:lint?list=x", "a", "query.list"},
		"GET /v1/releases/{id}":            {"/v1/releases/x", "", "release id"},
		"GET /v1/releases/{id}/log":        {"/v1/releases/x/log", "", "release id"},
		"GET /v1/releases/{id}/diff":       {"/v1/releases/x/diff?by=x", "", "query.by"},
		"GET /v1/releases/{id}/export":     {"/v1/releases/license-us-2026-12-r1/export?format=x", "", "query.format"},
		"POST /v1/releases/{id}/correct":   {"/v1/releases/license-us-2026-12-r1/correct?from=x", "a", "query.from"},
		"POST /v1/releases/{id}/withdraw":  {"/v1/releases/license-us-2026-12-r1/withdraw", "", "query.reason"},
		"POST /v1/releases/{id}/submit":    {"/v1/releases/x/submit", "{", "body"},
		"POST /v1/releases/{id}/approve":   {"/v1/releases/x/approve", `{"reasons":"x"}`, "body"},
		"POST /v1/releases/{id}/reject":    {"/v1/releases/x/reject", "{}", "release id"},
		"GET /v1/templates/{list}":         {"/v1/templates/x", "", "template"},
		"GET /v1/calendar":                 {"/v1/calendar?format=x", "", "query.format"},
		"POST /v1/sets/{name}":             {"/v1/sets/x", "a", "query.effective"},
		"POST /v1/sets:lint":               {"/v1/sets:lint?effective=x", "a", "query.effective"},
		"GET /v1/sets/{name}":              {"/v1/sets/x", "", "no set"},
		"GET /v1/sets/{name}/review":       {"/v1/sets/x/review", "", "no set"},
		"POST /v1/sets/{name}/submit":      {"/v1/sets/x/submit", "{}", "no set"},
		"POST /v1/sets/{name}/approve":     {"/v1/sets/x/approve", "[]", "body"},
		"POST /v1/sets/{name}/reject":      {"/v1/sets/x/reject", "{}", "no set"},
		"GET /v1/prices":                   {"/v1/prices?tier=x", "", "query.tier"},
		"GET /v1/prices/diff":              {"/v1/prices/diff", "", "query.from"},
		"GET /v1/offers":                   {"/v1/offers?at=x", "", "query.at"},
		"GET /v1/services":                 {"/v1/services?known_at=x", "", "query.known_at"},
		"GET /v1/documents":                {"/v1/documents?limit=0", "", "query.limit"},
		"GET /v1/orderable":                {"/v1/orderable?market=USA", "", "query.market"},
		"GET /v1/documents/resolve":        {"/v1/documents/resolve?market=US", "", "query.kind"},
		"GET /v1/documents/files/{sha256}": {"/v1/documents/files/x", "", "SHA-256"},
		"GET /v1/rates":                    {"/v1/rates?currency=x", "", "query.currency"},
		"GET /v1/rates/export":             {"/v1/rates/export?at=x", "", "query.at"},
		"GET /v1/rates/groups":             {"/v1/rates/groups?tier=x", "", "query.tier"},
		"GET /v1/rates/history":            {"/v1/rates/history", "", "query.meter_id"},
		"GET /v1/rates/diff":               {"/v1/rates/diff?to=2026-01-01", "", "query.from"},
		"GET /v1/rates/movers":             {"/v1/rates/movers?from=2026-01-01&to=2026-01-02&by=x", "", "query.by"},
		"GET /v1/rates/series":             {"/v1/rates/series?meter_id=m&from=2026-01-01&points=5", "", "query.points"},
		"GET /v1/rates/restatements":       {"/v1/rates/restatements?from=2026-01-01&said_at=x", "", "query.said_at"},
		"GET /v1/prices/history":           {"/v1/prices/history?market=US", "", "query.billing"},
		"GET /v1/prices/series":            {"/v1/prices/series?market=US&product=p&sku=1&term=t&billing=b", "", "query.from"},
		"GET /v1/prices/restatements":      {"/v1/prices/restatements?from=2026-01-01", "", "query.market"},
		"GET /v1/prices/movers":            {"/v1/prices/movers?market=US&from=2026-01-01&to=2026-01-02&limit=0", "", "query.limit"},
		"POST /v1/rates:lookup":            {"/v1/rates:lookup", `{"items":[{"meter_id":"m"}]}`, "items[0].sku_id"},
		"POST /v1/prices:lookup":           {"/v1/prices:lookup", `{"items":[{"x":1}]}`, "items[0].x"},
		"GET /v1/crawls":                   {"/v1/crawls?limit=x", "", "query.limit"},
		"GET /v1/crawls/running":           {"/v1/crawls/running?x=1", "", "query.x"},
		"GET /v1/crawls/{id}":              {"/v1/crawls/x", "", "no crawl"},
		"POST /v1/crawls":                  {"/v1/crawls", `{"currency":"x"}`, "body.currency"},
		"POST /v1/crawls/{id}/accept":      {"/v1/crawls/x/accept", "", "later"},
		"POST /v1/observations":            {"/v1/observations", "[]", "query.observed_at"},
		"GET /v1/quarantine":               {"/v1/quarantine?limit=x", "", "query.limit"},
		"GET /v1/rejects":                  {"/v1/rejects?limit=x", "", "query.limit"},
		"GET /v1/events":                   {"/v1/events?from=x", "", "query.from"},
		"GET /v1/audits":                   {"/v1/audits?x=1", "", "query.x"},
		"GET /v1/audits/{id}":              {"/v1/audits/x", "", "no audit"},
		"POST /v1/audits":                  {"/v1/audits", `{"deep":"x"}`, "body.deep"},
		"GET /v1/rebuilds":                 {"/v1/rebuilds?x=1", "", "query.x"},
		"GET /v1/rebuilds/{id}":            {"/v1/rebuilds/x", "", "no rebuild"},
		"GET /v1/tokens":                   {"/v1/tokens?limit=x", "", "query.limit"},
		"POST /v1/tokens":                  {"/v1/tokens", `{"name":"x","roles":["king"],"expires_at":"2026-12-01"}`, "king"},
		"GET /v1/tokens/{id}":              {"/v1/tokens/x", "", "no token"},
		"POST /v1/tokens/{id}/revoke":      {"/v1/tokens/x/revoke", "", "no token"},
		"GET /v1/whoami":                   {"/v1/whoami?x=1", "", "query.x"},
		"GET /v1/audit-log":                {"/v1/audit-log?cursor=x", "", "query.cursor"},
		"POST /v1/rebuilds":                {"/v1/rebuilds", `{"list":"x"}`, "body.list"},

		"POST /v1/subscribers":               {"/v1/subscribers", `{"name":"A b"}`, "body.name"},
		"GET /v1/subscribers":                {"/v1/subscribers?x=1", "", "query.x"},
		"POST /v1/subscribers/{name}/revoke": {"/v1/subscribers/x/revoke?x=1", "", "query.x"},
	})
}

func TestEveryOperationRefusesWhatIsWrongWithAProblem(t *testing.T) {
	b := setup(t)
	wrong := wrongRequests()
	for where := range operations(t, b) {
		request, ok := wrong[where]
		if !ok {
			t.Errorf("%s is not tried", where)
			continue
		}
		delete(wrong, where)
		method, _, _ := strings.Cut(where, " ")
		response, raw := b.raw(t, method, request[0], request[1], "X-Pricewire-User", "alice")
		if response.status < 400 || response.status >= 500 || response.header.Get("Content-Type") != "application/problem+json" || !strings.Contains(string(raw), request[2]) {
			t.Errorf("%s: %d %s: %s", where, response.status, response.header.Get("Content-Type"), raw)
		}
	}
	for where := range wrong {
		t.Errorf("%s is not in the description", where)
	}
	if response, _ := b.raw(t, http.MethodGet, "/v1/status", ""); response.status != 200 {
		t.Errorf("status: %d", response.status)
	}
}
