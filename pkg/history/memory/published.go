package memory

import (
	"github.com/pricewire/pricewire/pkg/history"
)

// publication is what makes rows visible as a whole: a release, or the n-th withdrawal of one.
type publication struct {
	stream, release string
	withdrawal      int // 0: the release itself
}

// counts tells how many changes are kept of every publication. One that was told twice counts once.
func (s *Store) counts() map[publication]int {
	type change struct {
		publication
		n int
	}
	found := map[change]bool{}
	for _, c := range s.table(history.TableLicenseChanges).PriceChanges {
		found[change{publication{c.Stream, c.Release, c.Withdrawal}, c.N}] = true
	}
	for _, c := range s.table(history.TableItemChanges).ItemChanges {
		found[change{publication{c.Stream, c.Release, c.Withdrawal}, c.N}] = true
	}
	n := map[publication]int{}
	for c := range found {
		n[c.publication]++
	}
	return n
}

// visible are the releases that are there as a whole.
func (s *Store) visible() []history.Release {
	counts := s.counts()
	var whole []history.Release
	for _, r := range s.table(history.TableReleases).Releases {
		if counts[publication{r.Stream, r.Release, 0}] == r.Changed {
			whole = append(whole, r)
		}
	}
	return whole
}

// withdrawals are those that are there as a whole.
func (s *Store) withdrawals() []history.Withdrawal {
	counts := s.counts()
	var whole []history.Withdrawal
	for _, w := range s.table(history.TableWithdrawals).Withdrawals {
		if counts[publication{w.Stream, w.Release, w.Withdrawal}] == w.Changed {
			whole = append(whole, w)
		}
	}
	return whole
}

// whole are the publications that are there as a whole.
func (s *Store) whole() map[publication]bool {
	whole := map[publication]bool{}
	for _, r := range s.visible() {
		whole[publication{r.Stream, r.Release, 0}] = true
	}
	for _, w := range s.withdrawals() {
		whole[publication{w.Stream, w.Release, w.Withdrawal}] = true
	}
	return whole
}

// inForce names the release of a list in a market that is in force.
func (s *Store) inForce(list, market string, asOf history.AsOf) string {
	var releases []history.Release
	for _, r := range s.visible() {
		if r.List == list && r.Market == market {
			releases = append(releases, r)
		}
	}
	var withdrawals []history.Withdrawal
	for _, w := range s.withdrawals() {
		if w.List == list && w.Market == market {
			withdrawals = append(withdrawals, w)
		}
	}
	return history.InForce(releases, withdrawals, asOf)
}
