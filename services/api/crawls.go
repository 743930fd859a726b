package api

import (
	"context"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

// Watcher observes sources of usage rates. All its writes return when what they found is published.
type Watcher interface {
	// Crawl reads a source once and takes what it finds; empty fields mean the configured source, the first configured currency and
	// the source's own scope.
	Crawl(ctx context.Context, in CrawlInput) (Observed, error)
	// Observe takes one snapshot as an observation. It reads the body as it comes, and not after it has returned.
	Observe(ctx context.Context, in ObserveInput) (Observed, error)
	// Accept takes a refused crawl after all, or the shards that were refused of one that was taken.
	Accept(ctx context.Context, id string) (Observed, error)
	// Watching says what is being crawled now, and how crawls went; an unavailable fault when that cannot be found out.
	Watching(ctx context.Context) (Watching, error)
}

// CrawlInput says what to crawl.
type CrawlInput struct {
	Source   string `json:"source,omitempty" doc:"Base URL of anything that speaks the Retail Prices API; empty: the server's own source."`
	Currency string `json:"currency,omitempty" doc:"The server's first currency when empty, USD unless it is told another."`
	Scope    string `json:"scope,omitempty" doc:"<source>-<currency> when empty."`
}

// ObserveInput is a snapshot: rows of the Retail Prices API (an array or its envelope), a rate card, a price sheet, or exchange rates, perhaps
// compressed. What it is is told by its content.
type ObserveInput struct {
	Name     string // of the file, for errors
	Scope    string
	Currency string
	At       time.Time
	Partial  bool
	Body     io.Reader
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
	Content     Cost            `json:"content,omitzero"`
	Traversals  int             `json:"traversals" doc:"How often the catalogue, or the shard that took longest to settle, was read; 0: it is not traversed."`
	Parts       int             `json:"parts" doc:"How many batches the changes came in; 0: one."`
	Shards      []ShardView     `json:"shards" doc:"The parts of the catalogue that were read, each taken or refused for itself."`
	OfferTerms  []OfferTermView `json:"offer_terms" doc:"The conditions of a rate card."`
}

// ShardView is what remains of one shard of a crawl.
type ShardView struct {
	Name       string `json:"name" doc:"Family, or family and region: compute/westeurope."`
	Pages      int    `json:"pages"`
	Rows       int    `json:"rows"`
	Identities int    `json:"identities"`
	Traversals int    `json:"traversals"`
	Refused    string `json:"refused" doc:"Why nothing was taken from it; empty when it was taken."`
}

// OfferTermView is a condition of a whole rate card.
type OfferTermView struct {
	Name             string     `json:"name"`
	Discount         Cost       `json:"discount,omitzero" format:"decimal" doc:"Share of the price, 0 to 1."`
	ExcludedMeterIDs []string   `json:"excluded_meter_ids" doc:"The meters that the discount does not hold for."`
	EffectiveFrom    *time.Time `json:"effective_from" doc:"From when it holds; null: it does not say."`
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
		Name       string `query:"name" doc:"Name of the file; a dated one, YYYY-MM-DD.json or YYYY-MM-DD.csv, perhaps .gz, says when it was observed." example:"2026-01-15.json.gz"`
		ObservedAt string `query:"observed_at" doc:"When it was observed; 12:00 UTC of the name's date when empty." example:"2026-01-15T12:00:00Z"`
		Currency   string `query:"currency" doc:"USD when empty." example:"USD"`
		Scope      string `query:"scope" doc:"backfill-<currency> when empty." example:"backfill-usd"`
		Partial    bool   `query:"partial" doc:"A window: absence means nothing, and there is no shrink guard."`
		Wait       bool   `query:"wait" default:"true" doc:"Answer when it can be queried, not when it is published."`
		arriving   huma.Context
	}
)

// largestSnapshot bounds an upload, compressed or not.
const largestSnapshot = 256 << 20

func (s *server) registerCrawls(api huma.API) {
	s.registerRunning(api)
	huma.Register(api, huma.Operation{OperationID: "list-crawls", Description: "Refused ones too: they say why nothing was published from them.", Method: http.MethodGet, Path: "/v1/crawls", Summary: "Records of crawls, the newest first", Tags: []string{"crawls"}}, s.listCrawls)
	huma.Register(api, huma.Operation{OperationID: "show-crawl", Description: "Its shards are each taken or refused for itself.", Method: http.MethodGet, Path: "/v1/crawls/{id}", Summary: "The record of one crawl", Tags: []string{"crawls"}}, s.showCrawl)
	huma.Register(api, huma.Operation{OperationID: "run-crawl", Description: "The answer comes when what it found can be queried. A crawl that is refused publishes nothing, and its record says why.", Method: http.MethodPost, Path: "/v1/crawls", Summary: "One crawl now", Tags: []string{"crawls"}}, s.runCrawl)
	huma.Register(api, huma.Operation{OperationID: "accept-crawl", Description: "Works while no later observation of the scope exists; later it is a conflict. The answer comes when what it found can be queried.", Method: http.MethodPost, Path: "/v1/crawls/{id}/accept", Summary: "Take a refused crawl, or the refused shards of one, after all", Tags: []string{"crawls"}}, s.acceptCrawl)
	huma.Register(api, huma.Operation{
		OperationID: "observe", Method: http.MethodPost, Path: "/v1/observations", Summary: "Take a snapshot as an observation", Tags: []string{"crawls"},
		Description: "The body is a file as it is, perhaps gzipped: rows of the Retail Prices API, an array or its envelope; a rate card of Partner Center or the Commerce API; " +
			"a price sheet of Partner Center (azure_consumption, azure_reservations) as CSV; or Partner Center's monthly exchange rates as CSV, in USD. Its content says which it is. " +
			"Rates of each kind are a price list of their own: retail, ratecard, price-sheet, fx.",
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{octets: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}},
	}, s.observe)
}

func (s *server) listCrawls(ctx context.Context, in *crawlsInput) (*crawlsOutput, error) {
	var p params
	q := history.CrawlList{Scope: in.Scope, Currency: p.currency("query.currency", in.Currency), Page: in.page(&p)}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	page, err := s.history(ctx).Crawls(ctx, q)
	if err != nil {
		return nil, problemOf(err)
	}
	return &crawlsOutput{newPage(page.Items, page.Next, crawlView)}, nil
}

func (s *server) showCrawl(ctx context.Context, in *crawlInput) (*crawlOutput, error) {
	page, err := s.history(ctx).Crawls(ctx, history.CrawlList{ID: in.ID})
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
	return s.observed(ctx, observed, inBody(err), true)
}

// inBody names the places of an error that are fields of a crawl's input as parts of the body.
func inBody(err error) error {
	places := slices.Clone(fault.PlacesOf(err))
	if len(places) == 0 {
		return err
	}
	for i, place := range places {
		if place.Where == "source" || place.Where == "currency" || place.Where == "scope" {
			places[i].Where = "body." + place.Where
		}
	}
	return &fault.Error{Kind: fault.KindOf(err), Hint: fault.HintOf(err), Places: places, Err: err}
}

func (s *server) acceptCrawl(ctx context.Context, in *crawlInput) (*crawlOutput, error) {
	observed, err := s.deps.Watcher.Accept(ctx, in.ID)
	return s.observed(ctx, observed, err, true)
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
	v := CrawlView{
		ID: r.ID, Source: r.Source, Scope: r.Scope, Currency: r.Currency, Started: r.At, Finished: r.Finished, Pages: r.Pages, Rows: r.Rows, Identities: r.Identities,
		Complete: r.Complete, Partial: r.Partial, Accepted: r.Accepted, Refused: r.Refused, Quarantined: r.Quarantined, Foreign: r.Foreign, Content: NewCost(r.Content),
		Counts: CrawlCountsView{
			Added: r.Counts.Added, PriceChanged: r.Counts.PriceChanged, Corrections: r.Counts.Corrections, Backdated: r.Counts.Backdated, Rescheduled: r.Counts.Rescheduled,
			Expiring: r.Counts.Expiring, Renamed: r.Counts.Renamed, Restated: r.Counts.Restated, Retired: r.Counts.Retired, Periods: r.Counts.Periods,
		},
		Traversals: r.Traversals, Parts: r.Parts, Shards: make([]ShardView, len(r.Shards)), OfferTerms: make([]OfferTermView, len(r.OfferTerms)),
	}
	for i, shard := range r.Shards {
		v.Shards[i] = ShardView(shard)
	}
	for i, term := range r.OfferTerms {
		v.OfferTerms[i] = OfferTermView{
			Name: term.Name, Discount: NewCost(term.Discount.String()), ExcludedMeterIDs: append([]string{}, term.ExcludedMeterIDs...),
			EffectiveFrom: instantOrNull(term.Effective),
		}
	}
	return v
}
