package ratecard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/record/recordtest"
)

func decimal(t interface{ Fatal(args ...any) }, s string) money.Decimal {
	d, err := money.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func byValue() cmp.Option { return cmp.Comparer(func(a, b money.Decimal) bool { return a == b }) }

// read reads a card that is well-formed.
func read(t interface{ Fatal(args ...any) }, text string) (Card, *recordtest.Collector) {
	var got recordtest.Collector
	card, err := Read(strings.NewReader(text), "USD", Limits{}, &got)
	if err != nil {
		t.Fatal(err)
	}
	return card, &got
}

func cardOf(meters ...string) string {
	return `{"currency":"USD","meters":[` + strings.Join(meters, ",") + `]}`
}

// meterWith is a meter with the given members, JSON by name, instead of or beside the usual ones; empty leaves one out.
func meterWith(changes map[string]string) string {
	members := map[string]string{"id": `"m-1"`, "name": `"Hours"`, "rates": `{"0":0.5}`, "category": `"Workers"`, "unit": `"1 Hour"`, "effectiveDate": `"2025-01-01T00:00:00Z"`}
	for name, value := range changes {
		members[name] = value
	}
	var list []string
	for name, value := range members {
		if value != "" {
			list = append(list, fmt.Sprintf("%q:%s", name, value))
		}
	}
	return "{" + strings.Join(list, ",") + "}"
}

func TestACardOfPartnerCenterIsReadTierByTier(t *testing.T) {
	data, err := os.ReadFile("testdata/partner.json")
	if err != nil {
		t.Fatal(err)
	}
	var got recordtest.Collector
	card, err := Read(iotest.OneByteReader(bytes.NewReader(data)), "EUR", Limits{}, &got)
	if err != nil {
		t.Fatal(err)
	}
	const one, two = "11111111-aaaa-4bbb-8ccc-000000000001", "11111111-aaaa-4bbb-8ccc-000000000002"
	want := "ratecard EUR " + one + " " + one + " Consumption tier 0 = 7395, 2015-09-01T00:00:00Z to open, included 0 | Standard Pool Unit |  | Standard Pools |  | Pools | 1 Unit/Month | EU North | EU North\n" +
		"ratecard EUR " + two + " " + two + " Consumption tier 0 = 0, 2014-02-01T00:00:00Z to open, included 5.5 | Data Out |  | Networking |  | Networking | 1 GB | Zone 1 | Zone 1\n" +
		"ratecard EUR " + two + " " + two + " Consumption tier 10000.5 = 0.000016, 2014-02-01T00:00:00Z to open, included 5.5 | Data Out |  | Networking |  | Networking | 1 GB | Zone 1 | Zone 1\n" +
		"bad invalid-number: retailPrice: \"0.0600000000000000012\": more than 18 decimals (" + two + " " + two + " 50000, present true)\n"
	if diff := cmp.Diff(want, got.Text()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	wantCard := Card{Rows: 4, Currency: "EUR", Locale: "en-US", OfferTerms: []rate.OfferTerm{
		{Name: "An Offer", Discount: money.Int(1), ExcludedMeterIDs: []string{}},
		{Name: "Later Offer", Discount: decimal(t, "0.15"), ExcludedMeterIDs: []string{"a", "b"}, Effective: time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC)},
	}}
	if diff := cmp.Diff(wantCard, card, byValue()); diff != "" {
		t.Errorf("card (-want +got):\n%s", diff)
	}
	for _, raw := range got.Raw {
		if !bytes.Contains(data, raw) || raw[0] != '{' || raw[len(raw)-1] != '}' {
			t.Errorf("%q is not the meter's own bytes", raw)
		}
	}
}

func TestACardOfTheCommerceAPISaysTheSameUnderOtherNames(t *testing.T) {
	data, err := os.ReadFile("testdata/commerce.json")
	if err != nil {
		t.Fatal(err)
	}
	card, got := read(t, "\uFEFF"+string(data)+" \n")
	const id = "22222222-aaaa-4bbb-8ccc-000000000001"
	want := "ratecard USD " + id + " " + id + " Consumption tier 0 = 0.013, 2016-08-01T00:00:00Z to open, included 0 | Small Hours |  | Small Workers |  | Workers | Hours |  | \n"
	if diff := cmp.Diff(want, got.Text()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(card.OfferTerms) != 1 || card.OfferTerms[0].Name != "Monetary Credit" || !card.OfferTerms[0].Discount.IsZero() || card.OfferTerms[0].ExcludedMeterIDs[0] != "m" || !card.OfferTerms[0].Effective.IsZero() {
		t.Errorf("terms %+v", card.OfferTerms)
	}
}

func TestAWrongMeterIsSetAsideAndTheOthersAreRead(t *testing.T) {
	for name, c := range map[string]struct {
		meter, reason, detail string
		present               bool
	}{
		"no object":              {`17`, reasonWrongType, "the meter is a number, not an object", false},
		"null":                   {`null`, reasonWrongType, "the meter is null", false},
		"no id":                  {meterWith(map[string]string{"id": ""}), rate.ReasonMissingField, "meterId is missing", false},
		"id is a number":         {meterWith(map[string]string{"id": "7"}), rate.ReasonMissingField, "id is a number, not a text", false},
		"id twice":               {`{"MeterId":"x",` + meterWith(nil)[1:], reasonTwice, "id is there twice", true},
		"no rates":               {meterWith(map[string]string{"rates": ""}), rate.ReasonMissingField, "rates is missing", false},
		"empty rates":            {meterWith(map[string]string{"rates": "{}"}), rate.ReasonMissingField, "rates is missing", false},
		"rates is a list":        {meterWith(map[string]string{"rates": "[1]"}), rate.ReasonMissingField, "rates is a list, not an object", false},
		"a tier is no number":    {meterWith(map[string]string{"rates": `{"first":1}`}), rate.ReasonInvalidNumber, `tierMinimumUnits: "first"`, false},
		"a tier is negative":     {meterWith(map[string]string{"rates": `{"-1":1}`}), rate.ReasonInvalidNumber, "negative", false},
		"a price is a text":      {meterWith(map[string]string{"rates": `{"0":"1"}`}), rate.ReasonInvalidNumber, `tier "0" is a text, not a number`, true},
		"a price is null":        {meterWith(map[string]string{"rates": `{"0":null}`}), rate.ReasonInvalidNumber, `tier "0" is null`, true},
		"a price is negative":    {meterWith(map[string]string{"rates": `{"0":-1}`}), rate.ReasonInvalidNumber, "negative", true},
		"a price is too fine":    {meterWith(map[string]string{"rates": `{"0":1e-19}`}), rate.ReasonInvalidNumber, "18 decimals", true},
		"no date":                {meterWith(map[string]string{"effectiveDate": "null"}), rate.ReasonMissingField, "effectiveStartDate is missing", true},
		"date is no time":        {meterWith(map[string]string{"effectiveDate": `"soon"`}), rate.ReasonInvalidTime, "soon", true},
		"date is a number":       {meterWith(map[string]string{"effectiveDate": `2025`}), rate.ReasonInvalidTime, "effectiveDate is a number, not a text", true},
		"name is an object":      {meterWith(map[string]string{"name": `{"en":"x"}`}), reasonWrongType, "name is an object, not a text", true},
		"quantity is a text":     {meterWith(map[string]string{"includedQuantity": `"5"`}), rate.ReasonInvalidNumber, "includedQuantity is a text", true},
		"quantity is negative":   {meterWith(map[string]string{"includedQuantity": `-5`}), rate.ReasonInvalidNumber, "includedQuantity", true},
		"not UTF-8":              {meterWith(map[string]string{"name": "\"\xff\""}), "not-utf-8", "not UTF-8", true},
		"a date without storage": {meterWith(map[string]string{"effectiveDate": `"1600-01-01"`}), rate.ReasonInvalidTime, "1900", true},
	} {
		t.Run(name, func(t *testing.T) {
			card, got := read(t, cardOf(meterWith(map[string]string{"id": `"good"`}), c.meter))
			if len(got.Rows) != 1 || len(got.Bads) != 1 || card.Rows != 2 {
				t.Fatalf("%d rows: %s", card.Rows, got.Text())
			}
			q := got.Bads[0]
			if q.Reason != c.reason || !strings.Contains(q.Detail, c.detail) || string(q.Raw) != c.meter || q.HasIdentity != c.present || q.Digest == [32]byte{} {
				t.Errorf("%q, %q, present %v\n%s", q.Reason, q.Detail, q.HasIdentity, q.Raw)
			}
		})
	}
}

func TestATierThatIsThereTwiceIsBelievedInNeitherPlace(t *testing.T) {
	_, got := read(t, cardOf(meterWith(map[string]string{"rates": `{"0":1,"100":3,"0.0":2}`})))
	if len(got.Rows) != 1 || got.Rows[0].Tier != money.Int(100) || len(got.Bads) != 2 || got.Bads[0].Digest == got.Bads[1].Digest {
		t.Fatal(got.Text())
	}
	if q := got.Bads[0]; q.Reason != reasonTierTwice || q.Detail != "rates: tier 0 is there 2 times" || !q.HasIdentity {
		t.Errorf("%+v", q)
	}
}

func TestACardThatIsWrongAsAWholeIsOneError(t *testing.T) {
	good := meterWith(nil)
	for name, c := range map[string]struct {
		text   string
		limits Limits
		where  string
		says   string
	}{
		"nothing":                {"", Limits{}, "start, byte 0", "the data ends here"},
		"no JSON":                {"<html>", Limits{}, "start, byte 0", "rate card"},
		"a list":                 {"[]", Limits{}, "start, byte 0", "rate card"},
		"no meters":              {`{"currency":"USD"}`, Limits{}, "card, byte 0", "no meters"},
		"no currency":            {`{"meters":[]}`, Limits{}, "card, byte 0", "no currency"},
		"another currency":       {`{"meters":[` + good + `],"currency":"EUR"}`, Limits{}, "currency, byte", "the card is in EUR, USD was asked for"},
		"no such currency":       {`{"currency":"XXQ","meters":[]}`, Limits{}, "currency, byte 12", "not an ISO 4217 currency"},
		"currency is a number":   {`{"currency":1,"meters":[]}`, Limits{}, "currency, byte 12", "it is a number"},
		"meters twice":           {`{"meters":[],"Meters":[],"currency":"USD"}`, Limits{}, "card, byte 13", "Meters is there twice"},
		"meters is null":         {`{"meters":null,"currency":"USD"}`, Limits{}, "meters, byte 10", "'[' was expected"},
		"with tax":               {`{"currency":"USD","meters":[],"isTaxIncluded":true}`, Limits{}, "isTaxIncluded, byte 46", "include tax"},
		"tax is a text":          {`{"currency":"USD","meters":[],"isTaxIncluded":"no"}`, Limits{}, "isTaxIncluded, byte 46", "not true or false"},
		"a term is a text":       {`{"currency":"USD","meters":[],"offerTerms":["x"]}`, Limits{}, "offer term 1, byte 44", "not an object"},
		"a term has no name":     {`{"currency":"USD","meters":[],"offerTerms":[{}]}`, Limits{}, "offer term 1, byte 44", "no name"},
		"a discount above one":   {`{"currency":"USD","meters":[],"offerTerms":[{"name":"n","discount":15}]}`, Limits{}, "offer term 1, byte 44", "not from 0 to 1"},
		"a term's date":          {`{"currency":"USD","meters":[],"offerTerms":[{"name":"n","effectiveDate":"x"}]}`, Limits{}, "offer term 1, byte 44", "not a time"},
		"a term of long ago":     {`{"currency":"USD","meters":[],"offerTerms":[{"name":"n","effectiveDate":"1850-01-01T00:00:00"}]}`, Limits{}, "offer term 1, byte 44", "1900 and 2261"},
		"cut off in a meter":     {`{"currency":"USD","meters":[` + good + `,{"id":"`, Limits{}, "meter 2, byte", "middle of a value"},
		"cut off between":        {`{"currency":"USD","meters":[` + good, Limits{}, "meters, byte", "the data ends here"},
		"a comma too many":       {cardOf(good, ""), Limits{}, "meter 2, byte", "invalid character"},
		"a bad number":           {cardOf(`{"rates":{"0":01}}`), Limits{}, "meter 1, byte 43", "invalid character"},
		"a bad escape":           {cardOf(`{"id":"\q"}`), Limits{}, "meter 1, byte 36", "invalid character"},
		"wrong brackets":         {cardOf(`{"id":[}`), Limits{}, "meter 1, byte", "invalid character"},
		"two values":             {cardOf(good) + " {}", Limits{}, "end, byte", "follows the end"},
		"a key is a number":      {`{1:2}`, Limits{}, "card, byte 1", "name of a member"},
		"a meter too large":      {cardOf(`{"name":"` + strings.Repeat("x", 100) + `"}`), Limits{ValueBytes: 64}, "meter 1, byte", "larger than 64 bytes"},
		"a string without end":   {`{"x":"` + strings.Repeat("x", 100), Limits{ValueBytes: 64}, "card, byte", "larger than 64 bytes"},
		"too many meters":        {cardOf(good, good), Limits{Meters: 1}, "meter 2, byte", "more than 1 meters"},
		"too many terms":         {`{"offerTerms":[{"name":"a"},{"name":"b"}]}`, Limits{OfferTerms: 1}, "offer term 2, byte", "more than 1 offer terms"},
		"a card too large":       {cardOf(good), Limits{Bytes: 20}, "end, byte 20", "larger than 20 bytes"},
		"nested without end":     {cardOf(strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)), Limits{}, "meter 1, byte", "depth"},
		"an unknown word":        {`{"attributes":nil,"meters":[]}`, Limits{}, "card, byte", "invalid character"},
		"an error in its place":  {`{"error":{"code":"Unauthorized"}}`, Limits{}, "card, byte 0", "no meters"},
		"a control character":    {cardOf("{\"id\":\"a\nb\"}"), Limits{}, "meter 1, byte 36", "invalid character"},
		"terms are a word":       {`{"offerTerms":"none"}`, Limits{}, "offerTerms, byte 14", "'[' was expected"},
		"excluded is no list":    {`{"offerTerms":[{"name":"a","excludedMeterIds":{}}]}`, Limits{}, "offer term 1, byte 15", "excludedMeterIds"},
		"a term's field twice":   {`{"offerTerms":[{"name":"a","Name":"b"}]}`, Limits{}, "offer term 1, byte 15", "name is there twice"},
		"a term's name a number": {`{"offerTerms":[{"name":1}]}`, Limits{}, "offer term 1, byte 15", "name is a number"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(c.text), "USD", c.limits, &recordtest.Collector{})
			places := fault.PlacesOf(err)
			if !fault.Is(err, fault.Invalid) || len(places) != 1 || !strings.HasPrefix(places[0].Where, c.where) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v at %v, want %q at %s", err, places, c.says, c.where)
			}
		})
	}
}

func TestFailuresOfSourceAndSinkAreNoFaultOfTheCard(t *testing.T) {
	broken := errors.New("disk on fire")
	for name, c := range map[string]struct {
		from io.Reader
		sink error
	}{
		"source":          {io.MultiReader(strings.NewReader(`{"currency":"USD","meters":[`), iotest.ErrReader(broken)), nil},
		"sink":            {strings.NewReader(cardOf(meterWith(nil))), broken},
		"sink of the bad": {strings.NewReader(cardOf("1")), broken},
	} {
		if _, err := Read(c.from, "USD", Limits{}, &recordtest.Collector{Err: c.sink}); !errors.Is(err, broken) || fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAHugeCardTakesTheMemoryOfOneMeter(t *testing.T) {
	meters := 0
	parts := []io.Reader{strings.NewReader(`{"meters":[` + meterWith(nil))}
	more := bytes.Repeat([]byte(","+meterWith(map[string]string{"name": `"` + strings.Repeat("x", 2000) + `"`})), 100)
	for range 100 {
		parts = append(parts, bytes.NewReader(more))
	}
	parts = append(parts, strings.NewReader(`],"currency":"USD"}`))
	var before, after runtime.MemStats
	peak := counting(func() {
		if meters++; meters == 9_000 {
			runtime.GC()
			runtime.ReadMemStats(&after)
		}
	})
	runtime.GC()
	runtime.ReadMemStats(&before)
	got, err := Read(io.MultiReader(parts...), "USD", Limits{}, peak)
	if err != nil || got.Rows != 10_001 {
		t.Fatalf("%d rows, %v", got.Rows, err)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("20 MB of meters take %d bytes", grown)
	}
}

// counting is a sink that calls back for every row.
type counting func()

func (counting) Same([]byte) bool              { return false }
func (c counting) Row(*rate.Row, []byte) error { c(); return nil }
func (counting) Bad(*rate.Quarantined) error   { return nil }

func TestTheOrderOfMembersAndMetersMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		shuffled := func(members []string) string {
			list := append([]string(nil), members...)
			r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			return strings.Join(list, ",")
		}
		var meters [][]string
		for i := range rapid.IntRange(0, 5).Draw(t, "meters") {
			tiers := rapid.MapOfN(rapid.SampledFrom([]string{"0", "0.0", "10", "1e2", "x"}), rapid.SampledFrom([]string{"0", "1.5", "-1", `"1"`}), 0, 4).Draw(t, "tiers")
			var rates []string
			for tier, price := range tiers {
				rates = append(rates, fmt.Sprintf("%q:%s", tier, price))
			}
			meters = append(meters, []string{
				fmt.Sprintf(`"id":"m-%d"`, i/2), `"rates":{` + shuffled(rates) + `}`, `"effectiveDate":"2025-01-01"`, `"name":"n"`, `"includedQuantity":5`,
			})
		}
		write := func() string {
			var list []string
			for _, m := range meters {
				list = append(list, "{"+shuffled(m)+"}")
			}
			return "{" + shuffled([]string{`"meters":[` + shuffled(list) + `]`, `"currency":"USD"`, `"locale":"en"`, `"offerTerms":[{"name":"b"},{"name":"a","discount":0.5}]`, `"x":{"y":[]}`}) + "}"
		}
		firstCard, first := read(t, write())
		secondCard, second := read(t, write())
		if diff := cmp.Diff(first.Text(), second.Text()); diff != "" {
			t.Fatalf("in another order (-first +second):\n%s", diff)
		}
		if diff := cmp.Diff(firstCard, secondCard, byValue()); diff != "" {
			t.Fatalf("cards (-first +second):\n%s", diff)
		}
	})
}

func TestAPriceIsNeverRounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		literal := rapid.StringMatching(`(0|[1-9][0-9]{0,19})(\.[0-9]{1,18})?`).Draw(t, "literal")
		tier := rapid.StringMatching(`(0|[1-9][0-9]{0,19})(\.[0-9]{1,18})?`).Draw(t, "tier")
		_, got := read(t, cardOf(meterWith(map[string]string{"rates": fmt.Sprintf(`{%q:%s}`, tier, literal), "includedQuantity": literal})))
		if len(got.Rows) != 1 || got.Rows[0].Price != decimal(t, literal) || got.Rows[0].Tier != decimal(t, tier) || got.Rows[0].IncludedQuantity != decimal(t, literal) {
			t.Fatalf("%s, %s: %s", literal, tier, got.Text())
		}
	})
}
