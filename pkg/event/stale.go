package event

import (
	"time"

	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// SourceStale is the payload of TypeSourceStale: crawls of a scope keep being refused, so that what is told of its rates grows old. It stands
// before the record of the last of them, in one batch with it.
type SourceStale struct {
	Crawl    string     `json:"crawl"` // the last one that was refused
	Source   string     `json:"source"`
	Scope    string     `json:"scope"`
	Currency string     `json:"currency"`
	Refused  int        `json:"refused"` // in a row
	Since    time.Time  `json:"since"`   // observation time of the first of them
	Taken    *time.Time `json:"taken"`   // observation time of the last crawl that was taken; null: none ever was
	Reason   string     `json:"reason"`  // why the last one was refused
	KnownAt  time.Time  `json:"known_at"`
}

// StaleBatch makes the batch of a refused crawl that leaves its scope stale: that it does, and the record, which ends it.
func StaleBatch(s rate.Stale, record rate.Record) ([]stream.Message, error) {
	var e encoder
	stale, err := e.message(sourceStale(&s, &record))
	if err != nil {
		return nil, err
	}
	last, err := e.message(crawlFinished(&record))
	if err != nil {
		return nil, err
	}
	return []stream.Message{stale, last}, nil
}

func sourceStale(s *rate.Stale, r *rate.Record) *SourceStale {
	return &SourceStale{
		Crawl: r.ID, Source: r.Source, Scope: r.Scope, Currency: r.Currency, Refused: s.Refused, Since: s.Since.UTC(), Taken: optional(s.Taken),
		Reason: readable(r.Refused), KnownAt: r.At.UTC(),
	}
}

// Stale returns how stale the scope is.
func (s *SourceStale) Stale() rate.Stale {
	return rate.Stale{Refused: s.Refused, Since: s.Since.UTC(), Last: s.KnownAt.UTC(), Taken: instantOf(s.Taken)}
}

// Type returns TypeSourceStale.
func (*SourceStale) Type() Type           { return TypeSourceStale }
func (*SourceStale) source() string       { return sourceRates }
func (s *SourceStale) instant() time.Time { return s.KnownAt }
func (s *SourceStale) subject() string    { return StaleSubject(s.Currency, s.Scope) }

func (s *SourceStale) write(w *writer) {
	w.open('{')
	w.need("crawl", s.Crawl)
	w.text("source", s.Source)
	w.need("scope", s.Scope)
	w.capitals("currency", s.Currency, 3)
	w.number("refused", s.Refused)
	w.instant("since", s.Since)
	w.instantOrNull("taken", s.Taken)
	w.text("reason", s.Reason)
	w.instant("known_at", s.KnownAt)
	w.close('}')
}

// digest takes which crawl leaves it stale, and for how long it has been; why, and what was before, is no part of that.
func (s *SourceStale) digest(d *digest) {
	d.text(s.Crawl, s.Scope, s.Currency)
	d.number(s.Refused)
	d.instant(s.Since)
	d.instant(s.KnownAt)
}

func (s *SourceStale) read(r *reader) {
	r.object([]string{"crawl", "source", "scope", "currency", "refused", "since", "taken", "reason", "known_at"}, func(name string) bool {
		switch name {
		case "crawl":
			s.Crawl = r.nonEmpty()
		case "source":
			s.Source = r.text()
		case "scope":
			s.Scope = r.nonEmpty()
		case "currency":
			s.Currency = r.capitals(3)
		case "refused":
			s.Refused = r.count(1)
		case "since":
			s.Since = r.instant()
		case "taken":
			s.Taken = orNull(r, r.instant)
		case "reason":
			s.Reason = r.text()
		case "known_at":
			s.KnownAt = r.instant()
		default:
			return false
		}
		return true
	})
}
