package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Watcher observes sources of usage rates. All its writes return when what they found is published.
type Watcher interface {
	// Crawl reads a source once and takes what it finds; empty fields mean the configured source, USD and the source's own scope.
	Crawl(ctx context.Context, in CrawlInput) (Observed, error)
	// Observe takes one snapshot as an observation.
	Observe(ctx context.Context, in ObserveInput) (Observed, error)
	// Accept takes a refused crawl after all.
	Accept(ctx context.Context, id string) (Observed, error)
}

// CrawlInput says what to crawl.
type CrawlInput struct {
	Source   string `json:"source,omitempty" doc:"Base URL of anything that speaks the Retail Prices API; empty: the server's own source."`
	Currency string `json:"currency,omitempty" doc:"USD when empty."`
	Scope    string `json:"scope,omitempty" doc:"<source>-<currency> when empty."`
}

// ObserveInput is a snapshot: rows as the Retail Prices API writes them, an array or its envelope, perhaps compressed.
type ObserveInput struct {
	Name     string // of the file, for errors
	Scope    string
	Currency string
	At       time.Time
	Partial  bool
	Data     []byte
}

// Observed is what became of an observation.
type Observed struct {
	Record   rate.Record
	Repeated bool // already made: nothing was published
}

// CrawlView is the record of a crawl.
type CrawlView struct {
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Scope       string          `json:"scope"`
	Currency    string          `json:"currency"`
	Started     time.Time       `json:"started" doc:"The observation time."`
	Finished    time.Time       `json:"finished"`
	Pages       int             `json:"pages"`
	Rows        int             `json:"rows"`
	Identities  int             `json:"identities"`
	Complete    bool            `json:"complete"`
	Partial     bool            `json:"partial"`
	Accepted    bool            `json:"accepted" doc:"Let through by a person."`
	Refused     string          `json:"refused" doc:"Why nothing was published from it."`
	Repeated    bool            `json:"repeated" doc:"Already made: nothing was published."`
	Counts      CrawlCountsView `json:"counts"`
	Quarantined int             `json:"quarantined"`
	Foreign     int             `json:"foreign"`
	Content     string          `json:"content"`
}

// CrawlCountsView are the changes of a crawl by kind and flag.
type CrawlCountsView struct {
	Added        int `json:"added"`
	PriceChanged int `json:"price_changed"`
	Corrections  int `json:"corrections"`
	Backdated    int `json:"backdated"`
	Rescheduled  int `json:"rescheduled"`
	Expiring     int `json:"expiring"`
	Renamed      int `json:"renamed"`
	Restated     int `json:"restated"`
	Retired      int `json:"retired"`
	Periods      int `json:"periods"`
}

type (
	crawlOutput  struct{ Body CrawlView }
	crawlsOutput struct{ Body pageOf[CrawlView] }
	crawlsInput  struct {
		Scope    string `query:"scope" doc:"Only this scope's." example:"sample-usd"`
		Currency string `query:"currency" doc:"Only this currency's." example:"USD"`
		PageInput
	}
	crawlInput struct {
		ID string `path:"id" example:"sample-usd-20261122T090000Z"`
	}
	crawlRunInput struct{ Body CrawlInput }
	observeInput  struct {
		Name       string `query:"name" doc:"Name of the file; a dated one, YYYY-MM-DD.json, says when it was observed." example:"2026-01-15.json.gz"`
		ObservedAt string `query:"observed_at" doc:"When it was observed; 12:00 UTC of the name's date when empty." example:"2026-01-15T12:00:00Z"`
		Currency   string `query:"currency" doc:"USD when empty." example:"USD"`
		Scope      string `query:"scope" doc:"backfill-<currency> when empty." example:"backfill-usd"`
		Partial    bool   `query:"partial" doc:"A window: absence means nothing, and there is no shrink guard."`
		Wait       bool   `query:"wait" default:"true" doc:"Answer when it can be queried, not when it is published."`
		RawBody    []byte `contentType:"application/octet-stream"`
	}
)

// largestSnapshot bounds an upload, compressed or not.
const largestSnapshot = 256 << 20

func (s *server) registerCrawls(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-crawls", Method: http.MethodGet, Path: "/v1/crawls", Summary: "Records of crawls, the newest first", Tags: []string{"crawls"}}, s.listCrawls)
	huma.Register(api, huma.Operation{OperationID: "show-crawl", Method: http.MethodGet, Path: "/v1/crawls/{id}", Summary: "The record of one crawl", Tags: []string{"crawls"}}, s.showCrawl)
	huma.Register(api, huma.Operation{OperationID: "run-crawl", Method: http.MethodPost, Path: "/v1/crawls", Summary: "One crawl now", Tags: []string{"crawls"}}, s.runCrawl)
	huma.Register(api, huma.Operation{OperationID: "accept-crawl", Method: http.MethodPost, Path: "/v1/crawls/{id}/accept", Summary: "Take a refused crawl after all", Tags: []string{"crawls"}}, s.acceptCrawl)
	huma.Register(api, huma.Operation{
		OperationID: "observe", Method: http.MethodPost, Path: "/v1/observations", Summary: "Take a snapshot as an observation", Tags: []string{"crawls"},
		MaxBodyBytes: largestSnapshot, BodyReadTimeout: uploadTime, SkipValidateBody: true,
	}, s.observe)
}

func (s *server) listCrawls(ctx context.Context, in *crawlsInput) (*crawlsOutput, error) {
	var p params
	q := history.CrawlList{Scope: in.Scope, Currency: p.currency("query.currency", in.Currency), Page: in.page(&p)}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	page, err := s.deps.History.Crawls(ctx, q)
	if err != nil {
		return nil, problemOf(err)
	}
	return &crawlsOutput{newPage(page.Items, page.Next, crawlView)}, nil
}

func (s *server) showCrawl(ctx context.Context, in *crawlInput) (*crawlOutput, error) {
	page, err := s.deps.History.Crawls(ctx, history.CrawlList{ID: in.ID})
	if err != nil {
		return nil, problemOf(err)
	}
	if len(page.Items) == 0 {
		return nil, problemOf(fault.New(fault.NotFound, "there is no crawl %q", in.ID).WithHint("see pricewire crawl list"))
	}
	return &crawlOutput{crawlView(page.Items[0])}, nil
}

func (s *server) runCrawl(ctx context.Context, in *crawlRunInput) (*crawlOutput, error) {
	var p params
	in.Body.Currency = p.currency("body.currency", in.Body.Currency)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	observed, err := s.deps.Watcher.Crawl(ctx, in.Body)
	return s.observed(ctx, observed, err, true)
}

func (s *server) acceptCrawl(ctx context.Context, in *crawlInput) (*crawlOutput, error) {
	observed, err := s.deps.Watcher.Accept(ctx, in.ID)
	return s.observed(ctx, observed, err, true)
}

func (s *server) observe(ctx context.Context, in *observeInput) (*crawlOutput, error) {
	var p params
	o := ObserveInput{Name: in.Name, Scope: in.Scope, Currency: or(p.currency("query.currency", in.Currency), defaultCurrency), Partial: in.Partial, Data: in.RawBody}
	o.At = p.instant("query.observed_at", in.ObservedAt, noonOf(in.Name))
	if o.At.IsZero() {
		p.wrong("query.observed_at", "is required where the name is not a date such as 2026-01-15.json")
	}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	observed, err := s.deps.Watcher.Observe(ctx, o)
	return s.observed(ctx, observed, err, in.Wait)
}

// noonOf is when a dated snapshot was observed, zero when its name is no date.
func noonOf(name string) time.Time {
	if len(name) < len(time.DateOnly) {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, name[:len(time.DateOnly)])
	if err != nil {
		return time.Time{}
	}
	return day.Add(12 * time.Hour)
}

// observed answers with the record of an observation, once it can be queried.
func (s *server) observed(ctx context.Context, o Observed, err error, wait bool) (*crawlOutput, error) {
	if err != nil {
		return nil, problemOf(err)
	}
	if wait {
		if err := s.awaitRates(ctx, o.Record.Currency); err != nil {
			return nil, problemOf(err)
		}
	}
	v := recordView(o.Record)
	v.Repeated = o.Repeated
	return &crawlOutput{v}, nil
}

func crawlView(c history.Crawl) CrawlView { return recordView(c.Record) }

func recordView(r rate.Record) CrawlView {
	return CrawlView{
		ID: r.ID, Source: r.Source, Scope: r.Scope, Currency: r.Currency, Started: r.At, Finished: r.Finished, Pages: r.Pages, Rows: r.Rows, Identities: r.Identities,
		Complete: r.Complete, Partial: r.Partial, Accepted: r.Accepted, Refused: r.Refused, Quarantined: r.Quarantined, Foreign: r.Foreign, Content: r.Content,
		Counts: CrawlCountsView{
			Added: r.Counts.Added, PriceChanged: r.Counts.PriceChanged, Corrections: r.Counts.Corrections, Backdated: r.Counts.Backdated, Rescheduled: r.Counts.Rescheduled,
			Expiring: r.Counts.Expiring, Renamed: r.Counts.Renamed, Restated: r.Counts.Restated, Retired: r.Counts.Retired, Periods: r.Counts.Periods,
		},
	}
}
