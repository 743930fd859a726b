package cli

import (
	"io"
	"net/http"
	"strings"
)

// Answers that only scripts ask for.
const (
	aStatus = `{"version":"v1.2.3","now":"2026-11-27T07:00:00Z","simulated":true,"source":"sample","ready":true,
		"streams":[{"name":"PRICES","messages":5281,"last":5281,"written":5281,"lag":0},{"name":"RATES_USD","messages":2611,"last":2611,"written":2600,"lag":11}],
		"releases":[],"crawls":[],"running":[],"scopes":[],"quarantined":[],"alarms":["nothing is approved for license-us-2026-12"]}`
	aRate = `{"price_list":"retail","currency":"USD","meter_id":"0008fc59-f088-5d25-8e72-147ec2e66261","sku_id":"DZH318Z092QW/007H","type":"Consumption","reservation_term":"",
		"tier":"0","price":"0.0000166667","effective_from":"2025-12-01T00:00:00Z","valid_to":null,"known_at":"2026-01-10T12:00:00Z","meter_name":"日本 D2 v3","product_name":"=Virtual Machines","region":"japaneast"}`
	someRates   = `{"items":[` + aRate + `],"next":null}`
	aHistory    = `{"changes":[{"known_at":"2026-01-10T12:00:00Z","kind":"added","price_before":null,"price":"0.50","effective_from":"2025-12-01T00:00:00Z","effective_to":null,"flags":"","crawl":"c-1"}],"periods":[{"known_at":"2026-01-10T12:00:00Z","valid_from":"2025-12-01T00:00:00Z","valid_to":null,"price":"0.50","effective_from":"2025-12-01T00:00:00Z","kind":"added"}]}`
	someRejects = `{"items":[{"stream":"PRICES","seq":7,"subject":"pw.price.x","reason":"no JSON","text":"x"}],"next":null}`
	aPrice      = `{"items":[{"market":"US","currency":"USD","product":"CFQ7TTC0LH18","sku":"0001","term":"P1M","billing":"Monthly","tier":"0","unit_price":"6.00","erp_price":"7.50","price_basis":"term","valid_from":null,"valid_to":null,"known_at":"2026-11-01T00:00:00Z","release":"license-us-2026-11-r1","product_title":"Suite"}],"next":null}`
	twoPrices   = `{"items":[{"currency":"USD","tier":"0"},{"currency":"EUR","tier":"0"}],"next":null}`
	someEvents  = "id: PRICES@x:1\nevent: pricewire.price.changed.v1\ndata: {\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"pricewire\",\"type\":\"pricewire.price.changed.v1\",\"subject\":\"pw.price.us.usd.p.0001.p1m.monthly.0\",\"time\":\"2026-11-01T00:00:00Z\",\"data\":{\"change\":\"added\",\"after\":{\"unit_price\":\"6.00\"}}}\n\n" +
		"id: PRICES@x:2\nevent: pricewire.release.published.v1\ndata: {\"specversion\":\"1.0\",\"id\":\"e2\",\"source\":\"pricewire\",\"type\":\"pricewire.release.published.v1\",\"subject\":\"pw.release.license.us.2026-11.r1.published\",\"time\":\"2026-11-01T00:00:00Z\",\"data\":{\"lines\":1}}\n\n"
	aSnapshot  = `{"id":"c-2","rows":2,"refused":"","repeated":false,"quarantined":0,"foreign":0,"counts":{"added":2,"periods":2}}`
	rateFound  = `{"items":[{"rates":[` + aRate + `]},{"rates":[]}]}`
	priceFound = `{"items":[{"prices":[{"market":"US","product":"CFQ7TTC0LH18","sku":"0001","term":"P1M","billing":"Monthly","tier":"0","currency":"USD","unit_price":"6.00","erp_price":"7.50","price_basis":"term","valid_from":null,"valid_to":null,"starts_at":null,"known_at":"2026-11-01T00:00:00Z","release":"license-us-2026-11-r1"}]},{"prices":[]}]}`
	aToken     = `{"id":"k3v7qz2mxw4a","name":"nightly export","owner":"reports","roles":["reader"],"cost":false,"state":"active","created_by":"alice","created_at":"2026-11-01T00:00:00Z","expires_at":"2027-01-30T00:00:00Z","revoked_by":"","revoked_at":null,"used_at":null,"token":"pw_k3v7qz2mxw4a_shown-once"}`
	someWrites = `{"items":[{"at":"2026-11-01T00:00:00Z","who":"alice","via":"trust","token":"","operation":"create-token","object":"k3v7qz2mxw4a","address":"127.0.0.1","outcome":"done","status":201}],"next":null}`
	soldList   = `{"name":"what-we-sell","description":"what we sell in the US","line_count":1,"meter_count":1,"created_by":"alice","created_at":"2026-11-01T00:00:00Z","updated_by":"bob","updated_at":"2026-11-22T09:00:00Z",
		"lines":[{"product":"CFQ7TTC0LH18","sku":"0001","market":"US"}],"meters":[{"meter_id":"0008fc59-f088-5d25-8e72-147ec2e66261","currency":"USD"}]}`
	anEndpoint = `{"name":"billing","description":"tells billing of US prices","url":"https://example.com/prices","subject":"pw.price.us.>","type":"","watchlist":"","market":"","currency":"","cost":false,
		"state":"active","reason":"","state_at":"2026-11-01T00:00:00Z","secrets":1,"sent":42,"held":1,"failures":2,"problem":"status 503","next_at":"2026-11-27T07:00:10Z","position":"PRICES@x:42","created_by":"alice","created_at":"2026-11-01T00:00:00Z"`
	newSecret   = anEndpoint + `,"secret":"whsec_shown-once"}`
	anAttempt   = `{"at":"2026-11-27T07:00:00Z","event":"e-42","subject":"pw.price.us.usd.p.0001.p1m.monthly.0","stream":"PRICES","sequence":42,"attempt":2,"status":503,"problem":"status 503","millis":12,"verdict":"waits"}`
	aTrial      = `{"at":"2026-11-27T07:00:00Z","event":"test","subject":"","stream":"","sequence":0,"attempt":1,"status":204,"problem":"","millis":8,"verdict":"delivered"}`
	aNewReader  = `{"name":"reseller","cost":false,"url":"nats://reseller:SECRET@127.0.0.1:4222","created_by":"alice","created_at":"2026-11-01T00:00:00Z"}`
	aReader     = `{"name":"reseller","cost":false,"created_by":"alice","created_at":"2026-11-01T00:00:00Z"}`
	soldEntries = "product,sku,market,currency,term,billing,meter_id,sku_id,region\nCFQ7TTC0LH18,0001,US,,,,,,\n,,,USD,,,0008fc59-f088-5d25-8e72-147ec2e66261,,\n"
	aFile       = "ProductId,SkuId,UnitPrice\nCFQ7TTC0LH18,0001,6.00\n"
)

// shelf answers as a server does, always the same.
func shelf(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if strings.Contains(r.URL.Path, "nonsense") {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"type":"https://pricewire.dev/problems/not-found","detail":"there is no such thing","hint":"see pricewire release list"}`)
		return
	}
	if form := r.URL.Query().Get("format"); form == "csv" || form == "xlsx" {
		file := aFile
		if strings.HasSuffix(r.URL.Path, "/entries") {
			file = soldEntries
		}
		_, _ = io.WriteString(w, file)
		return
	}
	answer, ok := shelved(r)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		answer = `{"type":"https://pricewire.dev/problems/not-found","detail":"nothing is at ` + r.Method + " " + r.URL.Path + `"}`
	}
	_, _ = io.WriteString(w, answer)
}

// shelved is the answer to a request.
func shelved(r *http.Request) (string, bool) {
	path := strings.TrimPrefix(r.URL.Path, "/v1/")
	exact := map[string]string{
		"/livez": "alive\n", "/readyz": "ready\n", "/version": `{"version":"v1.2.3"}`, "status": aStatus,
		"releases:lint": aLint, "sets:lint": aSetLint, "calendar": aCalendar, "orderable": orderables, "offers": offers, "services": services, "documents": documents,
		"documents/resolve": aDocument, "rates": someRates, "rates/history": aHistory, "rates/diff": rateDiffs, "rates/movers": rateDiffs, "rates/restatements": rateRestatements,
		"rates/series": rateSeries, "prices/history": prices, "prices/series": rateSeries, "prices/diff": priceDiffs, "prices/movers": priceDiffs, "prices/restatements": priceDiffs,
		"rates:lookup": rateFound, "prices:lookup": priceFound, "events": someEvents, "observations": aSnapshot, "crawls/running": runningCrawls, "quarantine": `{"items":[{"crawl":"c-1","reason":"disagreement","detail":"two prices","meter_id":"m-1","sku_id":"s-1"}],"next":null}`,
		"rejects": someRejects, "audits": aCleanAudit, "rebuilds": aRebuild, "templates/documents": "documents: []\n",
	}
	exact["tokens"], exact["whoami"], exact["audit-log"] = aToken, `{"name":"alice","roles":["reader","editor"],"cost":false,"via":"trust","token":""}`, someWrites
	exact["webhooks"], exact["subscribers"] = newSecret, aNewReader
	if r.Method == http.MethodGet {
		exact["watchlists"], exact["webhooks"] = `{"items":[`+soldList+`],"next":null}`, `{"items":[`+anEndpoint+`}],"next":null}`
		exact["subscribers"] = `{"items":[` + aReader + `],"next":null}`
		exact["tokens"] = `{"items":[` + aToken + `],"next":null}`
		exact["audits"], exact["rebuilds"] = `{"items":[`+aCleanAudit+`],"next":null}`, `{"items":[`+aRebuild+`],"next":null}`
		exact["releases"], exact["crawls"] = releases, `{"items":[`+aCrawl+`],"next":null}`
	} else {
		exact["releases"], exact["crawls"] = aRelease, aCrawl
	}
	if exact["prices"] = aPrice; r.URL.Query().Get("market") == "DE" {
		exact["prices"] = twoPrices
	}
	if answer, ok := exact[path]; ok {
		return answer, true
	}
	for _, p := range []struct{ begin, end, answer string }{
		{"releases/", "/diff", aDiff},
		{"releases/", "/log", aLog},
		{"releases/", "", aRelease},
		{"sets/", "/review", aReview},
		{"sets/", "", aSet},
		{"crawls/", "", aCrawl},
		{"tokens/", "", aToken},
		{"watchlists/", "", soldList},
		{"webhooks/", "/rotate", strings.Replace(newSecret, `"secrets":1`, `"secrets":2`, 1)},
		{"webhooks/", "/disable", strings.Replace(anEndpoint, "active", "disabled", 1) + "}"},
		{"webhooks/", "/deliveries", `{"items":[` + anAttempt + `],"next":null}`},
		{"webhooks/dead/", "/test", anAttempt},
		{"webhooks/", "/test", aTrial},
		{"webhooks/", "", anEndpoint + "}"},
		{"subscribers/", "", aReader},
		{"audits/", "", aCleanAudit},
		{"rebuilds/", "", aRebuild},
	} {
		if strings.HasPrefix(path, p.begin) && strings.HasSuffix(path, p.end) {
			return p.answer, true
		}
	}
	return "", false
}
