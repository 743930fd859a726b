package rate

import (
	"cmp"
	"fmt"
	"slices"
)

// counts are how many identities a crawl named.
type counts struct {
	identities int   // those of foreign rows excepted
	byShard    []int // from 1; an identity counts for the first shard that found it
	any        bool  // there is an identity at all, foreign or not
	present    places
}

// count counts identities and notes which slots are present.
func (v *Verdict) count() counts {
	s := v.survey
	x := &s.ledger.index
	c := counts{byShard: make([]int, len(s.shards)+1), present: newPlaces(int(x.count))}
	found := func(n uint32, ok bool, shard uint32) {
		c.any = true
		switch {
		case ok && !s.owns(n):
			return
		case ok && c.present.has(n):
			return
		case ok:
			c.present.set(n)
		}
		c.identities++
		c.byShard[shard]++
	}
	for n := range s.ticks {
		if t := s.ticks[n].Load(); t != 0 {
			found(uint32(n), true, t>>8)
		}
	}
	for g := range identities(v.rows) {
		n, ok := x.find(g[0].key)
		first := g[0].shard
		for i := range g {
			first = min(first, g[i].shard)
		}
		found(n, ok, first)
	}
	v.countBad(found)
	return c
}

// countBad counts the identities that have bad rows only.
func (v *Verdict) countBad(found func(n uint32, ok bool, shard uint32)) {
	byKey := slices.Clone(v.bad)
	slices.SortFunc(byKey, func(a, b badSight) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.shard, b.shard)) })
	for i := range byKey {
		b := &byKey[i]
		if !b.whole || (i > 0 && byKey[i-1].whole && byKey[i-1].key == b.key) {
			continue
		}
		v.badKeys = append(v.badKeys, b.key)
		if _, also := slices.BinarySearchFunc(v.rows, b.key, func(r sight, key Key) int { return cmp.Compare(r.key, key) }); also {
			continue
		}
		n, ok := v.survey.ledger.index.find(b.key)
		found(n, ok, b.shard)
	}
}

// guard says why nothing may be published from the crawl, nothing when some may; it notes which shards are refused.
func (v *Verdict) guard(sc *scope, c *counts) string {
	s := v.survey
	alive := v.alive(c)
	reasons, taken := make([]string, len(s.shards)+1), false
	for i, shard := range s.shards {
		n := i + 1
		reasons[n] = v.guardShard(shard, alive[n])
		v.refused[n] = reasons[n] != ""
		taken = taken || !v.refused[n]
	}
	broken := s.firstBroken()
	switch {
	case !taken && broken != nil:
		return broken.incomplete()
	case !c.any:
		return v.empty()
	}
	if base := sc.base(toInstant(s.crawl.At)); base != nil && !s.crawl.Partial {
		n := c.identities
		for i, shard := range s.shards {
			if shard.incomplete() != "" { // what lies there is not known to be missing
				n += alive[i+1].missing
			}
		}
		if v.policy.shrinks(n, base.identities) {
			return fmt.Sprintf("shrunk: %d identities where the crawl of %s had %d", c.identities, base.at.time().Format(timeLayout), base.identities)
		}
	}
	if !taken {
		return "every shard was refused, the first because it " + reasons[1]
	}
	for i := range v.Record.Shards {
		v.Record.Shards[i].Refused = reasons[i+1]
	}
	return ""
}

// living is what the last accepted crawl saw of a shard.
type living struct {
	all     int
	missing int // of them, nowhere in this crawl
}

// alive counts, a shard, the identities that are neither retired nor absent.
func (v *Verdict) alive(c *counts) []living {
	s := v.survey
	x := &s.ledger.index
	out := make([]living, len(s.shards)+1)
	shards := v.shardsByHome()
	for n := range x.count {
		if !s.owns(n) {
			continue
		}
		if _, retired := x.retired[n]; retired {
			continue
		}
		if _, absent := x.absent[n]; absent {
			continue
		}
		at := &out[shards(x.at(n).home)]
		at.all++
		if !c.present.has(n) {
			at.missing++
		}
	}
	return out
}

// shardsByHome returns a function from homes to the first shard that covers them, 0 for none.
func (v *Verdict) shardsByHome() func(id uint32) uint32 {
	homes := &v.survey.ledger.index.homes
	known := map[uint32]uint32{}
	return func(id uint32) uint32 {
		shard, ok := known[id]
		if !ok {
			g := homes.all[id].group
			if g == (group{}) && len(v.survey.shards) > 1 { // nothing tells where such a rate belongs
				return 0
			}
			i := slices.IndexFunc(v.survey.shards, func(s *Shard) bool { return s.covers(g.family, g.region) })
			shard = uint32(i + 1)
			known[id] = shard
		}
		return shard
	}
}

// shardFloor is how many identities a shard may lose whatever its size: the share of a small one says little.
const shardFloor = 20

// guardShard says why nothing may be taken from a shard. A catalogue that is read as a whole is measured by what its last crawl named, not
// here.
func (v *Verdict) guardShard(shard *Shard, l living) string {
	if reason := shard.incomplete(); reason != "" {
		return reason
	}
	if v.survey.crawl.Partial || shard.name == "" || l.missing <= shardFloor || !v.policy.shrinks(l.all-l.missing, l.all) {
		return ""
	}
	return fmt.Sprintf("shrunk: %d of the %d identities of the last accepted crawl are missing", l.missing, l.all)
}

// incomplete says that a shard was not read to its end, nothing when it was.
func (s *Shard) incomplete() string {
	switch {
	case s.complete:
		return ""
	case s.broken == "":
		return "incomplete"
	}
	return "incomplete: " + s.broken
}

func (s *Survey) firstBroken() *Shard {
	i := slices.IndexFunc(s.shards, func(s *Shard) bool { return !s.complete })
	if i < 0 {
		return nil
	}
	return s.shards[i]
}

// empty says that a crawl names no identity, and why where it had rows all the same.
func (v *Verdict) empty() string {
	if len(v.bad) == 0 {
		return "empty"
	}
	rows := 0
	for _, s := range v.survey.shards {
		rows += s.record.Rows
	}
	first, err := v.readBad(&v.bad[0])
	if err != nil {
		return fmt.Sprintf("empty: none of its %d rows can be read", rows)
	}
	return fmt.Sprintf("empty: none of its %d rows can be read, one because of %s: %s", rows, first.Reason, first.Detail)
}

// places is a set of slots.
type places []uint64

func newPlaces(n int) places { return make(places, (n+63)/64) }

func (b places) set(n uint32)      { b[n/64] |= 1 << (n % 64) }
func (b places) has(n uint32) bool { return b[n/64]&(1<<(n%64)) != 0 }
