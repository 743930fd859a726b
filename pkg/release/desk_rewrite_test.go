package release_test

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
)

func TestWhatAListHasAnsweredIsNotRewritten(t *testing.T) {
	o := newOffice(t, release.DeskConfig{})
	o.now = at(t, "2026-10-20")
	first := o.published(list("US", "2026-11", "a b c"), 4)
	again := list("US", "2026-11", "a b=9 c")

	before := must(t)(o.Create(t.Context(), again, o.as("alice"))) // not in force yet: another revision is fine
	if before.Revision != 2 {
		t.Errorf("revision %d follows %s", before.Revision, first.ID)
	}
	must(t)(o.Reject(t.Context(), before.ID, o.late("bob", "not needed")))

	o.now = at(t, "2026-11-10")
	if r, err := o.Create(t.Context(), again, o.as("alice")); !fault.Is(err, fault.Refused) || fault.HintOf(err) == "" {
		t.Errorf("a list in force was rewritten from its beginning: %s, %v", r.ID, err)
	}
	again.EffectiveAt = at(t, "2026-11-15")
	if r, err := o.Create(t.Context(), again, o.as("alice")); err != nil || r.Revision != 3 {
		t.Errorf("mended from a later day on: %s, %v", r.ID, err)
	}
	if _, err := o.Create(t.Context(), list("GB", "2026-11", "a"), o.as("alice")); err != nil {
		t.Errorf("a market's first list may be late: %v", err)
	}
}
