package rate

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"slices"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
)

// survey is an observation put in order: its rows by identity, those that are equal side by side, each
// with the place of its identity in the ledger.
type survey struct {
	ledger     *Ledger
	obs        *Observation
	rows       []sight       // in order of key, digest
	bad        []Quarantined // in order of identity, digest; distinct; foreign ones excepted
	badEntries []int32       // places of the identities of bad
	groups     int           // identities that are not foreign, those of quarantined rows included
	any        bool          // there is an identity at all, foreign or not
	foreign    int
	content    [32]byte
	scope      uint32 // the number of the observation's scope, where the ledger has met it
	hasScope   bool
}

// sight is one row of the observation.
type sight struct {
	key    Key
	digest digest
	row    int32
	entry  int32 // place in the store, or unknown
	known  bool  // the row is all that is known of its identity
}

// digest is the start of the SHA-256 over a row.
type digest [16]byte

const unknown = -1

// survey reads an observation. Rows of another currency, with times that cannot be kept, or of two identities with one key are errors.
func (l *Ledger) survey(obs *Observation) (*survey, error) {
	s := &survey{ledger: l, obs: obs, rows: make([]sight, 0, len(obs.Rows))}
	s.scope, s.hasScope = l.store.texts.ids[obs.Scope]
	buf := make([]byte, 0, 1024)
	for i := range obs.Rows {
		r := &obs.Rows[i]
		if err := l.admits(i, r); err != nil {
			return nil, err
		}
		buf = s.sight(r, int32(i), buf)
	}
	slices.SortFunc(s.rows, func(a, b sight) int {
		if c := cmp.Compare(a.key, b.key); c != 0 {
			return c
		}
		return bytes.Compare(a.digest[:], b.digest[:])
	})
	s.sum()
	return s, s.count()
}

// sight adds a row; buf is room to work in. A row that is all that is known of its identity costs no SHA-256.
func (s *survey) sight(r *Row, i int32, buf []byte) []byte {
	st, v := &s.ledger.store, sight{row: i}
	if n, ok := st.find(&r.Identity); ok {
		v.key, v.entry, v.known = st.at(n).key, int32(n), st.says(st.at(n), r)
	} else { // a new identity, or one that find misses
		v.key = s.ledger.keyOf(r.Identity)
		v.entry = s.ledger.place(v.key)
	}
	if v.known {
		v.digest = st.at(uint32(v.entry)).digest
	} else {
		buf = appendRow(buf[:0], r)
		sum := sha256.Sum256(buf)
		v.digest = digest(sum[:])
	}
	s.rows = append(s.rows, v)
	return buf
}

// place returns where the state of a key lies in the store.
func (l *Ledger) place(key Key) int32 {
	if n, ok := l.store.index[key]; ok {
		return int32(n)
	}
	return unknown
}

func (l *Ledger) admits(i int, r *Row) error {
	if r.Currency != l.store.currency {
		return fault.New(fault.Invalid, "judge crawl: row %d is in %q, the crawl in %s", i+1, clip(r.Currency), l.store.currency)
	}
	if !storable(r.Effective.From) || (!r.Effective.To.IsZero() && !storable(r.Effective.To)) || r.Effective.Empty() {
		return fault.New(fault.Invalid, "judge crawl: row %d has a period that cannot be", i+1)
	}
	return nil
}

// sum makes the content hash, over the set of distinct rows and then that of quarantined ones.
func (s *survey) sum() {
	h := sha256.New()
	for i := range s.rows {
		if i == 0 || s.rows[i].digest != s.rows[i-1].digest {
			h.Write(s.rows[i].digest[:])
		}
	}
	h.Write([]byte{0}) // no digest is that short: what follows is of the quarantined rows
	s.bad = distinct(s.obs.Quarantined)
	for i := range s.bad {
		h.Write(s.bad[i].Digest[:])
	}
	h.Sum(s.content[:0])
}

// distinct returns quarantined rows in a fixed order, those that say the same once, with the smallest of their bytes.
func distinct(in []Quarantined) []Quarantined {
	out := slices.Clone(in)
	for i := range out {
		if out[i].Digest == ([32]byte{}) {
			out[i].Digest = sha256.Sum256(append(appendText(nil, out[i].Reason), out[i].Raw...))
		}
	}
	slices.SortFunc(out, func(a, b Quarantined) int {
		return cmp.Or(bytes.Compare(a.Digest[:], b.Digest[:]), bytes.Compare(a.Raw, b.Raw))
	})
	return slices.CompactFunc(out, func(a, b Quarantined) bool { return a.Digest == b.Digest })
}

// identities yields the rows of each identity, in order of their keys.
func (s *survey) identities() iter.Seq[[]sight] {
	return func(yield func([]sight) bool) {
		for i := 0; i < len(s.rows); {
			j := i + 1
			for j < len(s.rows) && s.rows[j].key == s.rows[i].key {
				j++
			}
			if !yield(s.rows[i:j]) {
				return
			}
			i = j
		}
	}
}

// count counts identities and foreign rows.
func (s *survey) count() error {
	for g := range s.identities() {
		first := &s.obs.Rows[g[0].row].Identity
		for _, v := range g[1:] {
			if s.obs.Rows[v.row].Identity != *first {
				return collision(g[0].key, *first, s.obs.Rows[v.row].Identity)
			}
		}
		if err := s.countIdentity(g[0].key, g[0].entry, first, variety(g)); err != nil {
			return err
		}
	}
	return s.countBad()
}

// countBad counts the identities of quarantined rows that no other row is of, and drops the rows that are foreign.
func (s *survey) countBad() error {
	seen := map[Key]*Identity{}
	kept := s.bad[:0]
	for i := range s.bad {
		q := s.bad[i]
		if !q.HasIdentity {
			kept = append(kept, q)
			continue
		}
		key := s.ledger.keyOf(q.Identity)
		entry := s.ledger.place(key)
		other := seen[key]
		if at, ok := s.find(key); ok {
			other = &s.obs.Rows[s.rows[at].row].Identity
		}
		switch {
		case other != nil && *other != q.Identity:
			return collision(key, *other, q.Identity)
		case other == nil:
			if err := s.countIdentity(key, entry, &q.Identity, 0); err != nil {
				return err
			}
		}
		seen[key] = &q.Identity
		if s.isForeign(entry) {
			s.foreign++
			continue
		}
		kept = append(kept, q)
		if entry != unknown {
			s.badEntries = append(s.badEntries, entry)
		}
	}
	s.bad = kept
	return nil
}

func (s *survey) countIdentity(key Key, entry int32, id *Identity, rows int) error {
	s.any = true
	if entry != unknown {
		if e := s.ledger.store.at(uint32(entry)); !s.ledger.store.is(e, id) {
			return collision(key, s.ledger.store.identity(e), *id)
		}
	}
	if s.isForeign(entry) {
		s.foreign += rows
		return nil
	}
	s.groups++
	return nil
}

// variety returns how many distinct rows an identity has.
func variety(g []sight) int {
	n := 1
	for i := 1; i < len(g); i++ {
		if g[i].digest != g[i-1].digest {
			n++
		}
	}
	return n
}

// find returns the first row with the key.
func (s *survey) find(key Key) (int, bool) {
	return slices.BinarySearchFunc(s.rows, key, func(v sight, key Key) int { return cmp.Compare(v.key, key) })
}

// isForeign reports whether another scope owns what is in the place.
func (s *survey) isForeign(entry int32) bool {
	if entry == unknown {
		return false
	}
	return !s.hasScope || s.ledger.store.at(uint32(entry)).scope != s.scope
}

func collision(key Key, a, b Identity) error {
	return fault.New(fault.Internal, "judge crawl: two identities have the key %s: %s and %s", key, a.describe(), b.describe())
}

// appendRow appends all that a row says, unambiguously.
func appendRow(b []byte, r *Row) []byte {
	b = r.appendCanonical(b)
	for _, text := range r.Attributes.list() {
		b = appendText(b, *text)
	}
	b = appendAmount(b, r.Price)
	b = binary.BigEndian.AppendUint64(b, uint64(toInstant(r.Effective.From)))
	b = binary.BigEndian.AppendUint64(b, uint64(toInstant(r.Effective.To)))
	for _, p := range r.SavingsPlans {
		b = appendAmount(appendText(b, p.Term), p.Price)
	}
	return b
}

func appendAmount(b []byte, d money.Decimal) []byte {
	hi, lo := d.Unscaled()
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, uint64(hi)), lo)
}
