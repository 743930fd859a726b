package rate

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
)

// index is what a ledger holds in memory of its identities: enough to tell whether a row is all that is known. It is about 80 bytes an
// identity, and holds no pointers for the collector to follow. A slot is an identity's place in it; it stays the same until the ledger is
// opened anew.
type index struct {
	chunks [][]slot          // of chunkLen each, so that growing copies nothing
	count  uint32            // of slots
	byRaw  map[uint64]uint32 // slots by the first half of the sum over a row's bytes; whoever finds one checks the whole
	sorted []uint32          // slots in order of their keys, but for recent ones
	recent map[Key]uint32
	absent map[uint32]absence // of the slots that are absent now
	// retired has the slots that are retired, and until when something is believed of them: longer than now only where it was announced
	// since.
	retired map[uint32]instant
	homes   homes
}

const chunkLen = 1 << 13

// slot is what the index has of one identity.
type slot struct {
	key    Key
	digest digest // of the row that alone is known now; zero when it is not simple
	raw    rawSum // of the bytes that the row was last read from; zero when that is not known
	state  spot   // where the state lies
	home   uint32 // number of scope and group
	simple bool   // seeing that row alone changes nothing
}

// digest is the start of the SHA-256 over what a row says.
type digest [16]byte

// rawSum is the start of the SHA-256 over the bytes of a row: two halves.
type rawSum [2]uint64

func sumOf(raw []byte) rawSum {
	sum := sha256.Sum256(raw)
	return rawSum{binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])}
}

// absence is how an identity has been missing.
type absence struct {
	count       int
	since, last instant // the first and the last crawl without it
}

// group is where in a catalogue a rate is found: what shards are made of.
type group struct{ family, region string }

func groupOf(r *Row) group { return group{r.ServiceFamily, r.ARMRegionName} }

// home is the scope that owns a rate, and its group.
type home struct {
	scope string
	group group
}

// homes numbers homes in the order in which they come.
type homes struct {
	all []home
	ids map[home]uint32
}

func (h *homes) id(v home) uint32 {
	if id, ok := h.ids[v]; ok {
		return id
	}
	if h.ids == nil {
		h.ids = make(map[home]uint32)
	}
	id := uint32(len(h.all))
	h.all, h.ids[v] = append(h.all, v), id
	return id
}

// names numbers texts in the order in which they come.
type names struct {
	texts []string
	ids   map[string]uint32
	fresh int // how many of them have been written
}

func (n *names) id(s string) uint32 {
	if id, ok := n.ids[s]; ok {
		return id
	}
	if n.ids == nil {
		n.ids = make(map[string]uint32)
	}
	s = strings.Clone(s)
	id := uint32(len(n.texts))
	n.texts, n.ids[s] = append(n.texts, s), id
	return id
}

func newIndex() index {
	return index{byRaw: make(map[uint64]uint32), recent: make(map[Key]uint32), absent: make(map[uint32]absence), retired: make(map[uint32]instant)}
}

func (x *index) at(n uint32) *slot { return &x.chunks[n/chunkLen][n%chunkLen] }

// add makes a slot for a key that has none.
func (x *index) add(key Key) uint32 {
	n := x.count
	if n%chunkLen == 0 {
		x.chunks = append(x.chunks, make([]slot, chunkLen))
	}
	if x.behind(key) {
		x.sorted = append(x.sorted, n)
	} else {
		x.recent[key] = n
	}
	x.count++
	x.at(n).key = key
	return n
}

// setRaw notes the sum of the bytes that the row of a slot was read from, zero when that is not known.
func (x *index) setRaw(n uint32, raw rawSum) {
	s := x.at(n)
	if old := s.raw; old != raw && x.byRaw[old[0]] == n {
		delete(x.byRaw, old[0])
	}
	if s.raw = raw; raw != (rawSum{}) {
		x.byRaw[raw[0]] = n
	}
}

// match returns the slot of which a row of these bytes is all that is known.
func (x *index) match(sum rawSum) (uint32, bool) {
	n, ok := x.byRaw[sum[0]]
	if !ok {
		return 0, false
	}
	s := x.at(n)
	return n, s.simple && s.raw == sum
}

// behind reports whether a key is behind all others, which tells without a search that it has no slot: states are written in order of their keys.
func (x *index) behind(key Key) bool {
	n := len(x.sorted)
	return len(x.recent) == 0 && (n == 0 || x.at(x.sorted[n-1]).key < key)
}

func (x *index) find(key Key) (uint32, bool) {
	if n, ok := x.recent[key]; ok {
		return n, true
	}
	i, ok := slices.BinarySearchFunc(x.sorted, key, func(n uint32, key Key) int { return cmp.Compare(x.at(n).key, key) })
	if !ok {
		return 0, false
	}
	return x.sorted[i], true
}

// settle puts recent slots in order among the others.
func (x *index) settle() {
	if len(x.recent) == 0 {
		return
	}
	late := make([]uint32, 0, len(x.recent))
	for _, n := range x.recent {
		late = append(late, n)
	}
	byKey := func(a, b uint32) int { return cmp.Compare(x.at(a).key, x.at(b).key) }
	slices.SortFunc(late, byKey)
	merged := make([]uint32, 0, len(x.sorted)+len(late))
	early := x.sorted
	for len(early) > 0 && len(late) > 0 {
		if byKey(early[0], late[0]) < 0 {
			merged, early = append(merged, early[0]), early[1:]
		} else {
			merged, late = append(merged, late[0]), late[1:]
		}
	}
	x.sorted = append(append(merged, early...), late...)
	x.recent = make(map[Key]uint32)
}
