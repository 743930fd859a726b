package ingester

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// book is what is known of a currency, and how far into its stream that reaches. After a publication that failed it is thrown away and
// opened again: what is on disk and in the stream decides.
type book struct {
	ledger  *rate.Ledger
	stream  stream.Name
	last    uint64 // sequence of the newest crawl record that the ledger knows; 0 when there is none
	refused refusals
	unsure  bool // its ledger may be ahead of the stream: something was staged and not yet settled
}

// refusals are the ids of crawls whose refusal was published, the newest last, so that the same one is not published again.
type refusals []string

// refusalsKept bounds them: thirty snapshots a day for a year.
const refusalsKept = 10_000

func (r refusals) has(crawl string) bool { return slices.Contains(r, crawl) }

func (r *refusals) add(record *rate.Record) {
	if record.Refused == "" || r.has(record.ID) {
		return
	}
	if *r = append(*r, record.ID); len(*r) > refusalsKept {
		*r = slices.Clone((*r)[len(*r)-refusalsKept:])
	}
}

// open makes a book from the state on disk and what the stream holds beyond it, or from the stream alone.
func (g *Ingester) open(ctx context.Context, currency string) (*book, error) {
	info, err := g.deps.Declarer.Declare(ctx, stream.RatesDeclaration(currency))
	if err != nil {
		return nil, fmt.Errorf("open state of %s: %w", currency, err)
	}
	b, err := g.restore(ctx, currency, info.Name)
	if err != nil {
		return nil, fmt.Errorf("open state of %s: %w", currency, err)
	}
	if err := g.catchUp(ctx, b); err != nil {
		return nil, fmt.Errorf("replay %s: %w", b.stream.Name, err)
	}
	return b, nil
}

// restore reads the state on disk that the stream confirms: the next one if its record is there, else the current one, else none.
func (g *Ingester) restore(ctx context.Context, currency string, name stream.Name) (*book, error) {
	files := g.folder(currency)
	for _, file := range []string{nextFile, currentFile} {
		b, err := g.read(ctx, files, file, currency, name)
		switch {
		case fault.Is(err, fault.Invalid):
			g.deps.Log.Warn("state file discarded", zap.String("currency", currency), zap.String("file", file), zap.Error(err))
		case err != nil:
			return nil, err
		case b != nil && file == nextFile:
			return b, files.promote()
		case b != nil:
			return b, nil
		}
		if err := files.discard(file); err != nil {
			return nil, err
		}
	}
	ledger, err := rate.NewLedger(currency)
	if err != nil {
		return nil, err
	}
	return &book{ledger: ledger, stream: name}, nil
}

// read reads one state file; nil when there is none or the stream doesn't confirm it.
func (g *Ingester) read(ctx context.Context, files folder, file, currency string, name stream.Name) (*book, error) {
	s, err := files.open(file)
	if s == nil || err != nil {
		return nil, err
	}
	defer s.close()
	if s.tag.Stream != name.String() {
		return nil, nil
	}
	at, err := g.find(ctx, currency, s.tag)
	if at == 0 || err != nil {
		return nil, err
	}
	ledger, err := s.ledger()
	if err != nil {
		return nil, err
	}
	if ledger.Currency() != currency {
		return nil, fault.New(fault.Invalid, "it is the state of %s", ledger.Currency())
	}
	return &book{ledger: ledger, stream: name, last: at, refused: s.tag.Refused}, nil
}

// find returns the sequence of a tag's record, 0 when the record after its base is another or there is none.
func (g *Ingester) find(ctx context.Context, currency string, t tag) (uint64, error) {
	last, err := g.lastRecord(ctx, currency)
	switch {
	case err != nil || last.Sequence <= t.Base:
		return 0, err
	case last.ID == t.Record:
		return last.Sequence, nil
	}
	sub, err := g.deps.Reader.Subscribe(ctx, stream.Query{
		Stream: stream.Rates(currency), Subjects: []string{event.CrawlsSubject(currency)}, Start: stream.Start{Sequence: t.Base + 1},
	})
	if err != nil {
		return 0, err
	}
	defer sub.Stop()
	record, err := sub.Next(ctx)
	if err != nil || record.ID != t.Record {
		return 0, err
	}
	return record.Sequence, nil
}

// lastRecord returns the newest crawl record of a currency, the zero record when there is none.
func (g *Ingester) lastRecord(ctx context.Context, currency string) (stream.Record, error) {
	last, err := g.deps.Reader.Last(ctx, stream.Rates(currency), event.CrawlsSubject(currency))
	if fault.Is(err, fault.NotFound) {
		return stream.Record{}, nil
	}
	return last, err
}

// catchUp takes over what the stream holds beyond the book.
func (g *Ingester) catchUp(ctx context.Context, b *book) error {
	currency := b.ledger.Currency()
	last, err := g.lastRecord(ctx, currency)
	if err != nil || last.Sequence <= b.last {
		return err
	}
	g.deps.Log.Info("replaying", zap.String("currency", currency), zap.Uint64("from", b.last+1), zap.Uint64("to", last.Sequence))
	sub, err := g.deps.Reader.Subscribe(ctx, stream.Query{
		Stream: stream.Rates(currency), Subjects: []string{"pw.rate." + strings.ToLower(currency) + ".>", event.CrawlsSubject(currency)},
		Start: stream.Start{Sequence: b.last + 1},
	})
	if err != nil {
		return err
	}
	defer sub.Stop()
	for b.last < last.Sequence {
		record, err := sub.Next(ctx)
		if err != nil {
			return err
		}
		isCrawl, err := b.replay(&record)
		if err != nil { // whoever reads the stream meets it too and keeps it as a reject; it must not stop what comes after it
			g.deps.Log.Error("message not replayed", zap.String("subject", record.Subject), zap.Uint64("seq", record.Sequence), zap.Error(err))
		}
		if isCrawl || record.Sequence >= last.Sequence {
			b.last = record.Sequence
		}
	}
	return nil
}

// replay takes over one message and reports whether it is a crawl record.
func (b *book) replay(record *stream.Record) (bool, error) {
	e, err := event.Decode(record.Subject, record.Data)
	if err != nil {
		return false, err
	}
	switch payload := e.Payload.(type) {
	case *event.RateChanged:
		change, err := payload.Change()
		if err != nil {
			return false, err
		}
		return false, b.ledger.ReplayChange(change)
	case *event.CrawlFinished:
		crawl := payload.Record()
		b.refused.add(&crawl)
		return true, b.ledger.ReplayRecord(crawl)
	}
	return false, nil
}
