package event

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
)

// made is a batch of any of the four kinds, and what it was made from.
type made struct {
	r        release.Release
	w        release.Withdrawal // N is 0 for a publication
	subjects []string           // of the changes
	known    []time.Time
	batch    []stream.Message
	checksum string
}

func genBatch(t *rapid.T) made {
	b := made{r: genRelease(t)}
	withdrawn, items := rapid.Bool().Draw(t, "withdrawn"), rapid.Bool().Draw(t, "items")
	if withdrawn {
		b.w = genWithdrawal(t)
	}
	var err error
	if items {
		b.r = genItemRelease(t)
		changes := rapid.SliceOfN(rapid.Custom(genItemChange), 0, 4).Draw(t, "changes")
		for _, c := range changes {
			b.subjects, b.known = append(b.subjects, ItemSubject(b.r.Slot.List, b.r.Slot.Market, c.Key)), append(b.known, c.KnownAt)
		}
		if b.batch, b.checksum, err = ItemBatch(b.r, changes); withdrawn {
			b.batch, b.checksum, err = ItemWithdrawalBatch(b.r, b.w, changes)
		}
	} else {
		changes := rapid.SliceOfN(rapid.Custom(genLineChange), 0, 4).Draw(t, "changes")
		for _, c := range changes {
			b.subjects, b.known = append(b.subjects, PriceSubject(c.Identity)), append(b.known, c.KnownAt)
		}
		if b.batch, b.checksum, err = ReleaseBatch(b.r, changes); withdrawn {
			b.batch, b.checksum, err = WithdrawalBatch(b.r, b.w, changes)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// positionOf is where a message says that it stands.
func positionOf(p Payload) (at position, ok bool) {
	switch p := p.(type) {
	case *PriceChanged:
		return position{p.Release, p.Withdrawal, p.N, p.Of}, true
	case *ItemChanged:
		return position{p.Release, p.Withdrawal, p.N, p.Of}, true
	}
	return at, false
}

func TestTheChangesOfAReleaseOrWithdrawalComeFirstAndInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := genBatch(t)
		sum := sha256.New()
		for i, want := range b.subjects {
			sum.Write([]byte(b.batch[i].ID))
			e := decode(t, b.batch[i])
			at, ok := positionOf(e.Payload)
			if !ok || at != (position{b.r.ID, b.w.N, i + 1, len(b.subjects)}) || e.Envelope.Subject != want || !e.Envelope.Time.Equal(b.known[i]) {
				t.Fatalf("message %d on %s of %s: %+v, want it on %s of %s", i, e.Envelope.Subject, e.Envelope.Time, at, want, b.known[i])
			}
		}
		if want := hex.EncodeToString(sum.Sum(nil)); b.checksum != want {
			t.Fatalf("checksum %s, want %s", b.checksum, want)
		}
	})
}

func TestTheManifestEndsTheBatchOfAReleaseAndVouchesForIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := genBatch(t)
		if b.w.N > 0 {
			return
		}
		last := b.batch[len(b.batch)-1]
		manifest, ok := decode(t, last).Payload.(*ReleasePublished)
		if !ok || manifest.Changed != len(b.subjects) || manifest.Checksum != b.checksum || manifest.Corrects != b.r.Corrects ||
			manifest.Backfilled != b.r.Backfilled || manifest.Reason != b.r.Reason {
			t.Fatalf("manifest %+v, checksum %s", manifest, b.checksum)
		}
		if want := ReleaseSubject(b.r.Slot, b.r.Revision, WhatPublished); last.Subject != want {
			t.Fatalf("the batch ends on %s, want %s", last.Subject, want)
		}
	})
}

func TestWhatAReleaseMendsIsToldJustBeforeItsManifest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := genBatch(t)
		between := b.batch[len(b.subjects) : len(b.batch)-1]
		if b.w.N > 0 || b.r.Corrects == "" {
			if len(between) > 0 {
				t.Fatalf("%d messages more", len(between))
			}
			return
		}
		slot, revision, err := release.ParseID(b.r.Corrects)
		if err != nil || len(between) != 1 || between[0].Subject != ReleaseSubject(slot, revision, WhatCorrected) {
			t.Fatal(err, between)
		}
		p, ok := decode(t, between[0]).Payload.(*ReleaseCorrected)
		if !ok || p.Release != b.r.Corrects || p.By != b.r.ID || p.Reason != b.r.Reason || p.Retroactive != b.r.Retroactive ||
			!p.EffectiveAt.Equal(b.r.EffectiveAt) || !p.CorrectedAt.Equal(b.r.PublishedAt) {
			t.Fatalf("%+v", p)
		}
	})
}

func TestTheWithdrawalEndsItsBatchAndVouchesForIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := genBatch(t)
		if b.w.N == 0 {
			return
		}
		last := b.batch[len(b.batch)-1]
		p, ok := decode(t, last).Payload.(*ReleaseWithdrawn)
		lines := b.w.Count
		if b.w.Whole() {
			lines = b.r.Lines
		}
		want := ReleaseWithdrawn{
			Release: b.r.ID, List: b.r.Slot.List, Market: b.r.Slot.Market, Month: b.r.Slot.Month.String(), Revision: b.r.Revision, Withdrawal: b.w.N,
			Whole: b.w.Lines == "", Lines: lines, From: b.w.From, Retroactive: b.w.Retroactive, Reason: b.w.Reason, WithdrawnBy: b.w.By,
			InForce: b.w.InForce, Changed: len(b.subjects), Checksum: b.checksum, WithdrawnAt: b.w.KnownAt,
		}
		if !ok || *p != want || last.Subject != ReleaseSubject(b.r.Slot, b.r.Revision, WhatWithdrawn) {
			t.Fatalf("the batch ends on %s with %+v, want %+v", last.Subject, p, want)
		}
	})
}

func TestALineThatIsToldAgainAsOfALaterInstantIsAnotherFact(t *testing.T) {
	january, february := pricelist.NewList("license-us-2026-01-r1", 1, at(t, "2026-01-01T00:00:00Z"), []pricelist.Line{exampleLine(t, "4", "5")}),
		pricelist.NewList("license-us-2026-02-r1", 1, at(t, "2026-02-01T00:00:00Z"), nil)
	story := pricelist.NewStory(
		pricelist.Step{KnownAt: at(t, "2026-01-10T00:00:00Z"), Sequence: 1, List: february},
		pricelist.Step{KnownAt: at(t, "2026-01-20T00:00:00Z"), Sequence: 2, Withdrawal: pricelist.Withdrawal{Release: february.Release, From: february.EffectiveAt}},
	)
	changes := story.Backfill(january, at(t, "2025-12-01T00:00:00Z"), at(t, "2026-03-01T00:00:00Z"))
	r, _ := exampleRelease(t)
	r.ID, r.PublishedAt = january.Release, at(t, "2025-12-01T00:00:00Z")
	batch, _, err := ReleaseBatch(r, changes)
	if err != nil || len(changes) < 2 {
		t.Fatal(len(changes), err)
	}
	ids, times := map[string]bool{}, map[string]bool{}
	for i := range changes {
		e := decode(t, batch[i])
		if e.Envelope.Subject != batch[0].Subject {
			t.Fatalf("%s, want %s", e.Envelope.Subject, batch[0].Subject)
		}
		ids[e.Envelope.ID], times[e.Envelope.Time.String()] = true, true
	}
	if len(ids) != len(changes) || len(times) != len(changes) {
		t.Fatalf("%d changes have the ids %v and the times %v", len(changes), ids, times)
	}
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

func TestWhatIsNotFrozenHasNoBatch(t *testing.T) {
	r, changes := exampleRelease(t)
	unpublished, unknown, wrong := r, slices.Clone(changes), r
	unpublished.PublishedAt = time.Time{}
	unknown[0].KnownAt = time.Time{}
	wrong.Corrects = "the last one"
	w := release.Withdrawal{N: 1, KnownAt: epoch, From: epoch}
	for want, build := range map[string]func() ([]stream.Message, string, error){
		"encode release license-us-2026-12-r1: it has no publication time": func() ([]stream.Message, string, error) { return ReleaseBatch(unpublished, nil) },
		"encode release license-us-2026-12-r1: it has no publication":      func() ([]stream.Message, string, error) { return ItemBatch(unpublished, nil) },
		"encode change 1 of license-us-2026-12-r1: it has no instant":      func() ([]stream.Message, string, error) { return ReleaseBatch(r, unknown) },
		"encode change 1 of license-us-2026-12-r1":                         func() ([]stream.Message, string, error) { return ItemWithdrawalBatch(r, w, []item.Change{{}}) },
		"read what it corrects: \"the last one\" is not a release id":      func() ([]stream.Message, string, error) { return ReleaseBatch(wrong, changes) },
		"encode withdrawal 1 of license-us-2026-12-r1: it has no number or": func() ([]stream.Message, string, error) {
			return WithdrawalBatch(r, release.Withdrawal{N: 1}, changes)
		},
		"encode withdrawal 0 of license-us-2026-12-r1": func() ([]stream.Message, string, error) {
			return WithdrawalBatch(r, release.Withdrawal{KnownAt: epoch}, changes)
		},
	} {
		batch, checksum, err := build()
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) || batch != nil || checksum != "" {
			t.Errorf("got %d messages, %q and %v, want %s", len(batch), checksum, err, want)
		}
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

func TestAMissingReleaseIsOneFactWheneverItIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, noticed := genRelease(t), genInstant.Draw(t, "noticed")
		publish := noticed.Add(time.Duration(rapid.IntRange(-100, 400).Draw(t, "hours")) * time.Hour)
		first, err := MissingMessage(r.Slot, r.Revision, publish, r.EffectiveAt, noticed)
		if err != nil {
			t.Fatal(err)
		}
		later, err := MissingMessage(r.Slot, r.Revision, publish, r.EffectiveAt, noticed.Add(time.Hour))
		if err != nil || first.ID != later.ID || first.Subject != ReleaseSubject(r.Slot, r.Revision, WhatMissing) {
			t.Fatal(first.ID, later.ID, first.Subject, err)
		}
		p, ok := decode(t, first).Payload.(*ReleaseMissing)
		if left := publish.Sub(noticed); !ok || p.Release != r.ID || time.Duration(p.Days)*24*time.Hour > left || time.Duration(p.Days+1)*24*time.Hour <= left {
			t.Fatalf("%+v, with %s left", p, left)
		}
	})
}
