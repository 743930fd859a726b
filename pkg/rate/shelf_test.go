package rate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
)

// shelved returns what a ledger knows, but for what depends on the order of its coming.
func shelved(l *Ledger) string {
	var b strings.Builder
	l.index.settle()
	_ = l.states(l.index.sorted, func(_ int, k Known) error {
		var e encoder
		e.known(&k)
		fmt.Fprintf(&b, "%s %q %d %s %s\n", k.Key, e.buf, k.Absences, k.AbsentSince, k.absentLast)
		return nil
	})
	for _, name := range l.Scopes() {
		fmt.Fprintf(&b, "%s %+v\n", name, l.scopes[name].pasts)
	}
	return b.String()
}

// fileOf returns the file of a ledger.
func fileOf(l *Ledger) *MemoryFile {
	f, _ := l.shelf.file.(*MemoryFile)
	return f
}

func diffKnown(a, b Known) string {
	return cmp.Diff(a, b, cmpopts.IgnoreUnexported(Known{}), cmpopts.EquateEmpty(), cmpopts.EquateComparable(money.Decimal{}))
}

// furnished returns a ledger that holds something of everything.
func furnished(t testing.TB) *Ledger {
	w := watch(t)
	w.policy.Shrink = 1
	plans := planned(SavingsPlan{"1 Year", price("0.3")}, SavingsPlan{"3 Years", price("0.2")})
	w.crawls("2026-01-10", with(row("0.5", "2026-01-01T00:00:00.0000001Z", "2026-03-01"), plans), rowOf("n", "1", "2025-01-01", ""), rowOf("gone", "1", "2025-01-01", ""))
	w.crawls("2026-01-11", with(row("0.6", "2026-01-11", ""), plans), row("0.7", "2026-06-01", "2026-07-01"), rowOf("future", "0", "2027-01-01", ""),
		with(rowOf("n", "1", "2025-01-01", ""), func(r *Row) { r.Tier = price("0.000000000000000001") }))
	w.crawls("2026-01-15", with(row("0.6", "2026-01-11", ""), plans))
	w.crawls("2026-01-16", with(row("0.6", "2026-01-11", ""), plans))
	w.crawls("2026-01-17T00:00:00.5Z", rowOf("absent", "99999999999999999999.999999999999999999", "2025-01-01", ""), row("0.6", "2026-01-11", ""))
	w.crawls("2026-01-18", row("0.6", "2026-01-11", ""))
	other := window("2026-01-01", rowOf("of other", "1", "2025-01-01", ""))
	other.Scope = "other"
	w.take(other)
	return w.l
}

func TestALedgerIsOpenedAsItWasLeft(t *testing.T) {
	for what, l := range map[string]*Ledger{"empty": watch(t).l, "furnished": furnished(t)} {
		opened, err := Open("USD", fileOf(l))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if opened.Len() != l.Len() || opened.Currency() != "USD" || fmt.Sprint(opened.index.absent) != fmt.Sprint(absentBy(l, opened)) {
			t.Errorf("%s: not the same ledger", what)
		}
		for n := range opened.index.count {
			s := opened.index.at(n)
			m, ok := l.index.find(s.key)
			if !ok {
				t.Fatalf("%s: %s is not known", what, s.key)
			}
			want := *l.index.at(m)
			if want.home, s.home = 0, 0; want != *s {
				t.Errorf("%s: slot of %s is %+v, want %+v", what, s.key, *s, want)
			}
			until, retired := opened.index.retired[n]
			if want, was := l.index.retired[m]; was != retired || until != want {
				t.Errorf("%s: %s is retired: %v", what, s.key, retired)
			}
		}
	}
}

// absentBy returns the absences of a ledger by the slots of another.
func absentBy(l, other *Ledger) map[uint32]absence {
	out := make(map[uint32]absence)
	for n, a := range l.index.absent {
		m, _ := other.index.find(l.index.at(n).key)
		out[m] = a
	}
	return out
}

func TestAFileOfAnotherIsRefused(t *testing.T) {
	if _, err := Open("EUR", fileOf(furnished(t))); !fault.Is(err, fault.Invalid) {
		t.Errorf("of another currency: %v", err)
	}
	other := &MemoryFile{MemorySpool{[]byte("something else altogether")}}
	if _, err := Open("USD", other); !fault.Is(err, fault.Invalid) || string(other.data) != "something else altogether" {
		t.Errorf("of another program: %v", err)
	}
}

// Whatever byte of a file is damaged and wherever it is cut off, it holds what the ledger knew at some time before.
func TestADamagedFileHoldsWhatWasKnownBefore(t *testing.T) {
	whole := fileOf(furnished(t)).data
	before := map[string]bool{}
	for at := int64(len(shelfHeader)); at <= int64(len(whole)); {
		before[shelved(opened(t, whole[:at]))] = true
		if at == int64(len(whole)) {
			break
		}
		at += batchHead + int64(binary.BigEndian.Uint32(whole[at:]))
	}
	if len(before) < 5 {
		t.Fatalf("%d states", len(before))
	}
	for n := len(shelfHeader); n < len(whole); n++ {
		bad := bytes.Clone(whole)
		bad[n] ^= 0x40
		if !before[shelved(opened(t, bad))] || !before[shelved(opened(t, whole[:n]))] {
			t.Fatalf("byte %d of %d", n, len(whole))
		}
	}
}

func opened(t *testing.T, data []byte) *Ledger {
	t.Helper()
	l, err := Open("USD", &MemoryFile{MemorySpool{bytes.Clone(data)}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAFileThatIsCutOffIsWrittenOnFromThere(t *testing.T) {
	l := furnished(t)
	whole := fileOf(l).data
	cut := opened(t, whole[:len(whole)-3])
	w := watcher{t, cut, DefaultPolicy()}
	w.crawls("2026-02-01", row("0.9", "2026-02-01", ""), rowOf("absent", "1", "2025-01-01", ""))
	if shelved(cut) != shelved(opened(t, fileOf(cut).data)) {
		t.Error("not the same ledger")
	}
}

func TestAWriteThatFailsEndsAllWriting(t *testing.T) {
	l := furnished(t)
	l.shelf.file = &fullFile{fileOf(l)}
	out, err := l.Judge(crawl("2026-02-01", row("0.9", "2026-02-01", ""), rowOf("absent", "1", "2025-01-01", "")), DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(out); !errors.Is(err, errFull) {
		t.Fatalf("%v", err)
	}
	if err := l.Keep(false, Entry{NotePrefix, []byte("1")}); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

var errFull = errors.New("no space left")

type fullFile struct{ *MemoryFile }

func (*fullFile) Write([]byte) (int, error) { return 0, errFull }

func TestAFileIsRewrittenWithoutWhatWasReplaced(t *testing.T) {
	l := furnished(t)
	if err := l.Keep(false, Entry{NotePrefix + "a", []byte("1")}, Entry{NotePrefix + "b", []byte("2")}); err != nil {
		t.Fatal(err)
	}
	if err := l.Keep(false, Entry{NotePrefix + "b", nil}); err != nil {
		t.Fatal(err)
	}
	before, size := shelved(l), len(fileOf(l).data)
	var to MemoryFile
	if err := l.Rewrite(&to, func() error { return errFull }); !errors.Is(err, errFull) || shelved(l) != before {
		t.Fatalf("a swap that fails: %v", err)
	}
	to = MemoryFile{}
	if err := l.Rewrite(&to, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	again := opened(t, to.data)
	if shelved(l) != before || shelved(again) != before || len(to.data) >= size || fileOf(l) != &to {
		t.Errorf("%d bytes, %d before", len(to.data), size)
	}
	if string(again.Note(NotePrefix+"a")) != "1" || len(again.Notes(NotePrefix)) != 1 {
		t.Errorf("%v", again.Notes(NotePrefix))
	}
}

func TestALedgerGoesOnFromItsShelfAsIfItHadNotStopped(t *testing.T) {
	l, again := furnished(t), furnished(t)
	opened, err := Open("USD", fileOf(again))
	if err != nil {
		t.Fatal(err)
	}
	a, b := watcher{t, l, DefaultPolicy()}, watcher{t, opened, DefaultPolicy()}
	for _, o := range []Observation{
		crawl("2026-01-18", row("0.6", "2026-01-11", "")), // repeated
		crawl("2026-01-21", row("0.6", "2026-01-11", ""), rowOf("gone", "1", "2025-01-01", "")),
		crawl("2027-01-21", row("0.8", "2026-01-11", ""), rowOf("future", "0", "2027-01-01", "")),
	} {
		same(t, o.At.String(), a.take(o), b.take(o))
	}
}
