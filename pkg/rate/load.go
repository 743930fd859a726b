package rate

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Load reads what Save wrote and nothing behind it. A file that is damaged, cut off or of another version is an error of kind
// fault.Invalid, never another state.
func Load(r io.Reader) (*Ledger, error) {
	l, err := load(r)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fault.New(fault.Invalid, "load ledger: %w", err).WithHint("delete the file: its state can be replayed from the stream")
	}
	return l, nil
}

func load(r io.Reader) (*Ledger, error) {
	frames, err := newFrameReader(r)
	if err != nil {
		return nil, err
	}
	d := &loader{frames: frames}
	d.head()
	d.texts()
	d.scopes()
	d.entries()
	d.end()
	return d.l, d.err
}

// loader decodes items. After the first error every read returns zeros.
type loader struct {
	frames *frameReader
	buf    []byte // what is left of the frame
	err    error
	l      *Ledger
	count  uint64 // of texts
}

func (d *loader) fail() {
	if d.err == nil {
		d.err = errCorrupt
	}
}

// item makes sure that there is something left to decode, from the next frame if need be. Items do not cross frames.
func (d *loader) item() bool {
	if d.err == nil && len(d.buf) == 0 {
		d.buf, d.err = d.frames.next()
		if d.err == nil && len(d.buf) == 0 {
			d.fail()
		}
	}
	return d.err == nil
}

func (d *loader) get() uint64 {
	v, n := binary.Uvarint(d.buf)
	if d.err != nil || n <= 0 {
		d.fail()
		return 0
	}
	d.buf = d.buf[n:]
	return v
}

func (d *loader) bytes(n uint64) []byte {
	if d.err != nil || n > uint64(len(d.buf)) {
		d.fail()
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

func (d *loader) text() string { return string(d.bytes(d.get())) }

func (d *loader) amount() amount {
	a := amount{d.get(), d.get()}
	return a
}

func (d *loader) flags() (flags [4]bool) {
	b := d.bytes(1)
	if d.err != nil {
		return flags
	}
	for i := range flags {
		flags[i] = b[0]&(1<<i) != 0
	}
	return flags
}

func (d *loader) instant() instant {
	v := d.get()
	if v == 0 {
		return never
	}
	v--
	seconds := int64(v>>2) ^ -int64(v>>1&1)
	if seconds < firstSecond || seconds >= lastSecond {
		d.fail()
		return never
	}
	i := instant(seconds * 1e9)
	if v&1 == 1 {
		nanos := d.get()
		if nanos >= 1e9 {
			d.fail()
		}
		i += instant(nanos)
	}
	return i
}

func (d *loader) head() {
	if !d.item() {
		return
	}
	currency := d.text()
	d.count = d.get()
	if d.err != nil || len(d.buf) > 0 {
		d.fail()
		return
	}
	d.l, d.err = NewLedger(currency)
}

// texts reads the frames of texts. Each becomes one string of which the texts are parts.
func (d *loader) texts() {
	if d.err != nil {
		return
	}
	t := &d.l.store.texts
	for uint64(len(t.values)) < d.count && d.item() {
		frame := string(d.buf)
		for len(d.buf) > 0 && d.err == nil {
			n := d.get()
			start := len(frame) - len(d.buf)
			if d.bytes(n); d.err == nil {
				t.values = append(t.values, frame[start:start+int(n)])
			}
		}
	}
	if d.err == nil && uint64(len(t.values)) != d.count {
		d.fail()
	}
	t.ids = make(map[string]uint32, len(t.values))
	for i, v := range t.values {
		t.ids[v] = uint32(i)
	}
	if len(t.ids) != len(t.values) {
		d.fail()
	}
}

func (d *loader) scopes() {
	if !d.item() {
		return
	}
	for range d.get() {
		if !d.item() {
			return
		}
		name := d.text()
		last := never
		for range d.get() {
			if !d.item() {
				return
			}
			p := past{at: d.instant()}
			copy(p.content[:], d.bytes(uint64(len(p.content))))
			p.identities = int(d.get())
			f := d.flags()
			p.whole, p.accepted = f[0], f[1]
			if d.err != nil || p.at <= last {
				d.fail()
				return
			}
			last = p.at
			d.l.remember(name, p)
		}
	}
}

func (d *loader) entries() {
	if !d.item() {
		return
	}
	count := d.get()
	d.l.store.index, d.l.store.quick = make(map[Key]uint32, min(count, 1<<24)), make(map[uint64]uint32, min(count, 1<<24))
	last := Key(0)
	for n := range count {
		if !d.item() {
			return
		}
		key := d.bytes(8)
		if d.err != nil {
			return
		}
		k := Key(binary.BigEndian.Uint64(key))
		if n > 0 && k <= last {
			d.fail()
			return
		}
		last = k
		e := d.l.store.place(k)
		if d.entry(e); d.err == nil {
			d.l.store.quicken(e)
		}
	}
}

func (d *loader) entry(e *entry) {
	st := &d.l.store
	for _, n := range [...]*uint32{&e.list, &e.meter, &e.sku, &e.class, &e.term, &e.scope, &e.region} {
		*n = d.ref()
	}
	e.tier = st.tiers.id(d.amount().decimal())
	f := d.flags()
	e.retired, e.hasRow = f[0], f[1]
	plain := f[2]
	if plain && !e.hasRow {
		d.fail()
	}
	if f[3] {
		e.absences = uint32(d.get())
		e.absentSince = d.instant()
	} else {
		e.absentSince = never
	}
	if e.hasRow {
		d.row(e)
	}
	if !plain {
		d.belief(e)
	}
}

// ref reads the number of a text.
func (d *loader) ref() uint32 {
	n := d.get()
	if n >= d.count {
		d.fail()
		return 0
	}
	return uint32(n)
}

func (d *loader) row(e *entry) {
	for i := range e.attributes {
		e.attributes[i] = d.ref()
	}
	e.price = d.amount()
	e.from, e.to = d.instant(), d.instant()
	copy(e.digest[:], d.bytes(uint64(len(e.digest))))
	var plans []SavingsPlan
	for range d.get() {
		if d.err != nil {
			return
		}
		plans = append(plans, SavingsPlan{Term: d.text(), Price: d.amount().decimal()})
	}
	e.plans = d.l.store.plansID(plans)
}

func (d *loader) belief(e *entry) {
	var segments []segment
	for range d.get() {
		if d.err != nil {
			return
		}
		segments = append(segments, segment{d.instant(), d.instant(), d.instant(), d.amount()})
	}
	e.belief = d.l.store.beliefPlace()
	d.l.store.beliefs[e.belief] = segments
}

// end makes sure that nothing is left.
func (d *loader) end() {
	if d.err != nil {
		return
	}
	if len(d.buf) > 0 {
		d.fail()
		return
	}
	if d.buf, d.err = d.frames.next(); len(d.buf) > 0 {
		d.fail()
	}
}
