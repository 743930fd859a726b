package event

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/rate"
)

func crawl() rate.Outcome {
	return rate.Outcome{Record: rate.Record{
		ID: "azure-usd-20260101T120000Z-0a1b", Source: "azure", Scope: "azure-usd", Currency: "USD", At: epoch, Finished: epoch, Complete: true,
	}}
}

func TestTheRecordEndsTheBatchOfACrawl(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := genOutcome(t)
		batch, err := RateBatch(o)
		if err != nil {
			t.Fatal(err)
		}
		last := batch[len(batch)-1]
		if want := CrawlSubject(o.Record.Currency, o.Record.Scope); last.Subject != want {
			t.Fatalf("the batch ends on %s, want %s", last.Subject, want)
		}
		for i, c := range o.Changes {
			if want := RateSubject(c.Identity.Currency, c.Region, c.Identity.MeterID, c.Key); batch[i].Subject != want {
				t.Fatalf("message %d is on %s, want %s", i, batch[i].Subject, want)
			}
		}
	})
}

func TestTheBatchesOfACrawlHoldTheSameMessagesAsOneBatchWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := genOutcome(t)
		whole, err := RateBatch(o)
		if err != nil {
			t.Fatal(err)
		}
		cut := rapid.IntRange(0, len(o.Changes)).Draw(t, "cut")
		part := rate.CrawlPart{Crawl: o.Record.ID, Scope: o.Record.Scope, Currency: o.Record.Currency, At: o.Record.At, Part: 1, Changes: cut}
		first, err := RateMessages(o.Record, o.Changes[:cut])
		if err != nil {
			t.Fatal(err)
		}
		ending, err := PartMessage(part)
		if err != nil {
			t.Fatal(err)
		}
		first = append(first, ending)
		rest := o
		rest.Changes = o.Changes[cut:]
		last, err := RateBatch(rest)
		if err != nil {
			t.Fatal(err)
		}
		end := first[len(first)-1]
		if end.Subject != CrawlSubject(o.Record.Currency, o.Record.Scope) || decode(t, end).Payload.Type() != TypeCrawlProgressed {
			t.Fatalf("the first batch ends in %s", end.Data)
		}
		if diff := cmp.Diff(whole, append(first[:len(first)-1:len(first)-1], last...)); diff != "" {
			t.Fatalf("(-whole +in two)\n%s", diff)
		}
	})
}

func TestABatchCanBeMadePieceByPiece(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := genOutcome(t)
		whole, err := RateBatch(o)
		if err != nil {
			t.Fatal(err)
		}
		pieces, err := RateMessages(o.Record, o.Changes)
		if err != nil {
			t.Fatal(err)
		}
		quarantined, err := QuarantineMessages(o.Record, o.Quarantined)
		if err != nil {
			t.Fatal(err)
		}
		record, err := CrawlMessage(o.Record)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole, append(append(pieces, quarantined...), record)); diff != "" {
			t.Fatalf("(-whole +in pieces)\n%s", diff)
		}
	})
}

func TestARefusedCrawlPublishesItsRecordAloneAndARepeatedOneNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := genOutcome(t)
		o.Record.Refused = "it lost 40 % of its rates"
		if batch, err := RateBatch(o); err != nil || len(batch) != 1 || decode(t, batch[0]).Payload.Type() != TypeCrawlFinished {
			t.Fatalf("%d messages, %v", len(batch), err)
		}
		o.Repeated = true
		if batch, err := RateBatch(o); err != nil || len(batch) != 0 {
			t.Fatalf("%d messages, %v", len(batch), err)
		}
	})
}

func TestACrawlThatAPersonAcceptsIsAnotherFactThanTheRefusedOne(t *testing.T) {
	o := crawl()
	o.Record.Refused = "it lost 40 % of its rates"
	refused, err := RateBatch(o)
	if err != nil {
		t.Fatal(err)
	}
	o.Record.Refused, o.Record.Accepted = "", true
	accepted, err := RateBatch(o)
	if err != nil {
		t.Fatal(err)
	}
	if refused[0].ID == accepted[0].ID {
		t.Fatal("both have one id")
	}
}

func TestQuarantinedRowsAreSplitIntoMessagesOfBoundedSize(t *testing.T) {
	o := crawl()
	for i := range 40 {
		o.Quarantined = append(o.Quarantined, rate.Quarantined{Reason: rate.ReasonMissingField, Raw: bytes.Repeat([]byte{'"'}, 1000*i)})
	}
	o.Quarantined = append(o.Quarantined, rate.Quarantined{Reason: rate.ReasonMissingField, Raw: bytes.Repeat([]byte{'x'}, 1<<20)}, o.Quarantined[3])
	batch, err := RateBatch(o)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for i, m := range batch[:len(batch)-1] {
		q, ok := decode(t, m).Payload.(*RateQuarantined)
		if !ok || len(m.Data) > 512<<10 && len(q.Rows) > 1 {
			t.Fatalf("message %d of %d: %d bytes, %d rows", i, len(batch), len(m.Data), len(q.Rows))
		}
		for _, r := range q.Rows {
			if want := string(o.Quarantined[rows].Raw); r.Raw != want {
				t.Fatalf("row %d has %d bytes, want %d", rows, len(r.Raw), len(want))
			}
			rows++
		}
	}
	if rows != len(o.Quarantined) || len(batch) < 4 {
		t.Fatalf("%d rows of %d in %d messages", rows, len(o.Quarantined), len(batch))
	}
}
