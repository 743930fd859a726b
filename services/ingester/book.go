package ingester

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// book is what is known of a currency, and how far into its stream that reaches. It is never ahead of the stream: a change is published
// first and taken over then, and what was published but not taken over is replayed.
type book struct {
	currency string
	ledger   *rate.Ledger
	file     *os.File
	folder   folder
	stream   stream.Name
	last     uint64 // sequence of the newest crawl record that the ledger knows; 0 when there is none
	refused  refusals
	readers  atomic.Int32 // staged crawls that were begun on the ledger and are still being read
}

// Keys of what a book keeps in its ledger's file beside the ledger.
const (
	tagKey         = rate.NotePrefix + "tag"       // how far into which stream the ledger reaches
	pendingPrefix  = rate.NotePrefix + "pending/"  // scope, slash, number: parts that are being published
	markPrefix     = rate.NotePrefix + "mark/"     // scope: how far its crawl of several parts has come
	refusedPrefix  = rate.NotePrefix + "refused/"  // sequence, slash, crawl: crawls whose refusal was published
	wholePrefix    = rate.NotePrefix + "whole/"    // scope: when its source was found not to heed filters
	verifiedPrefix = rate.NotePrefix + "verified/" // scope: when what shards found was last compared with the whole
)

// tag ties a ledger to its stream.
type tag struct {
	Stream string // NAME@incarnation
	Last   uint64
}

// pending is written before a part is published: what of it could not be replayed. It counts once its record is in the stream.
type pending struct {
	Record   string // event id of the message that ends the part
	Scope    string
	Crawl    string
	Part     int // from 1
	Last     bool
	Mark     []byte // see mark
	Absences []byte
}

func (p *pending) key() string { return pendingPrefix + p.Scope + "/" + strconv.Itoa(p.Part) }

// done returns the notes that hold once the part is taken over.
func (p *pending) done() []rate.Entry {
	notes := []rate.Entry{{Key: p.key()}}
	if p.Last {
		return append(notes, rate.Entry{Key: markPrefix + p.Scope})
	}
	m, _ := json.Marshal(mark{p.Crawl, p.Part, p.Mark}) // plain fields
	return append(notes, rate.Entry{Key: markPrefix + p.Scope, Value: m})
}

// mark is how far a crawl of several parts has come: its parts up to there are published and taken over.
type mark struct {
	Crawl string
	Part  int
	Mark  []byte // of rate.Verdict
}

// refusals are the crawls whose refusal was published, so that the same one is not published again: the newest, by their keys.
type refusals struct {
	keys []string // in order
	ids  map[string]bool
}

// refusalsKept bounds them: thirty snapshots a day for a year.
const refusalsKept = 10_000

func (r *refusals) has(crawl string) bool { return r.ids[crawl] }

func (r *refusals) load(keys []string) {
	r.keys, r.ids = keys, make(map[string]bool, len(keys))
	for _, key := range keys {
		r.ids[crawlIn(key)] = true
	}
}

func crawlIn(key string) string {
	_, crawl, _ := strings.Cut(strings.TrimPrefix(key, refusedPrefix), "/")
	return crawl
}

// add returns the notes that remember one more refusal.
func (r *refusals) add(crawl string, seq uint64) []rate.Entry {
	if r.has(crawl) {
		return nil
	}
	key := fmt.Sprintf("%s%020d/%s", refusedPrefix, seq, crawl)
	notes := []rate.Entry{{Key: key, Value: []byte{}}}
	r.keys, r.ids[crawl] = append(r.keys, key), true
	if len(r.keys) > refusalsKept {
		notes = append(notes, rate.Entry{Key: r.keys[0]})
		delete(r.ids, crawlIn(r.keys[0]))
		r.keys = slices.Clone(r.keys[1:])
	}
	return notes
}

// open makes a book from the state on disk and what the stream holds beyond it, or from the stream alone.
func (g *Ingester) open(ctx context.Context, currency string) (*book, error) {
	info, err := g.deps.Declarer.Declare(ctx, stream.RatesDeclaration(currency))
	if err != nil {
		return nil, fmt.Errorf("open state of %s: %w", currency, err)
	}
	b := &book{currency: currency, folder: g.folder(currency), stream: info.Name}
	if err := b.restore(g.deps.Log, info.Last); err != nil {
		b.close()
		return nil, fmt.Errorf("open state of %s: %w", currency, err)
	}
	if err := g.catchUp(ctx, b); err != nil {
		b.close()
		return nil, fmt.Errorf("replay %s: %w", b.stream.Name, err)
	}
	return b, nil
}

// restore opens the state on disk when it is of this stream, else an empty one.
func (b *book) restore(log *zap.Logger, end uint64) error {
	if err := b.folder.make(); err != nil {
		return err
	}
	for _, old := range []string{"current", "next"} { // of an earlier version: replayed from the stream
		if err := b.folder.discard(old); err != nil {
			return err
		}
	}
	err := b.openLedger()
	if fault.Is(err, fault.Invalid) {
		log.Warn("state discarded", zap.String("currency", b.currency), zap.Error(err))
		return b.anew()
	}
	if err != nil {
		return err
	}
	var t tag
	if note := b.ledger.Note(tagKey); note != nil && json.Unmarshal(note, &t) != nil {
		return b.anew()
	}
	if t.Stream != "" && (t.Stream != b.stream.String() || t.Last > end) {
		log.Warn("state of another stream discarded", zap.String("currency", b.currency), zap.String("stream", t.Stream))
		return b.anew()
	}
	b.last = t.Last
	return nil
}

// anew begins an empty state.
func (b *book) anew() error {
	b.close()
	if err := b.folder.discard(stateFile); err != nil {
		return err
	}
	b.last = 0
	return b.openLedger()
}

func (b *book) openLedger() error {
	var err error
	if b.file, err = b.folder.open(stateFile); err != nil {
		return err
	}
	if b.ledger, err = rate.Open(b.currency, b.file); err != nil {
		return err
	}
	b.refused.load(b.ledger.Notes(refusedPrefix))
	return nil
}

func (b *book) close() {
	if b.file != nil {
		_ = b.file.Close() // what was not synced is in the stream
		b.file = nil
	}
}

// tag returns the note that says how far the ledger reaches.
func (b *book) tag(last uint64) rate.Entry {
	t, _ := json.Marshal(tag{b.stream.String(), last}) // two plain fields
	return rate.Entry{Key: tagKey, Value: t}
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
	last, err := g.lastRecord(ctx, b.currency)
	if err != nil || last.Sequence <= b.last {
		return err
	}
	g.deps.Log.Info("replaying", zap.String("currency", b.currency), zap.Uint64("from", b.last+1), zap.Uint64("to", last.Sequence))
	sub, err := g.deps.Reader.Subscribe(ctx, stream.Query{
		Stream: stream.Rates(b.currency), Subjects: []string{"pw.rate." + strings.ToLower(b.currency) + ".>", event.CrawlsSubject(b.currency)},
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
		ends, err := b.replay(&record)
		if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Internal) { // whoever reads the stream meets it too and keeps it as a reject
			g.deps.Log.Error("message not replayed", zap.String("subject", record.Subject), zap.Uint64("seq", record.Sequence), zap.Error(err))
		} else if err != nil {
			return err
		}
		if ends || record.Sequence >= last.Sequence {
			b.last = record.Sequence
		}
	}
	return nil
}

// replay takes over one message and reports whether it ends a batch.
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
	case *event.CrawlProgressed:
		absences, notes := b.confirmed(record)
		return true, b.ledger.ReplayPart(payload.CrawlPart(), absences, append(notes, b.tag(record.Sequence))...)
	case *event.CrawlFinished:
		crawl := payload.Record()
		absences, notes := b.confirmed(record)
		if crawl.Refused != "" {
			notes = append(append(notes, b.refused.add(crawl.ID, record.Sequence)...), b.stale(crawl.Scope, b.staleness(&crawl)))
		}
		return true, b.ledger.ReplayRecord(crawl, absences, append(notes, b.tag(record.Sequence))...)
	}
	return false, nil
}

// mark returns how far the crawl of a scope has come; the zero mark is of no crawl.
func (b *book) mark(scope string) (m mark) {
	if json.Unmarshal(b.ledger.Note(markPrefix+scope), &m) != nil {
		return mark{}
	}
	return m
}

// confirmed returns what was noted of a part before it was published, and what is to be noted now.
func (b *book) confirmed(record *stream.Record) ([]byte, []rate.Entry) {
	for _, key := range b.ledger.Notes(pendingPrefix) {
		var p pending
		if json.Unmarshal(b.ledger.Note(key), &p) == nil && p.Record == record.ID {
			return p.Absences, p.done()
		}
	}
	return nil, nil
}

// shrink rewrites the state file when most of it was replaced.
func (b *book) shrink() error {
	if !b.ledger.Garbage() {
		return nil
	}
	const name = stateFile + ".next"
	if err := b.folder.discard(name); err != nil {
		return err
	}
	file, err := b.folder.open(name)
	if err != nil {
		return err
	}
	if err := b.ledger.Rewrite(file, func() error {
		return os.Rename(filepath.Join(b.folder.path, name), filepath.Join(b.folder.path, stateFile))
	}); err != nil {
		_ = file.Close() // the old one goes on
		return fmt.Errorf("rewrite state: %w", err)
	}
	b.close()
	b.file = file
	return b.folder.sync()
}
