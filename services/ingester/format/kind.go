package format

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Kind is what a file of usage rates is.
type Kind int

// The kinds of files.
const (
	Retail        Kind = iota + 1 // rows or a page of the Retail Prices API: JSON
	RateCard                      // a rate card of Partner Center or the Commerce API: JSON
	PriceSheet                    // azure_consumption or azure_reservations: CSV
	ExchangeRates                 // Partner Center's monthly exchange rates: CSV
)

// String returns the kind as it stands in sentences.
func (k Kind) String() string {
	switch k {
	case Retail:
		return "retail prices"
	case RateCard:
		return "rate card"
	case PriceSheet:
		return "price sheet"
	case ExchangeRates:
		return "exchange rates"
	}
	return "unknown"
}

// HeadBytes is how many of a file's first bytes Detect looks at; fewer will do when the file has no more.
const HeadBytes = 64 << 10

// known is what people are told to give.
const known = "give rows of the Retail Prices API or a rate card as JSON, or a price sheet or exchange rates as CSV"

// Detect says what a file is by its first bytes, unpacked. The error, of kind fault.Invalid, says what it seems to be instead.
func Detect(head []byte) (Kind, error) {
	head = head[:min(len(head), HeadBytes)]
	if err := foreign(head); err != nil {
		return 0, err
	}
	body := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	switch {
	case len(body) == 0:
		return 0, unknown("it is empty", known)
	case body[0] == '[':
		return Retail, nil
	case body[0] == '{':
		return detectObject(body)
	}
	return detectTable(body)
}

func unknown(problem, hint string) error {
	return fault.New(fault.Invalid, "detect format: byte 0: %s", problem).WithHint("%s", hint).
		WithPlaces(fault.Place{Where: "byte 0", Problem: problem})
}

// foreign refuses what is plainly no text in UTF-8.
func foreign(head []byte) error {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return unknown("the file is compressed with gzip", "unpack it first")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return unknown("the file is a zip archive or a workbook", "unpack it first, or save its sheet as CSV in UTF-8")
	case bytes.HasPrefix(head, []byte("PAR1")):
		return unknown("the file is Parquet", known)
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return unknown("the file is in UTF-16", "save it in UTF-8")
	case bytes.IndexByte(head, 0) >= 0:
		return unknown("the file is binary", known)
	}
	return nil
}

// detectObject goes by the first member that only one of the kinds has.
func detectObject(body []byte) (Kind, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	if _, err := d.Token(); err != nil {
		return 0, unknown("it is not JSON", known)
	}
	var names []string
	for d.More() {
		t, err := d.Token()
		if err != nil {
			break
		}
		name, _ := t.(string)
		switch strings.ToLower(name) {
		case "items", "nextpagelink", "billingcurrency", "customerentityid", "customerentitytype":
			return Retail, nil
		case "meters", "offerterms", "istaxincluded", "currency", "locale", "meterregion":
			return RateCard, nil
		}
		names = append(names, name)
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			break
		}
	}
	if len(names) > 0 && slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, "error") || strings.EqualFold(n, "code") }) {
		return 0, unknown("it is the answer of a service that failed", "get the file again")
	}
	return 0, unknown("it is JSON, but neither retail prices nor a rate card", known)
}

// likeSheet reports whether columns are those of a price sheet, though some are missing: the one that no other list has is there, or most of
// the others.
func likeSheet(columns map[string]bool) bool {
	found := 0
	for _, name := range [...]string{
		"productid", "skuid", "termduration", "market", "currency", "unitprice", "pricingtierrangemin", "pricingtierrangemax", "effectivestartdate", "effectiveenddate",
	} {
		if columns[name] {
			found++
		}
	}
	const most = 6
	return columns["meterids"] || found >= most
}

// detectTable goes by the columns of the first line.
func detectTable(body []byte) (Kind, error) {
	header, _, _ := bytes.Cut(body, []byte("\n"))
	columns := map[string]bool{}
	for name := range strings.SplitSeq(strings.ToLower(string(header)), ",") {
		columns[strings.Trim(name, "\" \t\r")] = true
	}
	switch {
	case columns["currencycode"] && columns["usdperunit"]:
		return ExchangeRates, nil
	case columns["meterids"] && columns["unitprice"]:
		return PriceSheet, nil
	case columns["erp price"], columns["segment"], columns["offer id"]:
		return 0, unknown("it is a licence price list", "make a release of it: pricewire release create")
	case columns["usdperunit"], columns["currencycode"] && columns["month"]: // a column is missing, which its reader names
		return ExchangeRates, nil
	case likeSheet(columns):
		return PriceSheet, nil
	case len(columns) == 1 && bytes.ContainsAny(header, ";\t"):
		return 0, unknown("its fields are not separated by commas", "save it as CSV with commas, in UTF-8")
	}
	return 0, unknown("its first line is not the header of a price sheet or of exchange rates", known)
}
