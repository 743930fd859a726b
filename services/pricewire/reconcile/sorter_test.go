package reconcile

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/bill"
	"github.com/pricewire/pricewire/pkg/money"
)

func TestRecordsComeInOrderOfTheirKeysHoweverLittleMemoryThereIs(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := newSorter(dir, rapid.IntRange(1, 400).Draw(t, "memory"))
		defer s.close()
		content := map[string][]byte{}
		for range rapid.IntRange(0, 60).Draw(t, "records") {
			key := fmt.Sprint(rapid.Uint16().Draw(t, "key"))
			if _, ok := content[key]; ok {
				continue
			}
			content[key] = rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "content")
			if err := s.add([]byte(key), content[key]); err != nil {
				t.Fatal(err)
			}
		}
		keys := make([]string, 0, len(content))
		for key := range content {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		n := 0
		for got, err := range s.all() {
			if err != nil || n == len(keys) || !bytes.Equal(got, content[keys[n]]) {
				t.Fatalf("record %d is %v, %v", n, got, err)
			}
			n++
		}
		if n != len(keys) {
			t.Fatalf("%d records of %d", n, len(keys))
		}
	})
}

func TestASpoolThatWasChangedOnDiskIsAnErrorNotAnotherBill(t *testing.T) {
	s := newSorter(t.TempDir(), 20)
	defer s.close()
	for n := range 20 {
		if err := s.add(rowKey(n), []byte("content of the record")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(s.file.Name(), 150); err != nil {
		t.Fatal(err)
	}
	failed := false
	for _, err := range s.all() {
		failed = failed || err != nil
	}
	if !failed {
		t.Error("a spool that was cut off was read to its end")
	}
}

func TestASpoolThatCannotBeWrittenIsAnError(t *testing.T) {
	s := newSorter("/nowhere", 1)
	if err := s.add([]byte("a"), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.add([]byte("b"), nil); err == nil {
		t.Error("there is no such folder")
	}
}

func genDecimal(t *rapid.T) money.Decimal {
	return money.FromUnscaled(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "high"), rapid.Uint64().Draw(t, "low"))
}

func genTime(t *rapid.T) time.Time {
	if rapid.Bool().Draw(t, "no time") {
		return time.Time{}
	}
	return time.Unix(rapid.Int64Range(-2_208_988_800, 9_000_000_000).Draw(t, "second"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanosecond")).UTC()
}

func genCharge(t *rapid.T) bill.Charge {
	return bill.Charge{
		Row: rapid.IntRange(1, 1<<40).Draw(t, "row"), Places: rapid.IntRange(0, 18).Draw(t, "places"), Scope: rapid.String().Draw(t, "scope"), Currency: "USD", Charged: genDecimal(t),
	}
}

func TestLinesAreUnpackedAsTheyWerePacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := bill.Usage{Charge: genCharge(t), Quantity: genDecimal(t), Date: genTime(t), Bought: genTime(t)}
		for _, s := range usageTexts(&u) {
			*s = rapid.String().Draw(t, "text")
		}
		var packed packer
		packUsage(&packed, &u)
		if got, err := unpackUsage(packed); err != nil || got != u {
			t.Fatalf("%+v, %v, want %+v", got, err, u)
		}
		l := bill.License{Charge: genCharge(t), Seats: rapid.Int64().Draw(t, "seats")}
		for _, s := range licenseTexts(&l) {
			*s = rapid.String().Draw(t, "text")
		}
		for _, at := range licenseTimes(&l) {
			*at = genTime(t)
		}
		if rapid.Bool().Draw(t, "tier") {
			d := genDecimal(t)
			l.Tier = &d
		}
		packed = packed[:0]
		packLicense(&packed, &l)
		got, err := unpackLicense(packed)
		if diff := cmp.Diff(l, got, cmp.AllowUnexported(money.Decimal{})); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
		cut := rapid.IntRange(0, len(packed)-1).Draw(t, "cut")
		if _, err := unpackLicense(packed[:cut]); err == nil {
			t.Fatalf("%d of %d bytes are a line", cut, len(packed))
		}
	})
}

func TestKeysAreInOrderOfGroupDateAndRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gen := func(label string) bill.Usage {
			at := time.Unix(rapid.Int64Range(-5_000_000, 5_000_000).Draw(t, label+" second"), rapid.Int64Range(0, 2).Draw(t, label+" nano")).UTC()
			return bill.Usage{
				Charge: bill.Charge{Row: rapid.IntRange(1, 300).Draw(t, label+" row"), Scope: rapid.SampledFrom([]string{"s", "s2"}).Draw(t, label+" scope")},
				Meter:  rapid.SampledFrom([]string{"m", "mm", ""}).Draw(t, label+" meter"), SKU: rapid.SampledFrom([]string{"m", "k"}).Draw(t, label+" sku"), Date: at,
			}
		}
		a, b := gen("a"), gen("b")
		got := bytes.Compare(usageKey(nil, &a), usageKey(nil, &b))
		if same := bytes.Equal(groupOf(&a), groupOf(&b)); same != (a.Group() == b.Group()) {
			t.Fatal("lines of one group, and no others, begin their keys alike")
		}
		if a.Group() != b.Group() {
			return
		}
		want := a.Date.Compare(b.Date)
		if want == 0 {
			want = a.Row - b.Row
		}
		if got < 0 != (want < 0) || got > 0 != (want > 0) {
			t.Fatalf("%+v and %+v: %d, want %d", a, b, got, want)
		}
	})
}

// groupOf is what of a key is the group's.
func groupOf(u *bill.Usage) []byte {
	key := usageKey(nil, u)
	return key[:len(key)-20]
}
