package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/rate"
)

// Watching is what a watcher is doing, and how it went since the process started.
type Watching struct {
	Source      string         // what is crawled by itself; empty: what the API was told
	Running     []Running      // crawls, in order of their scopes
	Scopes      []ScopeHealth  // in order of their names: those that were observed since
	Quarantined map[string]int // rows of crawls that were taken and are not believed, by reason
}

// Running is a crawl that runs.
type Running struct {
	Source, Scope, Currency string
	Started                 time.Time     // the observation time
	Pages, Rows             int           // read so far, of all traversals
	Shards, ShardsRead      int           // in all, and read to their end
	Expected                int           // rows of one traversal by what is known; 0 when nothing is
	Left                    time.Duration // how long reading takes yet; 0 when that cannot be said
}

// ScopeHealth is how the crawls of a scope went.
type ScopeHealth struct {
	Scope, Currency string

	Last    rate.Record // of the last crawl that ended, taken or refused; zero when none did
	Taken   time.Time   // observation time of the last crawl that was taken; zero when none was
	Refused int         // how many crawls in a row were refused
	Failing int         // how many in a row failed
	Failed  string      // why the last one failed; empty when it didn't
}

// RunningView is a crawl that runs.
type RunningView struct {
	Source       string    `json:"source" example:"azure"`
	Scope        string    `json:"scope" example:"azure-usd"`
	Currency     string    `json:"currency" example:"USD"`
	Started      time.Time `json:"started" doc:"The observation time." example:"2026-11-22T06:00:00Z"`
	Pages        int       `json:"pages" doc:"Read so far, of all traversals." example:"412"`
	Rows         int       `json:"rows" doc:"Read so far, of all traversals." example:"411873"`
	ExpectedRows *int      `json:"expected_rows" doc:"Of one traversal, by what the last crawls found; null: nothing is known yet. Rows come to more where shards are read again." example:"612044"`
	Shards       int       `json:"shards" doc:"Parts of the catalogue, each read for itself; 0: they are not known yet." example:"96"`
	ShardsRead   int       `json:"shards_read" doc:"Shards that were read to their end; once all are, the crawl is judged and published." example:"61"`
	SecondsLeft  *int64    `json:"seconds_left" doc:"How long reading takes yet, by what was read so far; null: that is not known." example:"95"`
}

func runningView(r Running) RunningView {
	v := RunningView{
		Source: r.Source, Scope: r.Scope, Currency: r.Currency, Started: r.Started, Pages: r.Pages, Rows: r.Rows, Shards: r.Shards, ShardsRead: r.ShardsRead,
	}
	if r.Expected > 0 {
		v.ExpectedRows = &r.Expected
	}
	if r.Left > 0 {
		seconds := int64((r.Left + time.Second - 1) / time.Second)
		v.SecondsLeft = &seconds
	}
	return v
}

// ScopeView is how the crawls of a scope went since the process started.
type ScopeView struct {
	Scope         string             `json:"scope" example:"azure-usd"`
	Currency      string             `json:"currency" example:"USD"`
	Last          string             `json:"last" doc:"The last crawl that ended, taken or refused; empty: none did." example:"azure-usd-20261122T060000Z-0123456789ab"`
	Taken         *time.Time         `json:"taken" doc:"Observation time of the last crawl that was taken; null: none was since the process started." example:"2026-11-22T06:00:00Z"`
	RefusedInARow int                `json:"refused_in_a_row" doc:"Crawls that were refused since the last that was taken." example:"0"`
	Refused       string             `json:"refused" doc:"Why the last crawl was refused; empty when it was taken."`
	RefusedShards []RefusedShardView `json:"refused_shards" doc:"The shards of the last crawl from which nothing was taken."`
	FailingInARow int                `json:"failing_in_a_row" doc:"Crawls that failed since the last that ended: the source gave nothing at all, or the stream could not be reached." example:"0"`
	Failed        string             `json:"failed" doc:"Why the last crawl failed; empty when it did not."`
}

// RefusedShardView is a shard from which nothing was taken, and why.
type RefusedShardView struct {
	Name   string `json:"name" example:"compute/westeurope"`
	Reason string `json:"reason" example:"shrunk: 1204 of the 6020 identities of the last accepted crawl are missing"`
}

func scopeView(h ScopeHealth) ScopeView {
	v := ScopeView{
		Scope: h.Scope, Currency: h.Currency, Last: h.Last.ID, Taken: instantOrNull(h.Taken), RefusedInARow: h.Refused, Refused: h.Last.Refused,
		RefusedShards: []RefusedShardView{}, FailingInARow: h.Failing, Failed: h.Failed,
	}
	for _, s := range refusedShards(&h.Last) {
		v.RefusedShards = append(v.RefusedShards, RefusedShardView{s.Name, s.Refused})
	}
	return v
}

// refusedShards are the shards of a crawl from which nothing was taken.
func refusedShards(r *rate.Record) []rate.ShardRecord {
	return slices.DeleteFunc(slices.Clone(r.Shards), func(s rate.ShardRecord) bool { return s.Refused == "" })
}

// ReasonView counts quarantined rows of one reason.
type ReasonView struct {
	Reason string `json:"reason" example:"end-before-start"`
	Rows   int    `json:"rows" example:"12"`
}

func reasonViews(byReason map[string]int) []ReasonView {
	views := make([]ReasonView, 0, len(byReason))
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		views = append(views, ReasonView{reason, byReason[reason]})
	}
	return views
}

type (
	runningInput  struct{}
	runningOutput struct{ Body pageOf[RunningView] }
)

func (s *server) registerRunning(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-running-crawls", Method: http.MethodGet, Path: "/v1/crawls/running", Summary: "Crawls that run now, and how far they are",
		Description: "The answer is of this moment and has no other pages: ask again to follow a crawl. One that has ended is among the records.", Tags: []string{"crawls"},
	}, s.listRunning)
}

func (s *server) listRunning(ctx context.Context, _ *runningInput) (*runningOutput, error) {
	w, err := s.deps.Watcher.Watching(ctx)
	if err != nil {
		return nil, problemOf(err)
	}
	return &runningOutput{newPage(w.Running, "", runningView)}, nil
}
