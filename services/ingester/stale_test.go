package ingester_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/stream"
)

// stale are the events that say that a source is stale: how many crawls in a row were refused, and the id of the message.
func stale(t *testing.T, records []stream.Record) (told []string) {
	t.Helper()
	for i, r := range records {
		e, err := event.Decode(r.Subject, r.Data)
		if err != nil {
			t.Fatal(err)
		}
		p, ok := e.Payload.(*event.SourceStale)
		if !ok {
			continue
		}
		next, err := event.Decode(records[i+1].Subject, records[i+1].Data)
		if err != nil {
			t.Fatal(err)
		}
		if last, ok := next.Payload.(*event.CrawlFinished); !ok || last.Crawl != p.Crawl || last.Refused != p.Reason || r.Commit || !records[i+1].Commit {
			t.Errorf("%+v is not in one batch with its record %+v", p, next.Payload)
		}
		told = append(told, fmt.Sprint(p.Refused))
	}
	return told
}

func TestASourceWhoseCrawlsKeepBeingRefusedIsToldToBeStale(t *testing.T) {
	b := newBundle(t)
	b.shrunk(t, row("m0", "0.6"))
	refuse := func(times int) {
		for i := range times {
			b.clock.move(time.Hour)
			b.source.Set(row("m0", fmt.Sprint("0.", i+1)))
			g := b.ingester(t) // a restart each time: how many there were is not forgotten
			if r := crawl(t, g); r.Record.Refused == "" {
				t.Fatalf("%+v", r.Record)
			}
		}
	}
	if told := stale(t, b.records(t)); len(told) != 0 {
		t.Errorf("told after one: %v", told)
	}
	refuse(5)
	if told := fmt.Sprint(stale(t, b.records(t))); told != "[3 6]" {
		t.Errorf("told %s", told)
	}
	g := b.ingester(t)
	crawls := b.records(t)
	e, err := event.Decode(crawls[len(crawls)-1].Subject, crawls[len(crawls)-1].Data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Accept(t.Context(), e.Payload.(*event.CrawlFinished).Crawl); err != nil {
		t.Fatal(err)
	}
	b.clock.move(time.Hour)
	b.source.Set()
	for range 2 {
		b.clock.move(time.Hour)
		crawl(t, b.ingester(t))
	}
	if told := fmt.Sprint(stale(t, b.records(t))); told != "[3 6]" {
		t.Errorf("one that was taken did not begin anew: %s", told)
	}
}
