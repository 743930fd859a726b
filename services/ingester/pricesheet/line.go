package pricesheet

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/record"
)

// reasonTiers is the reason to quarantine a row whose tier range is none, or does not fit the meter's others.
const reasonTiers = "wrong-tiers"

// line is one line of a sheet: what the rows of its meters share.
type line struct {
	number         int // of the line in the file, counted from 1
	fields         rate.Fields
	span           span
	ranged         bool   // the line is of a tier range
	reason, detail string // why it is not believed, the first reason found
	whole          bool   // that reason leaves the identity whole
}

// said is what a line says of one meter: a row, or why it is quarantined.
type said struct {
	row    rate.Row
	wrong  *rate.Quarantined
	span   span
	ranged bool
	start  string // as far as it could be read
}

func newLine(rec *record.Record, currency money.Currency) *line {
	l := &line{number: rec.Line, whole: true}
	sku := rec.Cell(skuID)
	l.fields = rate.Fields{
		PriceList: PriceList, Currency: rec.Cell(currencyColumn), SKUID: skuOf(rec.Cell(productID), sku), Price: record.Number(rec.Cell(unitPrice)),
		Start: start(rec.Cell(startDate)), End: end(rec.Cell(endDate)), Raw: rec.Raw[:min(len(rec.Raw), record.RawKept)],
		Attributes: rate.Attributes{
			ProductID: rec.Cell(productID), ProductName: rec.Cell(productTitle), SKUName: rec.Cell(skuTitle), UnitOfMeasure: rec.Cell(unitOfMeasure),
		},
	}
	if l.fields.Attributes.UnitOfMeasure == "" {
		l.fields.Attributes.UnitOfMeasure = rec.Cell(meterType)
	}
	if !rec.Valid() {
		l.quarantine(true, record.ReasonNotUTF8, "the line is not UTF-8")
	}
	l.term(rec.Cell(termDuration))
	l.tier(rec.Cell(rangeMin), rec.Cell(rangeMax))
	if c := l.fields.Currency; c != "" && !strings.EqualFold(c, string(currency)) {
		l.quarantine(false, record.ReasonOtherCurrency, "Currency is %.40s, %s was asked for", c, currency)
	}
	return l
}

func (l *line) quarantine(whole bool, reason, format string, args ...any) {
	if l.reason == "" {
		l.reason, l.detail, l.whole = reason, fmt.Sprintf(format, args...), whole
	}
}

// term says what the line is the price of. Without a term that is known, the identity is not.
func (l *line) term(s string) {
	l.fields.Type = rate.Reservation
	switch upper := strings.ToUpper(s); {
	case upper == "" || strings.HasPrefix(upper, "PAYG"):
		l.fields.Type = "Consumption"
	case upper == "P1Y":
		l.fields.ReservationTerm = "1 Year"
	case upper == "P3Y":
		l.fields.ReservationTerm = "3 Years"
	case upper == "P5Y":
		l.fields.ReservationTerm = "5 Years"
	default:
		l.quarantine(false, rate.ReasonMissingField, "TermDuration: %.40q is neither a reservation's term nor payG", s)
	}
}

// tier says where the line's tier begins.
func (l *line) tier(from, to string) {
	l.fields.TierMinimum = "0"
	if from == "" && to == "" {
		return
	}
	l.ranged = true
	var problem string
	if l.span, problem = readSpan(from, to); problem != "" {
		l.quarantine(false, reasonTiers, "%s", problem)
		l.ranged = false
		return
	}
	l.fields.TierMinimum = l.span.before.String()
}

// meter is the meter id of a line that names none: a reservation's is its SKU's.
func (l *line) meter() string {
	if l.fields.Type == rate.Reservation {
		return l.fields.SKUID
	}
	return ""
}

// row says what the line says of a meter.
func (l *line) row(meter string) said {
	f := l.fields
	f.MeterID = meter
	s := said{span: l.span, ranged: l.ranged, start: f.Start}
	s.row, s.wrong = rate.NewRow(f)
	if s.wrong != nil {
		s.wrong.Detail = l.told(s.wrong)
	}
	if l.reason == "" {
		return s
	}
	q := &rate.Quarantined{Reason: l.reason, Detail: record.Told(l.number, l.detail), Identity: s.row.Identity, HasIdentity: l.whole, Raw: f.Raw}
	if s.wrong != nil {
		q.Identity, q.HasIdentity = s.wrong.Identity, l.whole && s.wrong.HasIdentity
	}
	q.Digest = sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", l.reason, meter, f.Raw))
	s.wrong = q
	return s
}

// told says what package rate found wrong as the sheet has it.
func (l *line) told(q *rate.Quarantined) string {
	sku := record.Renamed{Field: "skuId", Column: "SkuId"}
	if l.fields.Attributes.ProductID == "" {
		sku.Column = "ProductId"
	}
	detail := record.Told(l.number, q.Detail, sku, record.Renamed{Field: "currencyCode", Column: "Currency"}, record.Renamed{Field: "meterId", Column: "MeterIds"},
		record.Renamed{Field: "tierMinimumUnits", Column: "PricingTierRangeMin"}, record.Renamed{Field: "retailPrice", Column: "UnitPrice"},
		record.Renamed{Field: "effectiveStartDate", Column: "EffectiveStartDate"}, record.Renamed{Field: "effectiveEndDate", Column: "EffectiveEndDate"})
	if q.Reason == rate.ReasonEndBeforeStart { // names both, and what it quotes of them are dates
		detail = strings.Replace(detail, "effectiveStartDate", "EffectiveStartDate", 1)
	}
	return detail
}

// skuOf joins product and SKU as rates name them; nothing when one is missing. Spreadsheets take the zeros before a SKU that is a number.
func skuOf(product, sku string) string {
	if product == "" || sku == "" {
		return ""
	}
	const width = 4
	if strings.Trim(sku, "0123456789") == "" && len(sku) < width {
		sku = strings.Repeat("0", width-len(sku)) + sku
	}
	return product + "/" + sku
}

// The years that stand for no date at all. Source: Partner Center, pricing-and-offers.
const (
	alwaysYear = 1753
	openYear   = 9999
)

// start returns a start as NewRow reads it; what is no date it is left to name.
func start(s string) string {
	t, ok := record.Time(s)
	switch {
	case !ok:
		return s
	case t.Year() <= alwaysYear:
		return "1900-01-01"
	}
	return t.Format(time.RFC3339Nano)
}

// end returns an end as NewRow reads it: nothing when it is open.
func end(s string) string {
	t, ok := record.Time(s)
	switch {
	case !ok:
		return s
	case t.Year() >= openYear || t.Year() <= alwaysYear:
		return ""
	}
	return t.Format(time.RFC3339Nano)
}
