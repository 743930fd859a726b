package api

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

// diary is a keeper that does nothing but remember what it was asked.
type diary struct {
	audits   []AuditView
	rebuilds []RebuildView
}

func (d *diary) Audit(_ context.Context, in AuditInput) (AuditView, error) {
	if in.Stream == "NONE" {
		return AuditView{}, fault.New(fault.NotFound, "there is no stream NONE")
	}
	if in.Stream == "BROKEN" {
		return AuditView{}, errors.New("the scratch table is gone")
	}
	row := uint32(1)
	v := AuditView{
		JobView: JobView{ID: "audit-1", State: "done"}, Stream: in.Stream, Deep: in.Deep, Repair: in.Repair, Streams: map[string]uint64{}, Wrong: 1,
		Findings: []FindingView{{Kind: "altered", Table: "rates", First: 7, Last: 7, Row: &row, Columns: []string{"price"}, Cure: "pricewire rebuild --list usage"}},
	}
	d.audits = slices.Insert(d.audits, 0, v)
	return v, nil
}

func (d *diary) Audits(context.Context) ([]AuditView, error) { return d.audits, nil }

func (d *diary) Rebuild(_ context.Context, in RebuildInput) (RebuildView, error) {
	if in.List != "usage" {
		return RebuildView{}, fault.New(fault.Invalid, "there is no list %q", in.List).WithPlaces(fault.Place{Where: "body.list", Problem: "not a list"})
	}
	v := RebuildView{JobView: JobView{ID: "rebuild-2", State: "running", Phase: "filling"}, List: in.List, Tables: []string{"rates"}, Streams: []string{}}
	d.rebuilds = slices.Insert(d.rebuilds, 0, v)
	return v, nil
}

func (d *diary) Rebuilds(context.Context) ([]RebuildView, error) { return d.rebuilds, nil }

func TestAuditsAndRebuildsAreOrderedAndFollowed(t *testing.T) {
	b := setup(t)
	ordered := b.good(t, "POST", "/v1/audits", `{"stream":"RATES_USD","deep":true,"repair":true}`, "alice")
	if ordered["id"] != "audit-1" || ordered["deep"] != true || ordered["repair"] != true || ordered["stream"] != "RATES_USD" {
		t.Errorf("%v", ordered)
	}
	all := items(t, b.good(t, "GET", "/v1/audits", "", "alice"))
	if len(all) != 1 || len(all[0]["findings"].([]any)) != 0 || all[0]["wrong"] != float64(1) {
		t.Errorf("%v", all)
	}
	one := b.good(t, "GET", "/v1/audits/audit-1", "", "alice")
	if finding := one["findings"].([]any)[0].(map[string]any); finding["row"] != float64(1) || finding["cure"] != "pricewire rebuild --list usage" {
		t.Errorf("%v", finding)
	}
	b.bad(t, 404, "NONE", "POST", "/v1/audits", `{"stream":"NONE"}`, "alice")
	b.good(t, "POST", "/v1/rebuilds", `{"list":"usage"}`, "alice")
	if all := items(t, b.good(t, "GET", "/v1/rebuilds", "", "alice")); len(all) != 1 || all[0]["phase"] != "filling" {
		t.Errorf("%v", all)
	}
	if v := b.good(t, "GET", "/v1/rebuilds/rebuild-2", "", "alice"); v["state"] != "running" || v["list"] != "usage" {
		t.Errorf("%v", v)
	}
	b.bad(t, 400, "body.list", "POST", "/v1/rebuilds", `{"list":"x"}`, "alice")
}

func TestWhereTheTablesAreKeptElsewhereNobodyIsAsked(t *testing.T) {
	b := setup(t)
	b.server.deps.Keeper = nil
	for _, request := range []string{"GET /v1/audits", "POST /v1/audits", "GET /v1/audits/audit-1", "GET /v1/rebuilds", "POST /v1/rebuilds", "GET /v1/rebuilds/rebuild-1"} {
		method, path, _ := strings.Cut(request, " ")
		body := ""
		if method == "POST" {
			body = "{}"
		}
		b.bad(t, 503, "another process|--materializer", method, path, body, "alice")
	}
}
