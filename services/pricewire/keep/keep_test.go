package keep

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "the secret of both"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 1, time.UTC)

// scripted is a keeper that does what a test says.
type scripted struct {
	audit    func(context.Context, api.AuditInput) (api.AuditView, error)
	audits   []api.AuditView
	rebuild  func(context.Context, api.RebuildInput) (api.RebuildView, error)
	rebuilds []api.RebuildView
	alarms   []string
	err      error
}

func (s *scripted) Audit(ctx context.Context, in api.AuditInput) (api.AuditView, error) {
	return s.audit(ctx, in)
}

func (s *scripted) Audits(context.Context) ([]api.AuditView, error) { return s.audits, s.err }

func (s *scripted) Rebuild(ctx context.Context, in api.RebuildInput) (api.RebuildView, error) {
	return s.rebuild(ctx, in)
}

func (s *scripted) Rebuilds(context.Context) ([]api.RebuildView, error) { return s.rebuilds, s.err }

func (s *scripted) Alarms(context.Context) ([]string, error) { return s.alarms, s.err }

// serve answers for a keeper at a URL.
func serve(t *testing.T, s *scripted, exposed bool, known string) string {
	t.Helper()
	mux := http.NewServeMux()
	NewHandler(s, known, exposed, zap.NewNop()).Register(mux)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// audit is one with everything in it.
func audit() api.AuditView {
	row, ended := uint32(3), noon.Add(time.Minute)
	return api.AuditView{
		JobView: api.JobView{ID: "audit-3", State: "failed", Phase: "hashing rows", On: "RATES_USD@x", Done: 1, Total: 1 << 60, Started: &noon, Ended: &ended, Failure: "gone"},
		Stream:  "RATES_USD", Deep: true, Repair: true, AtStart: true, Streams: map[string]uint64{"RATES_USD@x": 1<<63 + 1}, Wrong: 2, Repaired: 1, Outdated: 4, Restored: 5,
		Findings: []api.FindingView{
			{
				Kind: "altered", Table: "rates", Stream: "RATES_USD@x", First: 7, Last: 8, Row: &row, Rows: 9, Columns: []string{"price", "unit"}, Detail: "é < \"1\"",
				Repaired: true, Cure: "pricewire rebuild --list usage",
			},
			{Kind: "schema", Columns: []string{}},
		},
	}
}

func TestOrdersAndAnswersArriveWhole(t *testing.T) {
	rebuild := api.RebuildView{JobView: api.JobView{ID: "rebuild-1", State: "waiting"}, List: "usage", Tables: []string{"rates"}, Streams: []string{}}
	s := &scripted{
		audits: []api.AuditView{audit(), {JobView: api.JobView{ID: "audit-1"}, Findings: []api.FindingView{}}}, rebuilds: []api.RebuildView{rebuild},
		alarms: []string{"audit-3 of the tables failed: gone"},
	}
	s.audit = func(_ context.Context, in api.AuditInput) (api.AuditView, error) {
		if diff := cmp.Diff(api.AuditInput{Stream: "RATES_USD", Deep: true, Repair: true}, in); diff != "" {
			t.Error(diff)
		}
		return audit(), nil
	}
	s.rebuild = func(_ context.Context, in api.RebuildInput) (api.RebuildView, error) {
		if in.List != "usage" {
			t.Errorf("asked for %q", in.List)
		}
		return rebuild, nil
	}
	c := NewClient(serve(t, s, true, secret)+"/", secret)
	same := func(want, got any, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	a, err := c.Audit(t.Context(), api.AuditInput{Stream: "RATES_USD", Deep: true, Repair: true})
	same(audit(), a, err)
	audits, err := c.Audits(t.Context())
	same(s.audits, audits, err)
	r, err := c.Rebuild(t.Context(), api.RebuildInput{List: "usage"})
	same(rebuild, r, err)
	rebuilds, err := c.Rebuilds(t.Context())
	same(s.rebuilds, rebuilds, err)
	alarms, err := c.Alarms(t.Context())
	same(s.alarms, alarms, err)
}

// all asks everything once.
func all(t *testing.T, c *Client) map[string]error {
	t.Helper()
	_, audit := c.Audit(t.Context(), api.AuditInput{})
	_, audits := c.Audits(t.Context())
	_, rebuild := c.Rebuild(t.Context(), api.RebuildInput{})
	_, rebuilds := c.Rebuilds(t.Context())
	_, alarms := c.Alarms(t.Context())
	return map[string]error{"audit": audit, "audits": audits, "rebuild": rebuild, "rebuilds": rebuilds, "alarms": alarms}
}

func TestErrorsKeepTheirKindPlacesAndHint(t *testing.T) {
	for _, kind := range []fault.Kind{fault.Internal, fault.Invalid, fault.NotFound, fault.Conflict, fault.Refused, fault.Unavailable} {
		want := fault.New(kind, "100%% wrong").WithHint("mend 100%% of it").WithPlaces(fault.Place{Where: "body.list", Problem: "not a list"})
		s := &scripted{err: want}
		s.audit = func(context.Context, api.AuditInput) (api.AuditView, error) { return api.AuditView{}, want }
		s.rebuild = func(context.Context, api.RebuildInput) (api.RebuildView, error) { return api.RebuildView{}, want }
		for name, err := range all(t, NewClient(serve(t, s, false, secret), secret)) {
			if fault.KindOf(err) != kind || err.Error() != "100% wrong" || fault.HintOf(err) != "mend 100% of it" || !cmp.Equal(fault.PlacesOf(err), want.Places) {
				t.Errorf("%s: %v became %v, %q, %q, %v", name, kind, fault.KindOf(err), err, fault.HintOf(err), fault.PlacesOf(err))
			}
		}
	}
}

func TestWhoDoesNotKnowTheSecretOrdersNothing(t *testing.T) {
	s := &scripted{} // which fails when it is asked
	for _, c := range []struct {
		exposed      bool
		known, given string
	}{
		{true, secret, ""},
		{true, secret, "hunter2"},
		{false, secret, secret[:5]},
		{true, "", ""},
		{true, "", "hunter2"},
	} {
		for name, err := range all(t, NewClient(serve(t, s, c.exposed, c.known), c.given)) {
			if !fault.Is(err, fault.Refused) || !strings.Contains(fault.HintOf(err), "--materializer-secret-file") || strings.Contains(err.Error(), secret) {
				t.Errorf("%+v, %s: %v, hint %q", c, name, err, fault.HintOf(err))
			}
		}
	}
}

func TestWhoStopsWaitingStopsAsking(t *testing.T) {
	ended := make(chan error, 1)
	begun := make(chan struct{})
	c := NewClient(serve(t, &scripted{audit: func(ctx context.Context, _ api.AuditInput) (api.AuditView, error) {
		close(begun)
		<-ctx.Done()
		ended <- ctx.Err()
		return api.AuditView{}, ctx.Err()
	}}, false, secret), secret)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	if _, err := c.Audit(ctx, api.AuditInput{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the order ended with %v", err)
	}
}

func TestAMaterializerThatIsGoneStartsOrIsNoneIsUnavailable(t *testing.T) {
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	starting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "starting", http.StatusServiceUnavailable) }))
	t.Cleanup(starting.Close)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for url, hint := range map[string]string{other.URL: "--materializer", starting.URL: "ask again", closed.URL: "pricewire audit --status"} {
		for name, err := range all(t, NewClient(url, secret)) {
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.HintOf(err), hint) {
				t.Errorf("%s, %s: %v, hint %q", url, name, err, fault.HintOf(err))
			}
		}
	}
}
