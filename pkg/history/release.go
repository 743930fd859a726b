package history

import (
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/listing"
)

// Release is the manifest of a published release.
type Release struct {
	Position
	Release      string
	List         string
	Market       string // upper case
	Month        string
	Revision     int
	Kind         string
	EffectiveAt  time.Time
	PublishedAt  time.Time // when it became known; of a list of the past that was published late, when it should have
	Baseline     bool
	Predecessor  string
	Supersedes   string
	Corrects     string // the release it mends; empty when it mends none
	Backfilled   bool   // a list of the past, published late
	Reason       string // why it mends another, or came late
	NoticePolicy string
	NoticeDays   int
	NoticeShort  bool
	NoticeReason string
	Lines        int
	Changed      int // its price.changed or item.changed events: the release is visible when as many are kept
	Checksum     string
	Content      string
	Diff         listing.Counts
	CreatedBy    string
	ApprovedBy   string
}

// Withdrawal says that a release, or some lines of it, was taken back.
type Withdrawal struct {
	Position
	Release     string
	List        string
	Market      string // upper case
	Month       string
	Revision    int
	Withdrawal  int // its place among the release's withdrawals, from 1
	Whole       bool
	Lines       int       // how many lines were taken back; of the whole list when whole
	From        time.Time // what was taken back does not answer from here on
	Retroactive bool
	Reason      string
	WithdrawnBy string
	InForce     string // the release that is in force from then on instead; empty when none is
	Changed     int    // its price.changed or item.changed events: the withdrawal is visible when as many are kept
	Checksum    string
	KnownAt     time.Time
}

// Correction says that a release was mended by another one.
type Correction struct {
	Position
	Release     string // the one mended
	By          string // the one that mends
	List        string
	Market      string // upper case
	Month       string
	Revision    int
	Reason      string
	EffectiveAt time.Time // from when on the correction answers
	Retroactive bool
	KnownAt     time.Time
}

// Missing says that nothing was approved for a month although its publication was near.
type Missing struct {
	Position
	Release     string // id of the revision that was awaited
	List        string
	Market      string // upper case
	Month       string
	Revision    int
	PublishAt   time.Time
	EffectiveAt time.Time
	Days        int // whole days that were left until PublishAt
	NoticedAt   time.Time
}

// Effective says that a release has taken effect.
type Effective struct {
	Position
	Release     string
	List        string
	Market      string
	EffectiveAt time.Time
	Supersedes  string
}

// InForce returns which release of a list in a market is in force, by its id; empty when none is. The rows are all of that list and market
// that are there as a whole: of the releases known that have taken effect and are not withdrawn at the instant, the greatest counts.
func InForce(releases []Release, withdrawals []Withdrawal, asOf AsOf) string {
	at, known := asOf.At.UTC().Truncate(time.Millisecond), StoredKnown(asOf.KnownAt)
	type id struct{ stream, release string }
	withdrawn := map[id]time.Time{}
	for i := range withdrawals {
		w := &withdrawals[i]
		if !w.Whole || StoredKnown(w.KnownAt).After(known) {
			continue
		}
		of, from := id{w.Stream, w.Release}, StoredFrom(w.From)
		if former, ok := withdrawn[of]; !ok || from.Before(former) {
			withdrawn[of] = from
		}
	}
	var editions []listing.Edition
	for i := range releases {
		if r := &releases[i]; !StoredKnown(r.PublishedAt).After(known) {
			editions = append(editions, listing.Edition{
				Release: r.Release, Revision: r.Revision, EffectiveAt: StoredKnown(r.EffectiveAt), Withdrawn: withdrawn[id{r.Stream, r.Release}],
			})
		}
	}
	slices.SortFunc(editions, listing.Edition.Compare)
	if i := listing.InForce(editions, at); i >= 0 {
		return editions[i].Release
	}
	return ""
}
