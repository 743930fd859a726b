package release

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
)

// maxRevision bounds revisions so that an id has a bounded length.
const maxRevision = 9999

var idPattern = regexp.MustCompile(`^([a-z]{1,20})-([a-z]{2})-([0-9]{4}-[0-9]{2})-r([1-9][0-9]{0,3})$`)

// FormatID returns the id of a slot's revision: license-us-2026-12-r1.
func FormatID(slot Slot, revision int) string { return slot.String() + "-r" + strconv.Itoa(revision) }

// ParseID reads an id; an invalid fault when it is none.
func ParseID(id string) (Slot, int, error) {
	parts := idPattern.FindStringSubmatch(id)
	if parts == nil {
		return Slot{}, 0, badID(id)
	}
	month, err := effective.ParseMonth(parts[3])
	if err != nil {
		return Slot{}, 0, badID(id)
	}
	revision, err := strconv.Atoi(parts[4])
	if err != nil {
		return Slot{}, 0, badID(id)
	}
	return Slot{List: parts[1], Market: strings.ToUpper(parts[2]), Month: month}, revision, nil
}

func badID(id string) error {
	if len(id) > 64 {
		id = id[:64]
	}
	return fault.New(fault.Invalid, "%q is not a release id", id).
		WithHint("a release id is <list>-<market>-<YYYY-MM>-r<revision>, such as license-us-2026-12-r1").
		WithPlaces(fault.Place{Where: "id", Problem: "not a release id"})
}

// String returns the slot as the beginning of its releases' ids: license-us-2026-12.
func (s Slot) String() string {
	return s.List + "-" + strings.ToLower(s.Market) + "-" + s.Month.String()
}

// NextRevision returns the number of a slot's next revision, given all releases of its list and market. A conflict fault when a
// revision is still open.
func NextRevision(slot Slot, releases []Release) (int, error) {
	next := 1
	for i := range releases {
		r := &releases[i]
		if r.Slot != slot {
			continue
		}
		if r.State.Open() {
			return 0, fault.New(fault.Conflict, "%s is open: it is %s", r.ID, r.State.ForPeople()).
				WithHint("a list, market and month has one open revision; reject it first: pricewire release reject %s --reason …", r.ID)
		}
		next = max(next, r.Revision+1)
	}
	if next > maxRevision {
		return 0, fault.New(fault.Refused, "%s has had %d revisions, the most there may be", slot, maxRevision)
	}
	return next, nil
}
