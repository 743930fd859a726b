package rate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

func saved(t testing.TB, l *Ledger) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := l.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
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

func TestALedgerIsLoadedAsItWasSaved(t *testing.T) {
	for what, l := range map[string]*Ledger{"empty": watch(t).l, "furnished": furnished(t)} {
		file := saved(t, l)
		r := bytes.NewReader(append(bytes.Clone(file), "more"...))
		loaded, err := Load(r)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if r.Len() != 4 {
			t.Errorf("%s: what follows must not be read", what)
		}
		if !bytes.Equal(saved(t, loaded), file) || loaded.Len() != l.Len() || loaded.Currency() != "USD" {
			t.Errorf("%s: not the same ledger", what)
		}
	}
}

func TestALedgerOfManyFramesIsLoadedAsItWasSaved(t *testing.T) {
	w := watch(t)
	w.sees("2026-01-10", many(5000)...)
	file := saved(t, w.l)
	loaded, err := Load(bytes.NewReader(file))
	if err != nil || len(file) < 4*frameSoft || !bytes.Equal(saved(t, loaded), file) {
		t.Fatalf("%d bytes: %v", len(file), err)
	}
}

func TestEveryDamageOfAFileIsFound(t *testing.T) {
	file := saved(t, furnished(t))
	for n := range file {
		for _, flip := range []byte{1, 0x80} {
			bad := bytes.Clone(file)
			bad[n] ^= flip
			if _, err := Load(bytes.NewReader(bad)); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
				t.Fatalf("byte %d altered: %v", n, err)
			}
		}
		if _, err := Load(bytes.NewReader(file[:n])); !fault.Is(err, fault.Invalid) {
			t.Fatalf("cut off at %d: %v", n, err)
		}
	}
}

func TestAFileOfAnotherVersionIsRefusedAsSuch(t *testing.T) {
	file := saved(t, watch(t).l)
	file[len(header)-1] = 9
	if _, err := Load(bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Fatal(err)
	}
}

// sealed puts payloads into frames, so that what is inside can be wrong although the sums are right.
func sealed(t testing.TB, payloads ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	f, err := newFrameWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range payloads {
		f.buf = append(f.buf, p...)
		if err := f.flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// opened returns the payloads of a file.
func opened(t testing.TB, file []byte) [][]byte {
	t.Helper()
	f, err := newFrameReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for {
		p, err := f.next()
		if err != nil {
			t.Fatal(err)
		}
		if len(p) == 0 {
			return out
		}
		out = append(out, bytes.Clone(p))
	}
}

func TestALedgerGoesOnFromAFileAsIfItHadNotStopped(t *testing.T) {
	l := furnished(t)
	loaded, err := Load(bytes.NewReader(saved(t, l)))
	if err != nil {
		t.Fatal(err)
	}
	a, b := watcher{t, l, DefaultPolicy()}, watcher{t, loaded, DefaultPolicy()}
	for _, o := range []Observation{
		crawl("2026-01-18", row("0.6", "2026-01-11", "")), // repeated
		crawl("2026-01-21", row("0.6", "2026-01-11", ""), rowOf("gone", "1", "2025-01-01", "")),
		crawl("2027-01-21", row("0.8", "2026-01-11", ""), rowOf("future", "0", "2027-01-01", "")),
	} {
		same(t, o.At.String(), a.take(o), b.take(o))
	}
}

func FuzzLoad(f *testing.F) {
	for _, payload := range opened(f, saved(f, furnished(f))) {
		f.Add(payload, payload, payload)
	}
	parts := opened(f, saved(f, furnished(f)))
	f.Add(parts[0], parts[1], parts[2])
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		for _, file := range [][]byte{a, sealed(t, a, b, c)} {
			l, err := Load(bytes.NewReader(file))
			if err != nil {
				continue
			}
			again, err := Load(bytes.NewReader(saved(t, l)))
			if err != nil || !bytes.Equal(saved(t, again), saved(t, l)) {
				t.Fatalf("a ledger that loads must save and load alike: %v", err)
			}
		}
	})
}
