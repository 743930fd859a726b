package feeder_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/trace"
)

type fataler interface{ Fatal(args ...any) }

var firstMonth = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// year is a licence list a month, of which each changes some unit prices, some ERP prices and some titles; and the events that they take effect.
func year(t fataler, months, lines int) [][]stream.Message {
	var batches [][]stream.Message
	var lists []pricelist.List
	for n := range months {
		at := firstMonth.AddDate(0, n, 0)
		r := release.Release{
			Slot: release.Slot{List: release.License, Market: "US"}, Revision: 1, Kind: release.Full, EffectiveAt: at, PublishedAt: at.AddDate(0, 0, -30), Lines: lines,
			Content: strings.Repeat("0f", 32), CreatedBy: "alice", ApprovedBy: "bob",
		}
		r.Slot.Month.Year, r.Slot.Month.Month = at.Year(), at.Month()
		r.ID = fmt.Sprintf("license-us-%s-r1", r.Slot.Month)
		made := make([]pricelist.Line, lines)
		for i := range made {
			made[i] = pricelist.Line{
				Identity:  pricelist.Identity{Market: "US", Currency: "USD", Product: fmt.Sprintf("P%04d", i), SKU: "0001", Term: "P1Y", Billing: "Annual"},
				UnitPrice: money.Int(int64(90000 + n*(i%2))), ERPPrice: money.Int(int64(100 + n/2*(i%3))), Basis: pricelist.PerTerm,
				Attributes: pricelist.Attributes{ProductTitle: fmt.Sprint("title ", i%5*n/3)},
			}
		}
		list := pricelist.NewList(r.ID, 1, at, made)
		book := pricelist.NewBook(lists...)
		_, r.Diff = book.Diff(list)
		batch, _, err := event.ReleaseBatch(r, book.Publish(list, r.PublishedAt))
		if err != nil {
			t.Fatal(err)
		}
		effective, err := event.EffectiveMessage(r, "")
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, list)
		batches = append(batches, caused(batch), caused([]stream.Message{effective}))
	}
	return batches
}

// crawl is the batch of a crawl that found a rate of each of some price lists.
func crawl(t fataler, n int, scope string, lists ...string) []stream.Message {
	at := firstMonth.AddDate(0, 0, n)
	o := rate.Outcome{Record: rate.Record{ID: fmt.Sprint("crawl-", n), Source: "backfill", Scope: scope, Currency: "USD", At: at, Finished: at, Content: "c"}}
	for i, list := range lists {
		c := rate.Change{
			Identity: rate.Identity{PriceList: list, Currency: "USD", MeterID: fmt.Sprint("m", n, "-", i), SKUID: "s", Type: "Consumption"}, Region: "global", Kind: rate.Added, KnownAt: at, Scope: scope,
		}
		c.Key = c.Identity.Key()
		o.Changes = append(o.Changes, c)
	}
	batch, err := event.RateBatch(o)
	if err != nil {
		t.Fatal(err)
	}
	return caused(batch)
}

// caused says of a batch that something caused it, another of each.
func caused(batch []stream.Message) []stream.Message {
	sum := sha256.Sum256([]byte(batch[len(batch)-1].ID))
	return stream.Caused(batch, trace.Parent{TraceID: [16]byte(sum[:16]), SpanID: [8]byte(sum[16:24]), Flags: 1})
}

// oracle is what a stream without cost holds of batches: one batch for each of which something is left.
func oracle(t fataler, batches [][]stream.Message) [][]stream.Message {
	last := map[string]event.Payload{}
	var all [][]stream.Message
	for _, batch := range batches {
		made, err := event.BatchWithoutCost(batch, func(subject string) (event.Payload, error) { return last[subject], nil })
		if err != nil {
			t.Fatal(err)
		}
		var told []stream.Message
		for _, m := range made.Told {
			e, err := event.DecodeWithoutCost(m.Message.Subject, m.Message.Data)
			if err != nil {
				t.Fatal(err)
			}
			last[m.Message.Subject] = e.Payload
			m.Message.Trace = batch[m.From].Trace
			told = append(told, m.Message)
		}
		if told != nil {
			all = append(all, told)
		}
	}
	return all
}
