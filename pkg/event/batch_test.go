package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
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

func TestTheManifestEndsTheBatchOfAReleaseAndVouchesForIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := genRelease(t)
		changes := rapid.SliceOfN(rapid.Custom(genLineChange), 0, 4).Draw(t, "changes")
		batch, checksum, err := ReleaseBatch(r, changes)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		for i, m := range batch[:len(batch)-1] {
			sum.Write([]byte(m.ID))
			p, ok := decode(t, m).Payload.(*PriceChanged)
			if !ok || p.N != i+1 || p.Of != len(changes) || m.Subject != PriceSubject(changes[i].Identity) {
				t.Fatalf("message %d on %s: %+v", i, m.Subject, p)
			}
		}
		last := batch[len(batch)-1]
		manifest, ok := decode(t, last).Payload.(*ReleasePublished)
		if !ok || manifest.Changed != len(changes) || manifest.Checksum != checksum || checksum != hex.EncodeToString(sum.Sum(nil)) {
			t.Fatalf("manifest %+v, checksum %s", manifest, checksum)
		}
		if want := ReleaseSubject(r.Slot, r.Revision, WhatPublished); last.Subject != want {
			t.Fatalf("the batch ends on %s, want %s", last.Subject, want)
		}
	})
}

func TestTheChecksumTellsOneOrderFromAnother(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := genRelease(t)
		a, b := genLineChange(t), genLineChange(t)
		if a.Identity == b.Identity {
			return
		}
		_, forward, err := ReleaseBatch(r, []pricelist.LineChange{a, b})
		if err != nil {
			t.Fatal(err)
		}
		_, backward, err := ReleaseBatch(r, []pricelist.LineChange{b, a})
		if err != nil || forward == backward {
			t.Fatal(forward, backward, err)
		}
	})
}

func TestAReleaseWithoutAPublicationTimeHasNoBatch(t *testing.T) {
	if _, _, err := ReleaseBatch(release.Release{ID: "license-us-2026-12-r1"}, nil); !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
}

func TestTheEffectiveEventIsOneFactWhoeverPublishesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := genRelease(t)
		first, err := EffectiveMessage(r, "license-us-2026-11-r1")
		if err != nil {
			t.Fatal(err)
		}
		r.ApprovedBy += "x"
		again, err := EffectiveMessage(r, "license-us-2026-11-r1")
		if err != nil || first.ID != again.ID || first.Subject != ReleaseSubject(r.Slot, r.Revision, WhatEffective) {
			t.Fatal(first.Subject, again.ID, err)
		}
	})
}
