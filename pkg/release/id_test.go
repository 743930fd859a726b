package release_test

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/release/releasetest"
)

func TestIDsReadBackAndNothingElseReads(t *testing.T) {
	slot := release.Slot{List: "license", Market: "US", Month: effective.Month{Year: 2026, Month: 12}}
	if id := release.FormatID(slot, 1); id != "license-us-2026-12-r1" {
		t.Errorf("formatted as %s", id)
	}
	got, revision, err := release.ParseID("license-us-2026-12-r12")
	if err != nil || got != slot || revision != 12 {
		t.Errorf("parsed as %+v, %d, %v", got, revision, err)
	}
	for _, id := range []string{
		"", "license", "license-us-2026-12", "license-US-2026-12-r1", "license-us-2026-00-r1", "license-us-2026-13-r1", "license-us-2026-12-r0",
		"license-us-2026-12-r01", "license-us-2026-12-r10000", "license-us-2026-12-r1\n", "license-usa-2026-12-r1", "Lizenz-us-2026-12-r1",
	} {
		if _, _, err := release.ParseID(id); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestASlotHasOneOpenRevision(t *testing.T) {
	slot := in(t, release.Draft).Slot
	for _, s := range states {
		next, err := release.NextRevision(slot, []release.Release{in(t, s), releasetest.Draft(t, "CA", "2026-12", 5), releasetest.Draft(t, "US", "2027-01", 7)})
		if s.Open() {
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("beside one that is %s: %d, %v", s, next, err)
			}
		} else if err != nil || next != 2 {
			t.Errorf("beside one that is %s: %d, %v", s, next, err)
		}
	}
	r := in(t, release.Rejected)
	r.Revision = 9999
	if _, err := release.NextRevision(slot, []release.Release{r}); !fault.Is(err, fault.Refused) {
		t.Errorf("after the last revision: %v", err)
	}
}
