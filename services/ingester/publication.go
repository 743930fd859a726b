package ingester

import (
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// publication publishes a verdict part by part: while one part is stored in the stream, the next is made and the one before it is taken over.
type publication struct {
	ingester *Ingester
	book     *book
	verdict  *rate.Verdict
	number   int            // of the next part, from 1
	reasons  map[string]int // how many rows were quarantined, by reason
}

// madePart is a part that is ready to be published.
type madePart struct {
	batch   []stream.Message
	pieces  []rate.Part
	changes int
	bytes   int
	number  int // from 1
	last    bool
	note    pending
	seq     uint64 // of its record, once it is published
}

// run publishes and takes over all parts. After an error some may be published and not taken over: they are replayed.
func (p *publication) run(ctx context.Context) error {
	if err := p.resume(); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	made, published := make(chan *madePart), make(chan *madePart)
	group.Go(func() error {
		defer close(made)
		return p.make(ctx, made)
	})
	group.Go(func() error {
		defer close(published)
		return p.publish(ctx, made, published)
	})
	group.Go(func() error {
		for part := range published {
			if err := p.apply(part); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// resume goes on behind the parts of the same crawl that were published before a crash.
func (p *publication) resume() error {
	p.number = 1
	m := p.book.mark(p.verdict.Record.Scope)
	if m.Crawl != p.verdict.Record.ID {
		return nil
	}
	p.number = m.Part + 1
	return p.verdict.Resume(m.Mark)
}

// make makes one part after the other.
func (p *publication) make(ctx context.Context, out chan<- *madePart) error {
	for {
		part, err := p.next()
		if err != nil {
			return err
		}
		select {
		case out <- part:
		case <-ctx.Done():
			return ctx.Err()
		}
		if part.last {
			return nil
		}
	}
}

// pieceSize is how many identities are decided about at once, partBytes about how many bytes the messages of a part have at most.
const pieceSize, partBytes = 500, 64 << 20

func (p *publication) next() (*madePart, error) {
	part := &madePart{number: p.number}
	for !part.last && len(part.batch) < p.ingester.cfg.PartMessages && part.bytes < partBytes {
		piece, err := p.verdict.Next(pieceSize)
		if err != nil {
			return nil, err
		}
		if err := p.add(part, piece); err != nil {
			return nil, err
		}
	}
	p.number++
	return part, p.end(part)
}

// add adds what a piece changes to a part.
func (p *publication) add(part *madePart, piece rate.Part) error {
	messages, err := event.RateMessages(p.verdict.Record, piece.Changes)
	if err != nil {
		return err
	}
	quarantined, err := event.QuarantineMessages(p.verdict.Record, piece.Quarantined)
	if err != nil {
		return err
	}
	from := len(part.batch)
	part.batch = append(append(part.batch, messages...), quarantined...)
	for i := range part.batch[from:] {
		part.bytes += len(part.batch[from+i].Data)
	}
	for i := range piece.Quarantined {
		p.reasons[piece.Quarantined[i].Reason]++
	}
	part.changes += len(piece.Changes)
	part.last = piece.Last
	piece.Changes, piece.Quarantined = nil, nil // they are in the messages
	part.pieces = append(part.pieces, piece)
	return nil
}

// end adds the message that ends a part, and what is to be noted before it is published.
func (p *publication) end(part *madePart) error {
	v := p.verdict
	var m stream.Message
	var err error
	if part.last {
		if part.number > 1 {
			v.Record.Parts = part.number
		}
		m, err = event.CrawlMessage(v.Record)
	} else {
		m, err = event.PartMessage(rate.CrawlPart{
			Crawl: v.Record.ID, Scope: v.Record.Scope, Currency: v.Record.Currency, At: v.Record.At, Part: part.number, Changes: part.changes,
		})
	}
	part.batch = append(part.batch, m)
	part.note = pending{Record: m.ID, Scope: v.Record.Scope, Crawl: v.Record.ID, Part: part.number, Last: part.last, Mark: v.Mark(), Absences: v.Absences(!part.only(), part.pieces...)}
	return err
}

// only reports whether a part is all there is of its crawl.
func (p *madePart) only() bool { return p.last && p.number == 1 }

// publish stores one part after the other.
func (p *publication) publish(ctx context.Context, made <-chan *madePart, published chan<- *madePart) error {
	for part := range made {
		if err := p.announce(part); err != nil {
			return err
		}
		seq, err := p.ingester.publish(ctx, p.book, part.batch)
		if err != nil {
			return err
		}
		p.book.last, part.seq, part.batch = seq, seq, nil
		select {
		case published <- part:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// announce notes, durably, what of a part could not be replayed.
func (p *publication) announce(part *madePart) error {
	if part.note.Absences == nil {
		return nil
	}
	note, err := json.Marshal(part.note)
	if err != nil {
		return fmt.Errorf("note part: %w", err)
	}
	return p.book.ledger.Keep(true, rate.Entry{Key: part.note.key(), Value: note})
}

// apply takes a published part over.
func (p *publication) apply(part *madePart) error {
	for i, piece := range part.pieces {
		var notes []rate.Entry
		if i == len(part.pieces)-1 {
			notes = append(part.note.done(), p.book.tag(part.seq))
		}
		if err := p.verdict.Apply(piece, notes...); err != nil {
			return err
		}
	}
	return nil
}
