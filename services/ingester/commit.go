package ingester

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/trace"
)

// attempts is how often a crawl is judged and published before a conflict or an unknown outcome is given up.
const attempts = 4

// errMoved means that somebody else published crawls of the currency since the book was opened.
var errMoved = errors.New("the stream has moved on")

// errStale means that what was read of a crawl does not fit what is known by now: it is to be read again.
var errStale = errors.New("what is known has moved while it was read")

// commit judges a crawl that was read, and publishes what it changes, exactly once. Crawls of a currency are committed one after the other.
//
// A part of a crawl is published first and taken over then. A crash in between leaves a part that the next start finds in the stream and
// replays; what could not be replayed of it was noted before. Whoever else publishes makes the part's expectation fail, and the crawl is judged
// again on what they published: what it would publish a second time changes nothing any more.
//
// All batches of a crawl have one cause: whoever asked for it, or the crawl itself. Where a crash came in between, the rest has another.
func (g *Ingester) commit(ctx context.Context, s *staged) (Result, error) {
	ctx = trace.Begin(ctx)
	currency := s.head.Crawl.Currency
	held, err := g.books.acquire(ctx, "state of "+currency)
	if err != nil {
		return Result{}, err
	}
	defer held.release()
	for attempt := 1; ; attempt++ {
		if err := g.ready(ctx, held, currency); err != nil {
			return Result{}, err
		}
		result, err := g.take(ctx, held.value, s)
		if err == nil {
			return result, nil
		}
		if held.value.ledger.Err() != nil { // it is ahead of its file
			held.value.close()
			held.value = nil
		}
		again := held.value != nil && (errors.Is(err, errMoved) || fault.Is(err, fault.Unavailable))
		if !again || attempt == attempts || ctx.Err() != nil {
			return Result{}, fmt.Errorf("observe %s: %w", s.head.Crawl.Scope, err)
		}
		g.deps.Log.Info("judging again", zap.String("scope", s.head.Crawl.Scope), zap.Error(err))
		if err := g.catchUp(ctx, held.value); err != nil {
			return Result{}, fmt.Errorf("replay %s: %w", currency, err)
		}
		s.survey = nil
	}
}

// ready opens the book if need be.
func (g *Ingester) ready(ctx context.Context, held *locker[*book], currency string) error {
	if held.value != nil {
		return nil
	}
	b, err := g.open(ctx, currency)
	if err != nil {
		return err
	}
	held.value = b
	g.rest(held)
	return nil
}

// identitiesOpen is how many rates may be known in memory, of all currencies together, before the books of those that nobody needs now are
// closed: about 150 MiB.
const identitiesOpen = 2_000_000

// rest closes books that nobody holds while there are too many rates in memory. They are opened again when they are needed, in a second a million
// rates. Those of which a crawl is being read stay open.
func (g *Ingester) rest(but *locker[*book]) {
	total := but.value.ledger.Len()
	for _, held := range g.books.all() {
		if held == but || !held.tryAcquire() {
			continue
		}
		if held.value != nil {
			if total += held.value.ledger.Len(); total > identitiesOpen && held.value.readers.Load() == 0 {
				held.value.close()
				held.value = nil
			}
		}
		held.release()
	}
}

// take tries once.
func (g *Ingester) take(ctx context.Context, b *book, s *staged) (Result, error) {
	if s.survey == nil || !s.survey.Current(b.ledger) {
		all, err := s.attach(b)
		if err != nil {
			return Result{}, err
		}
		if !all {
			return Result{}, errStale
		}
	}
	v, err := s.survey.Judge(rate.Ending{Finished: s.head.Finished, OfferTerms: s.head.OfferTerms}, g.cfg.Policy)
	if err != nil {
		return Result{}, err
	}
	result := Result{Record: v.Record, Repeated: v.Repeated, Stream: b.stream.String(), Sequence: b.last}
	switch {
	case v.Repeated:
		return result, g.keep(s, &v.Record, refusedShards(&v.Record))
	case v.Record.Refused != "":
		result.Sequence, err = g.refuse(ctx, b, s, &v.Record)
		return result, err
	}
	p := &publication{ingester: g, book: b, verdict: v, reasons: make(map[string]int)}
	if err := p.run(ctx); err != nil {
		return Result{}, err
	}
	result.Record, result.Sequence = v.Record, b.last
	g.board.quarantined(p.reasons)
	if n := p.reasons[rate.ReasonDisagreement]; n > 0 {
		g.deps.Log.Warn("rows disagree", zap.String("crawl", v.Record.ID), zap.Int("rows", n))
	}
	g.settle(ctx, b, s, &v.Record)
	return result, nil
}

// refuse publishes the record of a refused crawl, once, and keeps what was read of it.
func (g *Ingester) refuse(ctx context.Context, b *book, s *staged, r *rate.Record) (uint64, error) {
	if b.refused.has(r.ID) {
		return b.last, g.keep(s, r, nil)
	}
	stale := b.staleness(r)
	batch, err := refusal(stale, r)
	if err != nil {
		return 0, err
	}
	if err := g.keep(s, r, nil); err != nil {
		return 0, err
	}
	seq, err := g.publish(ctx, b, batch)
	if err != nil {
		return 0, err
	}
	b.last = seq
	g.logCrawl(ctx, r, seq)
	if stale.Told() {
		g.deps.Log.Warn("source is stale", zap.String("scope", r.Scope), zap.Int("refused", stale.Refused), zap.Time("since", stale.Since), zap.String("reason", r.Refused))
	}
	return seq, b.ledger.Keep(false, append(b.refused.add(r.ID, seq), b.stale(r.Scope, stale), b.tag(seq))...)
}

// refusal is what is published of a refused crawl: its record, and before it that the source is stale, where that is to be told.
func refusal(stale rate.Stale, r *rate.Record) ([]stream.Message, error) {
	if stale.Told() {
		return event.StaleBatch(stale, *r)
	}
	m, err := event.CrawlMessage(*r)
	return []stream.Message{m}, err
}

// publish stores a batch and returns the sequence of the record that ends it. When the answer is lost, the stream itself is asked.
func (g *Ingester) publish(ctx context.Context, b *book, batch []stream.Message) (uint64, error) {
	expect := stream.Expectation{Subject: event.CrawlsSubject(b.currency), Sequence: b.last}
	seq, err := g.deps.Publisher.Publish(ctx, stream.Rates(b.currency), stream.Caused(batch, trace.From(ctx)), expect)
	switch {
	case err == nil:
		return seq, nil
	case fault.Is(err, fault.Conflict):
		return 0, fault.New(fault.Conflict, "publish crawl: %w: %w", errMoved, err)
	case fault.Is(err, fault.Invalid):
		return 0, fmt.Errorf("publish crawl: %w", err)
	}
	last, readErr := g.lastRecord(ctx, b.currency)
	if readErr == nil && last.ID == batch[len(batch)-1].ID && last.Sequence > b.last {
		return last.Sequence, nil
	}
	return 0, fault.New(fault.Unavailable, "publish crawl: %w", err)
}

// settle ends a crawl that was taken. It is published: what fails here is only tidied up later.
func (g *Ingester) settle(ctx context.Context, b *book, s *staged, r *rate.Record) {
	g.logCrawl(ctx, r, b.last)
	warn := func(what string, err error) {
		if err != nil {
			g.deps.Log.Warn(what, zap.String("crawl", r.ID), zap.Error(err))
		}
	}
	warn("state not rewritten", b.shrink())
	warn("refused crawls not dropped", b.folder.in(refusedFolder, r.Scope).dropUntil(r.At)) // Judge refuses them all the same
	warn("refused shards not kept", g.keep(s, r, refusedShards(r)))
}

func (g *Ingester) logCrawl(ctx context.Context, r *rate.Record, seq uint64) {
	n := &r.Counts
	changes := n.Added + n.PriceChanged + n.Rescheduled + n.Renamed + n.Restated + n.Retired
	g.deps.Log.Info("crawl published", zap.String("crawl", r.ID), zap.Int("rows", r.Rows), zap.Int("changes", changes),
		zap.Int("quarantined", r.Quarantined), zap.String("refused", r.Refused), zap.Uint64("seq", seq), zap.String("trace_id", trace.From(ctx).ID()))
	for _, s := range r.Shards {
		if s.Refused != "" {
			g.deps.Log.Warn("shard refused", zap.String("crawl", r.ID), zap.String("shard", s.Name), zap.String("reason", s.Refused))
		}
	}
}
