package ingester

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/azure"
)

// CrawlRequest says what to crawl once; what is empty is as configured.
type CrawlRequest struct {
	Source   string // SourceSample, SourceAzure or a base URL
	Currency string
	Scope    string // default <source>-<currency>, or the configured one for the configured source
}

// ObserveInput is a snapshot that somebody took.
type ObserveInput struct {
	Name     string // of the file, for errors
	Source   string // default "backfill"
	Scope    string // default <source>-<currency>
	Currency string // default as configured
	At       time.Time
	Partial  bool      // a window: absence means nothing, and there is no shrink guard
	Body     io.Reader // an array of rows or the API's envelope, as JSON or as gzipped JSON
}

// Result is what became of an observation.
type Result struct {
	Record   rate.Record
	Repeated bool // it was made before; nothing was published
	// Stream and Sequence say where the stream ended when all that the observation says had been published: what has come there is
	// queryable with it. Stream is in the form in which positions are stored.
	Stream   string
	Sequence uint64
}

// Crawl reads a source once and takes what it finds. Crawls of one scope run one after the other. A refused crawl is no error: its record
// says so. Errors: invalid for a request or a page that cannot be read, unavailable for a source or a stream that cannot be reached,
// refused or conflict as rate.Ledger.Judge has them.
func (g *Ingester) Crawl(ctx context.Context, request CrawlRequest) (Result, error) {
	from, err := g.cfg.source(request.Source)
	if err != nil {
		return Result{}, err
	}
	if request.Scope == "" && (request.Source == "" || request.Source == g.cfg.Source) {
		request.Scope = g.cfg.Scope
	}
	currency, scope, err := g.names(request.Currency, request.Scope, from.name)
	if err != nil {
		return Result{}, err
	}
	turn, err := g.crawls.acquire(ctx, "crawl of "+string(currency)+" "+scope)
	if err != nil {
		return Result{}, err
	}
	defer turn.release()
	obs := rate.Observation{Source: from.name, Scope: scope, Currency: string(currency), At: g.now()}
	run := g.board.start(&obs)
	defer run.stop()
	result, err := g.crawl(ctx, from, obs, run)
	g.board.note(scope, string(currency), result, err)
	return result, err
}

func (g *Ingester) crawl(ctx context.Context, from source, obs rate.Observation, run *running) (Result, error) {
	cfg := g.cfg.Client
	cfg.BaseURL = from.baseURL
	client, err := azure.New(cfg, azure.Deps{Transport: g.deps.Transport, Wait: g.deps.Wait})
	if err != nil {
		return Result{}, err
	}
	t, err := client.Traverse(ctx, money.Currency(obs.Currency), run.progress)
	if err != nil {
		return Result{}, fmt.Errorf("crawl %s: %w", obs.Scope, err)
	}
	obs.Finished, obs.Pages, obs.Complete, obs.Broken = g.now(), t.Pages, t.Complete, t.Broken
	obs.Rows, obs.Quarantined, obs.RowBytes = t.Rows, t.Quarantined, func(i int) []byte { return t.Raw[i] }
	return g.commit(ctx, obs)
}

// now is the present to the millisecond, as all stores keep it.
func (g *Ingester) now() time.Time { return g.deps.Clock.Now().UTC().Truncate(time.Millisecond) }

// Observe takes a snapshot as an observation of its scope. A refused one is no error: its record says so. Errors: invalid for a snapshot
// that cannot be read, naming file, row and byte, and otherwise as for Crawl.
func (g *Ingester) Observe(ctx context.Context, in ObserveInput) (Result, error) {
	if in.Source == "" {
		in.Source = "backfill"
	}
	currency, scope, err := g.names(in.Currency, in.Scope, in.Source)
	if err != nil {
		return Result{}, err
	}
	if in.At.IsZero() {
		return Result{}, fault.New(fault.Invalid, "observe snapshot %s: it has no time", in.Name)
	}
	page, err := g.snapshot(in.Body, currency)
	if err != nil {
		return Result{}, inFile(in.Name, err)
	}
	at := in.At.UTC()
	result, err := g.commit(ctx, rate.Observation{
		Source: in.Source, Scope: scope, Currency: string(currency), At: at, Finished: at, Pages: 1, Complete: true, Partial: in.Partial,
		Rows: page.Rows, Quarantined: page.Quarantined, RowBytes: func(i int) []byte { return page.Raw[i] },
	})
	if err == nil { // a snapshot that cannot be taken is its sender's business, a refused one everybody's
		g.board.note(scope, string(currency), result, nil)
	}
	return result, err
}

// snapshot decodes JSON or gzipped JSON; limits count what is unpacked.
func (g *Ingester) snapshot(body io.Reader, currency money.Currency) (azure.Page, error) {
	from := bufio.NewReader(body)
	head, err := from.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return azure.Page{}, fmt.Errorf("read snapshot: %w", err)
	}
	if !bytes.Equal(head, []byte{0x1f, 0x8b}) { // gzip, RFC 1952
		return azure.DecodeSnapshot(from, currency, g.cfg.SnapshotLimits)
	}
	unpacked, err := gzip.NewReader(from)
	if err != nil {
		return azure.Page{}, fault.New(fault.Invalid, "unpack snapshot: %w", err)
	}
	page, err := azure.DecodeSnapshot(unpacked, currency, g.cfg.SnapshotLimits)
	if err != nil && !fault.Is(err, fault.Invalid) { // damaged: the bytes themselves lie in memory or come from a client
		err = fault.New(fault.Invalid, "unpack snapshot: %w", err)
	}
	return page, err
}

// inFile names the file in an error about what it holds.
func inFile(name string, err error) error {
	if name == "" || !fault.Is(err, fault.Invalid) {
		return err
	}
	places := fault.PlacesOf(err)
	named := make([]fault.Place, 0, len(places)+1)
	for _, p := range places {
		named = append(named, fault.Place{Where: name + ", " + p.Where, Problem: p.Problem})
	}
	if len(named) == 0 {
		named = append(named, fault.Place{Where: name, Problem: err.Error()})
	}
	return fault.New(fault.Invalid, "%s: %w", name, err).WithPlaces(named...)
}
