package format

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/ingester/record/recordtest"
)

func TestAFileIsToldByItsFirstBytes(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		want Kind
	}{
		"an array of rows":            {"\uFEFF [ {\"currencyCode\"", Retail},
		"an empty array":              {"[]", Retail},
		"an envelope":                 {`{"BillingCurrency":"USD","Items":[`, Retail},
		"an envelope, items first":    {`{"Items":[{"currencyCode":"USD","meters`, Retail},
		"an envelope behind others":   {`{"Count":0,"NextPageLink":null}`, Retail},
		"a card":                      {`{"locale":"en-US","currency"`, RateCard},
		"a card, meters first":        {`{"meters":[{"id":"Items"`, RateCard},
		"a card of the other API":     {`{"OfferTerms":[],"Meters":[`, RateCard},
		"a card behind an object":     {`{"attributes":{"Items":[1]},"isTaxIncluded":false`, RateCard},
		"a price sheet":               {"\uFEFF\"ProductTitle\",\"UnitPrice\",\"MeterIds\"\r\n", PriceSheet},
		"a price sheet in lower case": {"\nmeterids , unitprice\n", PriceSheet},
		"a sheet without meters":      {"ProductId,SkuId,TermDuration,Market,Currency,UnitPrice,EffectiveStartDate\n", PriceSheet},
		"a sheet without prices":      {"ProductTitle,ProductId,MeterIds\n", PriceSheet},
		"rates without a currency":    {"Code,USDPerUnit,Month\n", ExchangeRates},
		"rates without a price":       {"CurrencyCode,Rate,Month\n", ExchangeRates},
		"exchange rates":              {`"CurrencyCode","USDPerUnit","Month"`, ExchangeRates},
	} {
		if got, err := Detect([]byte(c.head)); err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, c.want)
		}
	}
}

func TestAnUnknownFileIsAnErrorThatSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct{ head, says, hint string }{
		"nothing":              {" \n", "empty", "give rows"},
		"gzip":                 {"\x1f\x8b\x08", "gzip", "unpack"},
		"zip":                  {"PK\x03\x04", "zip", "unpack"},
		"Parquet":              {"PAR1", "Parquet", "give rows"},
		"UTF-16":               {"\xff\xfe[\x00", "UTF-16", "UTF-8"},
		"binary":               {"a\x00b", "binary", "give rows"},
		"a page of the web":    {"<html>", "header", "give rows"},
		"an error":             {`{"error":{"code":"429"}}`, "failed", "again"},
		"other JSON":           {`{"value":[]}`, "neither", "give rows"},
		"a licence price list": {"ProductId,ERP Price,Segment\n", "licence", "release create"},
		"semicolons":           {"MeterIds;UnitPrice\n", "commas", "commas"},
		"a quote":              {"\"", "header", "give rows"},
		"JSON cut off at once": {"{", "neither", "give rows"},
	} {
		_, err := Detect([]byte(c.head))
		if !fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) != 1 || !strings.Contains(err.Error(), c.says) || !strings.Contains(fault.HintOf(err), c.hint) {
			t.Errorf("%s: %v (%s)", name, err, fault.HintOf(err))
		}
	}
}

func TestEveryFileIsReadByTheReaderOfItsKind(t *testing.T) {
	for _, c := range []struct {
		file string
		kind Kind
		want Content
	}{
		{"../ratecard/testdata/commerce.json", RateCard, Content{Rows: 1, Locale: "en-US"}},
		{"../pricesheet/testdata/consumption.csv", PriceSheet, Content{Rows: 7, Market: "US"}},
		{"../fxrates/testdata/fx.csv", ExchangeRates, Content{Rows: 7}},
	} {
		data, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		kind, err := Detect(data)
		if err != nil || kind != c.kind {
			t.Fatalf("%s: %s, %v", c.file, kind, err)
		}
		var got recordtest.Collector
		content, err := Read(kind, strings.NewReader(string(data)), "USD", Limits{}, &got)
		content.OfferTerms = nil
		if diff := cmp.Diff(c.want, content); err != nil || diff != "" || len(got.Rows)+len(got.Bads) != c.want.Rows {
			t.Errorf("%s: %v (-want +got):\n%s", c.file, err, diff)
		}
	}
}

func TestWhatHasNoReaderHereIsSaid(t *testing.T) {
	if _, err := Read(Retail, strings.NewReader("[]"), "USD", Limits{}, nil); err == nil || !strings.Contains(err.Error(), "retail prices") {
		t.Errorf("%v", err)
	}
	if _, err := Read(ExchangeRates, strings.NewReader(""), "EUR", Limits{}, nil); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
		t.Errorf("%v", err)
	}
}

func FuzzDetect(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":[`, "[", "CurrencyCode,USDPerUnit", "{\"Items\"", "\uFEFF", "{]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		kind, err := Detect(head)
		if (err == nil) == (kind == 0) || err != nil && (!fault.Is(err, fault.Invalid) || fault.HintOf(err) == "") {
			t.Fatalf("%s, %v", kind, err)
		}
	})
}

func TestAColumnThatIsMissingIsNamed(t *testing.T) {
	for header, want := range map[string]string{
		"ProductId,SkuId,TermDuration,Market,Currency,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate,MeterIds\n":  "the header has no column UnitPrice",
		"ProductId,SkuId,TermDuration,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax,EffectiveStartDate,EffectiveEndDate\n": "the header has no column MeterIds",
		"CurrencyCode,Month\n": "the header has no column USDPerUnit",
	} {
		kind, err := Detect([]byte(header))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Read(kind, strings.NewReader(header), "USD", Limits{}, &recordtest.Collector{}); !fault.Is(err, fault.Invalid) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", header, err)
		}
	}
}
