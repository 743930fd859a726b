package rate

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Ending is what is known of a crawl after its rows.
type Ending struct {
	Finished   time.Time // when the last row had been read; the observation time for snapshots
	OfferTerms []OfferTerm
}

// Verdict is what the ledger decided about a crawl. What it changes is asked for piece by piece with Next; the ledger itself is changed
// by Apply only. One goroutine uses a verdict, but for Apply, which may run beside Next.
type Verdict struct {
	Record   Record // its Counts, Quarantined and Foreign grow with every Next
	Repeated bool   // already made; nothing is to be published

	survey  *Survey
	policy  Policy
	version uint64
	past    past

	slots    []uint32     // as known when it was judged, in order of their keys
	rows     []sight      // of all shards, in order of key, digest
	bad      []badSight   // in order of digest
	badKeys  []Key        // identities of bad rows, in order
	badTaken map[Key]bool // those of shards that are not refused; made when first needed
	refused  []bool       // by shard, from 1
	covering func(home uint32) uint32
	cursor   cursor
	buf      []byte // room to work in
}

// Taken reports whether the crawl was taken: neither refused nor already made.
func (v *Verdict) Taken() bool { return !v.Repeated && v.Record.Refused == "" }

// Judge decides what a crawl changes, and modifies nothing.
//
// Refusal comes first. A crawl of which nothing was read to its end, that is empty, or that has more than Policy.Shrink fewer identities than
// the scope's last complete one before it, is refused as a whole. Of several shards each is refused for itself, when it was not read to
// its end or when more than Policy.Shrink of what the last accepted crawl saw there is nowhere in this one. Then repetition: a crawl the
// scope already made, at any earlier time, changes nothing. Then order: any other crawl not later than the scope's last is an error of kind
// fault.Refused that names the last, of kind fault.Conflict where a person accepted it too late. Accepted lifts every refusal, for this
// crawl and for its repetitions, and named shards may then be of the time of the last crawl, which refused them; Partial lifts the refusal
// for shrinking.
//
// The outcome depends on the set of rows only, whatever their order, repetition or pages. Other errors: fault.Conflict when the ledger has
// met another crawl of the scope since the survey began, and fault.Internal for two identities with one key, which are never mixed up.
func (s *Survey) Judge(end Ending, policy Policy) (*Verdict, error) {
	if err := policy.Validate(); err != nil {
		return nil, err
	}
	l := s.ledger
	l.readSettled()
	defer l.mu.RUnlock()
	v := &Verdict{survey: s, policy: policy, version: l.version, slots: l.index.sorted, refused: make([]bool, len(s.shards)+1)}
	if err := v.gather(); err != nil {
		return nil, err
	}
	c := v.count()
	v.record(end, &c)
	sc, at := l.scopes[s.crawl.Scope], toInstant(s.crawl.At)
	content := v.content(end.OfferTerms)
	v.Record.Content = hex.EncodeToString(content[:])
	v.Record.ID = fmt.Sprintf("%s-%s-%s", s.crawl.Scope, s.crawl.At.Format("20060102T150405.999999999Z"), v.Record.Content[:12])
	made := sc.made(at, content)
	if !s.crawl.Accepted && (made == nil || !made.accepted) {
		v.Record.Refused = v.guard(sc, &c)
	}
	slices.SortFunc(v.Record.Shards, func(a, b ShardRecord) int { return cmp.Compare(a.Name, b.Name) })
	if v.Record.Refused != "" {
		return v, nil
	}
	if v.Repeated = made != nil; v.Repeated {
		return v, nil
	}
	if err := v.inTime(sc); err != nil {
		return nil, err
	}
	v.past = pastOf(&v.Record, content)
	v.covering = v.shardsByHome()
	return v, nil
}

// readSettled locks the ledger for reading when all slots are in order.
func (l *Ledger) readSettled() {
	for {
		l.mu.RLock()
		if len(l.index.recent) == 0 {
			return
		}
		l.mu.RUnlock()
		l.mu.Lock()
		l.index.settle()
		l.mu.Unlock()
	}
}

// inTime makes sure that the crawl is later than what the scope saw.
func (v *Verdict) inTime(sc *scope) error {
	s := v.survey
	at := toInstant(s.crawl.At)
	switch {
	case sc == nil:
		return nil
	case at < sc.last() || (at == sc.last() && !(s.crawl.Accepted && s.shards[0].name != "")): // shards that were refused belong to the last crawl
		return tooLate(&s.crawl, sc.last())
	case at < sc.begun: // never is before all times
		return tooLate(&s.crawl, sc.begun)
	case sc.last() != s.last:
		return fault.New(fault.Conflict, "judge crawl: %s was observed at %s while it was read", s.crawl.Scope, sc.last().time().Format(timeLayout))
	}
	return nil
}

// tooLate is the error for a crawl that is not later than what the scope saw.
func tooLate(c *Crawl, last instant) error {
	kind := fault.Refused
	if c.Accepted {
		kind = fault.Conflict
	}
	return fault.New(kind, "judge crawl: %s was already observed at %s, and this observation is of %s", c.Scope,
		last.time().Format(timeLayout), c.At.Format(timeLayout)).
		WithHint("observations of a scope go forward in time; use another scope, or leave out what is not later than %s", last.time().Format(timeLayout))
}

// timeLayout is RFC 3339 with as many decimals as needed.
const timeLayout = "2006-01-02T15:04:05.999999999Z07:00"

// gather puts the sights of all shards in order.
func (v *Verdict) gather() error {
	if len(v.survey.shards) == 0 {
		return fault.New(fault.Internal, "judge crawl: it has no shards")
	}
	for _, shard := range v.survey.shards {
		if !shard.ended {
			return fault.New(fault.Internal, "judge crawl: shard %s has not ended", shard.name)
		}
		v.rows = append(v.rows, shard.kept...)
		v.bad = append(v.bad, shard.bad...)
	}
	slices.SortFunc(v.rows, func(a, b sight) int {
		if c := cmp.Compare(a.key, b.key); c != 0 {
			return c
		}
		return cmp.Or(bytes.Compare(a.digest[:], b.digest[:]), cmp.Compare(a.shard, b.shard))
	})
	slices.SortFunc(v.bad, func(a, b badSight) int {
		return cmp.Or(bytes.Compare(a.digest[:], b.digest[:]), cmp.Compare(a.shard, b.shard))
	})
	return nil
}

// content makes the content hash: over the set of distinct rows in order of key and digest, that of quarantined ones, and the offer terms.
func (v *Verdict) content(terms []OfferTerm) (sum [32]byte) {
	h := sha256.New()
	var last digest
	first := true
	add := func(d *digest) {
		if first || *d != last {
			h.Write(d[:])
		}
		last, first = *d, false
	}
	rows := v.rows
	for _, n := range v.slots {
		if n >= uint32(len(v.survey.ticks)) || v.survey.ticks[n].Load() == 0 {
			continue
		}
		s := v.survey.ledger.index.at(n)
		for len(rows) > 0 && (rows[0].key < s.key || (rows[0].key == s.key && bytes.Compare(rows[0].digest[:], s.digest[:]) < 0)) {
			add(&rows[0].digest)
			rows = rows[1:]
		}
		add(&s.digest)
	}
	for i := range rows {
		add(&rows[i].digest)
	}
	h.Write([]byte{0}) // no digest is that short: what follows is of the quarantined rows
	for i := range v.bad {
		if i == 0 || v.bad[i].digest != v.bad[i-1].digest {
			h.Write(v.bad[i].digest[:])
		}
	}
	for i := range terms {
		h.Write(terms[i].appendTo(nil))
	}
	h.Sum(sum[:0])
	return sum
}

// record fills in what is known before anything is decided.
func (v *Verdict) record(end Ending, c *counts) {
	s := v.survey
	v.Record = Record{
		Source: s.crawl.Source, Scope: s.crawl.Scope, Currency: s.crawl.Currency, At: s.crawl.At, Finished: end.Finished,
		Identities: c.identities, Complete: true, Partial: s.crawl.Partial, Accepted: s.crawl.Accepted, OfferTerms: end.OfferTerms,
	}
	for i, shard := range s.shards {
		r := shard.record
		r.Identities = c.byShard[i+1]
		v.Record.Pages, v.Record.Rows = v.Record.Pages+r.Pages, v.Record.Rows+r.Rows
		v.Record.Traversals = max(v.Record.Traversals, r.Traversals)
		if !shard.complete && v.Record.Complete {
			v.Record.Complete, v.Record.Broken = false, shard.broken
		}
		if shard.name != "" {
			v.Record.Shards = append(v.Record.Shards, r)
		}
	}
}
