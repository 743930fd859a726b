package event

import (
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/stream"
)

// exampleCorrected is the release of the examples, mended four days after it was published.
func exampleCorrected(t testing.TB) stream.Message {
	wrong, changes := exampleRelease(t)
	r := wrong
	r.ID, r.Revision, r.Corrects, r.Supersedes, r.Reason = "license-us-2026-12-r2", 2, wrong.ID, wrong.ID, "a price was mistyped"
	r.PublishedAt = at(t, "2026-11-05T09:30:00Z")
	r.Notice = release.Notice{Policy: "days:30", Days: 25, Short: true, Reason: r.Reason}
	batch, _, err := ReleaseBatch(r, changes)
	if err != nil {
		t.Fatal(err)
	}
	return batch[len(batch)-2]
}

// exampleWithdrawn is the release of the examples, withdrawn while it is in force: from then on the list before it answers.
func exampleWithdrawn(t testing.TB) stream.Message {
	r, _ := exampleRelease(t)
	r.State = release.Effective
	w := release.Withdrawal{
		N: 1, By: "carol", At: at(t, "2026-12-04T10:14:07Z"), Reason: "the list is of another month", KnownAt: at(t, "2026-12-04T10:14:08Z"),
		From: at(t, "2026-12-04T10:14:08Z"), InForce: r.Predecessor,
	}
	november, december := exampleLists(t)
	changes := pricelist.NewBook(november, december).Withdraw(pricelist.Withdrawal{Release: r.ID, From: w.From}, w.KnownAt)
	batch, _, err := WithdrawalBatch(r, w, changes)
	if err != nil || len(batch) != 2 {
		t.Fatal(len(batch), err)
	}
	return batch[1]
}

func exampleMissing(t testing.TB) stream.Message {
	slot := release.Slot{List: release.License, Market: "US", Month: effective.Month{Year: 2027, Month: time.January}}
	m, err := MissingMessage(slot, 1, at(t, "2026-12-02T00:00:00Z"), slot.Month.Start(), at(t, "2026-11-25T00:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func exampleOffer(most string) item.Item {
	return item.Item{Key: "CFQ7TTC0LH18/0001", Values: []item.Value{
		{Name: "product_title", Text: "Microsoft 365 Business Basic"},
		{Name: "product", Text: "CFQ7TTC0LH18"},
		{Name: "sku", Text: "0001"},
		{Name: "sku_title", Text: "Microsoft 365 Business Basic"},
		{Name: "min_licenses", Text: "1"},
		{Name: "max_licenses", Text: most},
		{Name: "allowed_countries", Text: "DE;JP;US"},
		{Name: "terms", Text: "P1M Monthly;P1Y Annual"},
	}}
}

// exampleItem is an offer of the matrix, of which more licences may be had from December on.
func exampleItem(t testing.TB) stream.Message {
	november := item.NewList("offers-ww-2026-11-r1", 1, at(t, "2026-11-01T00:00:00Z"), []item.Item{exampleOffer("300")})
	december := item.NewList("offers-ww-2026-12-r1", 1, at(t, "2026-12-01T00:00:00Z"), []item.Item{exampleOffer("500")})
	published := at(t, "2026-11-16T08:00:00Z")
	story := item.NewStory(item.Step{KnownAt: november.EffectiveAt, Sequence: 1, List: november})
	r := release.Release{
		ID: december.Release, Slot: release.Slot{List: release.Offers, Market: release.Worldwide, Month: effective.Month{Year: 2026, Month: time.December}},
		Revision: 1, State: release.Publishing, Kind: release.Full, EffectiveAt: december.EffectiveAt, PublishAt: published, PublishedAt: published,
		CreatedBy: "alice", SubmittedBy: "alice", ApprovedBy: "bob", Lines: 1, Predecessor: november.Release,
		Content: "0f3c5a7e9b1d2f4a6c8e0b3d5f7a9c1e2d4f6b8a0c3e5d7f9b1a4c6e8d0f2b5a",
		Notice:  release.Notice{Policy: "none", Days: 14}, Diff: listing.Counts{Changed: 1},
	}
	batch, _, err := ItemBatch(r, story.Tell(item.Step{KnownAt: published, Sequence: 2, List: december}, published))
	if err != nil || len(batch) != 2 {
		t.Fatal(len(batch), err)
	}
	return batch[0]
}
