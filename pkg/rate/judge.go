package rate

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Judge decides what an observation changes, and modifies nothing: Apply takes the outcome over once it is published.
//
// Refusal comes first: a crawl that broke off, is empty, or has more than Policy.Shrink fewer identities than the scope's last complete
// one before it is refused, and its outcome holds the record alone. Then repetition: an observation the scope already made, at any
// earlier time, changes nothing. Then order: any other observation not later than the scope's last is an error of kind fault.Refused
// that names the last, of kind fault.Conflict where a person accepted the crawl too late. Accepted lifts every refusal, for this crawl
// and for its repetitions; Partial lifts the one for shrinking.
//
// The outcome depends on the set of rows only, whatever their order, repetition or pages. Other errors: fault.Invalid for an
// observation that cannot be one of this ledger, and fault.Internal for two identities with one key, which are never mixed up.
func (l *Ledger) Judge(obs Observation, policy Policy) (Outcome, error) {
	if err := l.check(&obs, policy); err != nil {
		return Outcome{}, err
	}
	obs.At = obs.At.UTC()
	s, err := l.survey(&obs)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Record: s.record()}
	sc, at := l.scopes[obs.Scope], toInstant(obs.At)
	made := sc.made(at)
	repeated := made != nil && made.content == s.content
	if !obs.Accepted && !(repeated && made.accepted) {
		if out.Record.Refused = s.refuse(sc, policy); out.Record.Refused != "" {
			return out, nil
		}
	}
	if repeated {
		out.Repeated = true
		return out, nil
	}
	if sc != nil && at <= sc.last() {
		return Outcome{}, tooLate(&obs, sc)
	}
	return out, s.decide(&out, policy)
}

func (l *Ledger) check(obs *Observation, policy Policy) error {
	switch {
	case obs.Scope == "":
		return fault.New(fault.Invalid, "judge crawl: it names no scope")
	case obs.Currency != l.store.currency:
		return fault.New(fault.Invalid, "judge crawl: it is in %q, the ledger in %s", clip(obs.Currency), l.store.currency)
	case !storable(obs.At):
		return fault.New(fault.Invalid, "judge crawl: it was made at %s, not within 1900 and 2261", obs.At)
	}
	return policy.Validate()
}

func tooLate(obs *Observation, sc *scope) error {
	kind := fault.Refused
	if obs.Accepted {
		kind = fault.Conflict
	}
	return fault.New(kind, "judge crawl: %s was already observed at %s, and this observation is of %s", obs.Scope,
		sc.last().time().Format(timeLayout), obs.At.UTC().Format(timeLayout)).
		WithHint("observations of a scope go forward in time; use another scope, or leave out what is not later than %s", sc.last().time().Format(timeLayout))
}

// timeLayout is RFC 3339 with as many decimals as needed.
const timeLayout = "2006-01-02T15:04:05.999999999Z07:00"

// record returns the record without what is decided about it.
func (s *survey) record() Record {
	o, content := s.obs, hex.EncodeToString(s.content[:])
	return Record{
		ID:     fmt.Sprintf("%s-%s-%s", o.Scope, o.At.UTC().Format("20060102T150405.999999999Z"), content[:12]),
		Source: o.Source, Scope: o.Scope, Currency: o.Currency, At: o.At, Finished: o.Finished, Pages: o.Pages,
		Rows: len(o.Rows) + len(o.Quarantined), Identities: s.groups,
		Complete: o.Complete, Broken: o.Broken, Partial: o.Partial, Accepted: o.Accepted, Content: content,
	}
}

// refuse says why nothing may be published from the crawl, nothing when all may.
func (s *survey) refuse(sc *scope, p Policy) string {
	if !s.obs.Complete {
		if s.obs.Broken == "" {
			return "incomplete"
		}
		return "incomplete: " + s.obs.Broken
	}
	if !s.any {
		return s.empty()
	}
	if base := sc.base(toInstant(s.obs.At)); base != nil && !s.obs.Partial && p.shrinks(s.groups, base.identities) {
		return fmt.Sprintf("shrunk: %d identities where the crawl of %s had %d", s.groups, base.at.time().Format(timeLayout), base.identities)
	}
	return ""
}

// empty says that a crawl names no identity, and why where it had rows all the same.
func (s *survey) empty() string {
	if len(s.obs.Quarantined) == 0 {
		return "empty"
	}
	first := s.obs.Quarantined[0]
	return fmt.Sprintf("empty: none of its %d rows can be read, the first because of %s: %s", len(s.obs.Quarantined), first.Reason, first.Detail)
}

// decide observes every identity and counts the absent ones.
func (s *survey) decide(out *Outcome, policy Policy) error {
	o, st := s.obs, &s.ledger.store
	out.next = &next{ledger: s.ledger, version: s.ledger.version, past: past{
		at: toInstant(o.At), content: s.content, identities: s.groups, whole: o.Complete && !o.Partial, accepted: o.Accepted,
	}}
	out.Quarantined = s.bad
	present := newPlaces(len(st.index))
	for _, entry := range s.badEntries {
		present.set(entry)
	}
	for g := range s.identities() {
		if s.isForeign(g[0].entry) {
			continue
		}
		if g[0].entry != unknown {
			present.set(g[0].entry)
		}
		if !g[0].known || variety(g) > 1 {
			s.observe(out, g)
		}
	}
	s.observeBad(out)
	if out.next.past.whole {
		s.absent(out, present, policy)
	}
	s.finish(out)
	return nil
}

// observe takes one identity further by its rows.
func (s *survey) observe(out *Outcome, g []sight) {
	rows := make([]Row, len(g))
	for i, v := range g {
		rows[i] = s.obs.Rows[v.row]
	}
	slices.SortFunc(rows, func(a, b Row) int { return compareRows(&a, &b) })
	kept, disagreeing := settle(rows)
	if len(disagreeing) > 0 {
		out.Quarantined = append(out.Quarantined, s.disagreements(g, disagreeing)...)
	}
	if g[0].entry == unknown && len(kept) == 0 {
		return // never seen, and still nothing known of it
	}
	k := Known{Identity: rows[0].Identity, Key: g[0].key, Scope: s.obs.Scope}
	if g[0].entry != unknown {
		k = s.ledger.store.unpack(uint32(g[0].entry))
	}
	absences := k.Absences
	if c, found := k.Observe(s.obs.At, kept); found {
		out.Changes = append(out.Changes, c)
	} else if absences == 0 {
		return
	}
	out.next.known = append(out.next.known, k)
}

// disagreements returns the rows of a group that start with one of those given, quarantined.
func (s *survey) disagreements(g []sight, disagreeing []Row) []Quarantined {
	var out []Quarantined
	for _, v := range g {
		r := &s.obs.Rows[v.row]
		if !slices.ContainsFunc(disagreeing, func(d Row) bool { return d.Effective.From.Equal(r.Effective.From) }) {
			continue
		}
		q := Quarantined{
			Reason: ReasonDisagreement, Identity: r.Identity, HasIdentity: true, Digest: sha256.Sum256(appendRow(nil, r)),
			Detail: "several rows start at " + r.Effective.From.Format(timeLayout) + " with different prices or ends; this one: " + r.saying(),
		}
		if s.obs.RowBytes != nil {
			q.Raw = s.obs.RowBytes(int(v.row))
		}
		out = append(out, q)
	}
	return out
}

// saying returns price and end for people.
func (r *Row) saying() string {
	if r.Effective.To.IsZero() {
		return r.Price.String() + " without end"
	}
	return r.Price.String() + " until " + r.Effective.To.Format(timeLayout)
}

// observeBad ends the absence of identities of which there are quarantined rows only.
func (s *survey) observeBad(out *Outcome) {
	slices.Sort(s.badEntries)
	for _, entry := range slices.Compact(s.badEntries) {
		e := s.ledger.store.at(uint32(entry))
		if e.absences == 0 {
			continue
		}
		if _, also := s.find(e.key); also {
			continue
		}
		k := s.ledger.store.unpack(uint32(entry))
		k.Observe(s.obs.At, nil)
		out.next.known = append(out.next.known, k)
	}
}

// absent counts the absence of what the scope owns and the crawl did not see.
func (s *survey) absent(out *Outcome, present places, policy Policy) {
	st := &s.ledger.store
	for n := range uint32(len(st.index)) {
		if present.has(n) || !s.hasScope || st.at(n).scope != s.scope {
			continue
		}
		k := st.unpack(n)
		before := k.Absences
		c, found := k.Absent(s.obs.At, policy)
		if found {
			out.Changes = append(out.Changes, c)
		}
		if found || k.Absences != before {
			out.next.known = append(out.next.known, k)
		}
	}
}

// finish puts the outcome in order and counts it.
func (s *survey) finish(out *Outcome) {
	slices.SortFunc(out.Changes, func(a, b Change) int { return cmp.Compare(a.Key, b.Key) })
	out.Quarantined = distinct(out.Quarantined)
	for i := range out.Changes {
		out.Record.Counts.add(&out.Changes[i])
	}
	out.Record.Quarantined, out.Record.Foreign = len(out.Quarantined), s.foreign
}

// places is a set of places in the store.
type places []uint64

func newPlaces(n int) places { return make(places, (n+63)/64) }

func (b places) set(n int32)       { b[n/64] |= 1 << (n % 64) }
func (b places) has(n uint32) bool { return b[n/64]&(1<<(n%64)) != 0 }
