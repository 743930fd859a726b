package materializer

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// knownTexts bounds how many texts a converter keeps to share.
const knownTexts = 100_000

// converter makes rows of messages. Texts repeat a lot from message to message, so rows share them instead of keeping every message's
// text alive. It is for one goroutine.
type converter struct {
	stream string
	texts  map[string]string
}

func newConverter(stream string) *converter {
	return &converter{stream: stream, texts: map[string]string{}}
}

// add adds the rows of a message; a reject, with the message's bytes, when it cannot be understood.
func (c *converter) add(rows *history.Rows, record *stream.Record) {
	at := history.Position{Stream: c.stream, Sequence: record.Sequence}
	e, err := event.Decode(record.Subject, record.Data)
	if err == nil {
		err = c.payload(rows, at, e.Payload)
	}
	if err != nil {
		rows.Rejects = append(rows.Rejects, rejectOf(at, record, err))
	}
}

func rejectOf(at history.Position, record *stream.Record, why error) history.Reject {
	return history.Reject{Position: at, Subject: record.Subject, EventID: record.ID, Reason: why.Error(), Data: record.Data}
}

func (c *converter) payload(rows *history.Rows, at history.Position, payload event.Payload) error {
	switch p := payload.(type) {
	case *event.RateChanged:
		return c.rateChanged(rows, at, p)
	case *event.RateQuarantined:
		return c.quarantined(rows, at, p)
	case *event.CrawlProgressed:
		rows.CrawlParts = append(rows.CrawlParts, history.CrawlPart{Position: at, CrawlPart: p.CrawlPart()})
	case *event.SourceStale:
		rows.Stale = append(rows.Stale, history.Stale{
			Position: at, Stale: p.Stale(), Crawl: p.Crawl, Source: p.Source, Scope: p.Scope, Currency: p.Currency, Reason: p.Reason, KnownAt: p.KnownAt.UTC(),
		})
	case *event.CrawlFinished:
		rows.Crawls = append(rows.Crawls, history.Crawl{Position: at, Record: p.Record()})
	case *event.PriceChanged:
		return c.priceChanged(rows, at, p)
	case *event.ItemChanged:
		return c.itemChanged(rows, at, p)
	case *event.ReleasePublished:
		rows.Releases = append(rows.Releases, published(at, p))
	case *event.ReleaseEffective:
		rows.Effective = append(rows.Effective, effective(at, p))
	case *event.ReleaseCorrected:
		rows.Corrections = append(rows.Corrections, corrected(at, p))
	case *event.ReleaseWithdrawn:
		rows.Withdrawals = append(rows.Withdrawals, withdrawn(at, p))
	case *event.ReleaseMissing:
		rows.Missing = append(rows.Missing, missing(at, p))
	default:
		return fault.New(fault.Invalid, "keep event: no table is for %s", payload.Type())
	}
	return nil
}

func (c *converter) rateChanged(rows *history.Rows, at history.Position, p *event.RateChanged) error {
	change, err := p.Change()
	if err != nil {
		return err
	}
	change.Scope, change.Region, change.Field = c.share(p.Scope), c.share(change.Region), c.share(change.Field)
	change.Kind = rate.Kind(c.share(string(change.Kind)))
	c.rateIdentity(&change.Identity)
	for _, row := range []*rate.Row{change.Before, change.After} {
		if row != nil {
			row.Identity = change.Identity
			c.rateAttributes(&row.Attributes)
			for i := range row.SavingsPlans {
				row.SavingsPlans[i].Term = c.share(row.SavingsPlans[i].Term)
			}
		}
	}
	rows.RateChanges = append(rows.RateChanges, history.RateChange{Position: at, Change: change, Crawl: c.share(p.Crawl)})
	return nil
}

func (c *converter) quarantined(rows *history.Rows, at history.Position, p *event.RateQuarantined) error {
	kept := make([]history.Quarantined, len(p.Rows))
	for i := range p.Rows {
		q, err := p.Rows[i].Quarantined()
		if err != nil {
			return err
		}
		at.Row = uint32(i)
		kept[i] = history.Quarantined{Position: at, Quarantined: q, Crawl: p.Crawl, Scope: p.Scope, Currency: p.Currency, KnownAt: p.KnownAt.UTC()}
	}
	rows.Quarantine = append(rows.Quarantine, kept...)
	return nil
}

func (c *converter) priceChanged(rows *history.Rows, at history.Position, p *event.PriceChanged) error {
	difference, err := p.Difference()
	if err != nil {
		return err
	}
	spans, err := p.Spans()
	if err != nil {
		return err
	}
	c.priceIdentity(&difference.Identity)
	for _, line := range []*pricelist.Line{difference.Before, difference.After} {
		c.line(line, difference.Identity)
	}
	for i := range spans {
		spans[i].Release = c.share(spans[i].Release)
		c.line(spans[i].Line, difference.Identity)
		if difference.After != nil && spans[i].Line != nil && *spans[i].Line == *difference.After {
			spans[i].Line = difference.After // most releases answer with the line itself
		}
	}
	difference.Change = listing.Change(c.share(string(difference.Change)))
	rows.PriceChanges = append(rows.PriceChanges, history.PriceChange{
		Position: at, Difference: difference, Release: c.share(p.Release), Withdrawal: p.Withdrawal, N: p.N, Of: p.Of, Spans: spans,
		KnownAt: p.KnownAt.UTC(),
	})
	return nil
}

func (c *converter) itemChanged(rows *history.Rows, at history.Position, p *event.ItemChanged) error {
	difference, err := p.Difference()
	if err != nil {
		return err
	}
	spans, err := p.Spans()
	if err != nil {
		return err
	}
	difference.Key, difference.Change = c.share(difference.Key), listing.Change(c.share(string(difference.Change)))
	for _, i := range []*item.Item{difference.Before, difference.After} {
		c.item(i, difference.Key)
	}
	for i := range spans {
		spans[i].Release = c.share(spans[i].Release)
		c.item(spans[i].Line, difference.Key)
		if difference.After != nil && spans[i].Line != nil && spans[i].Line.Compare(*difference.After) == 0 {
			spans[i].Line = difference.After // most releases answer with the item itself
		}
	}
	rows.ItemChanges = append(rows.ItemChanges, history.ItemChange{
		Position: at, Difference: difference, List: c.share(p.List), Market: c.share(p.Market), Release: c.share(p.Release),
		Withdrawal: p.Withdrawal, N: p.N, Of: p.Of, Spans: spans, KnownAt: p.KnownAt.UTC(),
	})
	return nil
}

// share returns a text equal to s that does not keep s's message alive.
func (c *converter) share(s string) string {
	if s == "" {
		return ""
	}
	if known, ok := c.texts[s]; ok {
		return known
	}
	if len(c.texts) >= knownTexts {
		clear(c.texts)
	}
	s = strings.Clone(s)
	c.texts[s] = s
	return s
}

func (c *converter) shareAll(texts ...*string) {
	for _, s := range texts {
		*s = c.share(*s)
	}
}

func (c *converter) rateIdentity(i *rate.Identity) {
	c.shareAll(&i.PriceList, &i.Currency, &i.MeterID, &i.SKUID, &i.Type, &i.ReservationTerm)
}

func (c *converter) rateAttributes(a *rate.Attributes) {
	c.shareAll(&a.MeterName, &a.ProductID, &a.ProductName, &a.SKUName, &a.ServiceName, &a.ServiceID, &a.ServiceFamily, &a.UnitOfMeasure,
		&a.ARMRegionName, &a.Location, &a.ARMSKUName, &a.IsPrimaryMeterRegion)
}

func (c *converter) priceIdentity(i *pricelist.Identity) {
	c.shareAll(&i.Market, &i.Currency, &i.Product, &i.SKU, &i.Term, &i.Billing)
}

func (c *converter) line(l *pricelist.Line, id pricelist.Identity) {
	if l == nil {
		return
	}
	l.Identity, l.Basis = id, pricelist.Basis(c.share(string(l.Basis)))
	c.shareAll(&l.ProductTitle, &l.SKUTitle, &l.Publisher, &l.Description, &l.Unit, &l.TierMax, &l.EndOfSale, &l.Segment, &l.Tags)
}

func (c *converter) item(i *item.Item, key string) {
	if i == nil {
		return
	}
	i.Key = key
	for n := range i.Values {
		c.shareAll(&i.Values[n].Name, &i.Values[n].Text)
	}
}
