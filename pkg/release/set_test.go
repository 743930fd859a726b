package release_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/release"
)

func members(month string, sheets ...string) []release.Member {
	var all []release.Member
	for _, s := range sheets {
		market, products, _ := strings.Cut(s, ": ")
		all = append(all, release.Member{File: market + ".csv", CreateInput: list(market, month, products)})
	}
	return all
}

func stand(releases []release.Release) string {
	var all []string
	for _, r := range releases {
		all = append(all, r.Slot.Market+" "+string(r.State))
	}
	return strings.Join(all, ", ")
}

func TestASetIsMadeSubmittedAndApprovedAsOneAndEachReleaseStaysItsOwn(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	made, err := o.CreateSet(t.Context(), "december", members("2026-12", "US: a b", "FR: a b", "DE: a b"), o.as("alice"))
	if err != nil || stand(made) != "DE draft, FR draft, US draft" {
		t.Fatalf("%s, %v", stand(made), err)
	}
	if again, err := o.CreateSet(t.Context(), "december", members("2026-12", "US: a b", "FR: a b", "DE: a b"), o.as("alice")); err != nil || len(again) != 3 || again[0].Version != made[0].Version {
		t.Errorf("made again: %s, %v", stand(again), err)
	}
	if moved, err := o.SubmitSet(t.Context(), "december", o.as("alice")); err != nil || stand(moved) != "DE in_review, FR in_review, US in_review" {
		t.Errorf("submitted: %s, %v", stand(moved), err)
	}
	if _, err := o.ApproveSet(t.Context(), "december", o.as("alice")); !fault.Is(err, fault.Refused) {
		t.Errorf("approved by the author: %v", err)
	}
	must(t)(o.Reject(t.Context(), "license-de-2026-12-r1", o.late("bob", "not this one")))
	if moved, err := o.ApproveSet(t.Context(), "december", o.as("bob")); err != nil || stand(moved) != "DE rejected, FR approved, US approved" {
		t.Errorf("approved: %s, %v", stand(moved), err)
	}
	if _, err := o.ApproveSet(t.Context(), "december", o.as("bob")); !fault.Is(err, fault.Conflict) {
		t.Errorf("approved again: %v", err)
	}
	if _, err := o.Set(t.Context(), "january"); !fault.Is(err, fault.NotFound) {
		t.Errorf("another set: %v", err)
	}
}

func TestOfASetWithOneWrongSheetNothingIsMade(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	wrong := members("2026-12", "US: a b", "FR: a a=2", "US: c")
	_, err := o.CreateSet(t.Context(), "december", wrong, o.as("alice"))
	if !fault.Is(err, fault.Invalid) {
		t.Fatalf("made: %v", err)
	}
	var where []string
	for _, p := range fault.PlacesOf(err) {
		where = append(where, p.Where)
	}
	if got := strings.Join(where, "; "); !strings.Contains(got, "FR.csv, row 3") || !strings.Contains(got, "US.csv") {
		t.Errorf("wrong places: %s", got)
	}
	if all, err := o.store.List(t.Context(), release.Filter{}); err != nil || len(all) != 0 {
		t.Errorf("%d drafts were made, %v", len(all), err)
	}
	for _, name := range []string{"", "December", "a b", strings.Repeat("x", 41)} {
		if _, err := o.CreateSet(t.Context(), name, members("2026-12", "US: a"), o.as("alice")); !fault.Is(err, fault.Invalid) {
			t.Errorf("a set named %q: %v", name, err)
		}
	}
}

func TestTheOddOneOutOfASetIsShown(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	for _, market := range []string{"US", "FR", "DE", "GB"} {
		o.public(list(market, "2026-11", "a=100 b=100 c=100"))
	}
	_, err := o.CreateSet(t.Context(), "december", members("2026-12",
		"US: a=110 b=105 c=100", "FR: a=110 b=105 c=100", "DE: a=90 b=105 c=100", "GB: a=110 c=100"), o.as("alice"))
	if err != nil {
		t.Fatal(err)
	}
	review, err := o.ReviewSet(t.Context(), "december", o.now)
	if err != nil || len(review.Releases) != 4 {
		t.Fatalf("%d releases, %v", len(review.Releases), err)
	}
	var said []string
	for _, x := range review.Odd {
		percent, usual := "-", "-"
		if x.Percent != nil {
			percent = x.Percent.String()
		}
		if x.UsualBy != nil {
			usual = x.UsualBy.String()
		}
		said = append(said, fmt.Sprintf("%s %s %s %s: %s %s of %d/%d", x.Identity.Product, x.Identity.Market, x.Change, percent, x.Usual, usual, x.Others, x.Of))
	}
	want := []string{
		fmt.Sprintf("a DE %s -10: %s 10 of 3/4", listing.PriceChanged, listing.PriceChanged),
		fmt.Sprintf("b GB %s -: %s 5 of 3/4", listing.Removed, listing.PriceChanged),
	}
	if d := cmp.Diff(want, said); d != "" {
		t.Errorf("odd (-want +got):\n%s", d)
	}
}

func TestEachReleaseOfASetTakesTheAcknowledgementsThatItNeeds(t *testing.T) {
	o := newOffice(t, release.DeskConfig{MovePercent: 10})
	o.public(list("US", "2026-11", "a=100"))
	if _, err := o.CreateSet(t.Context(), "december", members("2026-12", "US: a=200", "FR: a=1"), o.as("alice")); err != nil {
		t.Fatal(err)
	}
	if _, err := o.SubmitSet(t.Context(), "december", o.as("alice")); err != nil {
		t.Fatal(err)
	}
	if _, err := o.ApproveSet(t.Context(), "december", o.as("bob")); !fault.Is(err, fault.Refused) || !strings.Contains(fault.HintOf(err), "price-moved") {
		t.Errorf("without: %v, hint %q", err, fault.HintOf(err))
	}
	moved, err := o.ApproveSet(t.Context(), "december", o.as("bob"), "price-moved")
	if err != nil || len(moved[0].Acknowledged) != 0 || len(moved[1].Acknowledged) != 1 {
		t.Errorf("%s, %v", stand(moved), err)
	}
}
