package ratecard

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/ingester/record"
	"github.com/pricewire/pricewire/services/ingester/record/recordtest"
)

func FuzzRead(f *testing.F) {
	for _, name := range []string{"testdata/partner.json", "testdata/commerce.json"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.ReplaceAll(data, []byte("EUR"), []byte("USD")))
	}
	for _, seed := range []string{
		cardOf(), cardOf("1", "null"), cardOf(`{"rates":{"0":1,"0.0":2,"a":3},"id":"m"}`), `{"meters":[{"id":"\ud800\"}`, `{"currency":"USD","meters":[tru`, "[[[[", "{\"a\":\"\xff\"}",
		`{"currency":"USD","meters":[{"id":"a","id":"b","rates":{"0":1e-30}}],"offerTerms":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		limits := Limits{Bytes: 1 << 18, ValueBytes: 1 << 14, Meters: 100, OfferTerms: 10}
		var got, again recordtest.Collector
		card, err := Read(bytes.NewReader(data), "USD", limits, &got)
		_, errAgain := Read(iotest.OneByteReader(bytes.NewReader(data)), "USD", limits, &again)
		if fmt.Sprint(err) != fmt.Sprint(errAgain) || got.Text() != again.Text() {
			t.Fatalf("read byte by byte it differs: %v, %v", err, errAgain)
		}
		if err != nil {
			if !fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) != 1 || card.Rows != 0 {
				t.Fatalf("%v", err)
			}
			return
		}
		if card.Rows != len(got.Rows)+len(got.Bads) {
			t.Fatalf("%d rows counted, %d and %d handed over", card.Rows, len(got.Rows), len(got.Bads))
		}
		for i := range got.Bads {
			if len(got.Bads[i].Raw) > record.RawKept {
				t.Fatal("too many bytes are kept")
			}
		}
		for i := range got.Rows {
			var one recordtest.Collector
			if _, err := Read(bytes.NewReader([]byte(cardOf(string(got.Raw[i])))), "USD", limits, &one); err != nil {
				t.Fatalf("row %d is not read again: %v", i, err)
			}
			found := false
			for j := range one.Rows {
				found = found || cmp.Equal(got.Rows[i], one.Rows[j], byValue())
			}
			if !found {
				t.Fatalf("row %d is read again as %s", i, one.Text())
			}
		}
	})
}
