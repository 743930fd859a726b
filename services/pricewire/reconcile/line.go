package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/bill"
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/sheet"
	"github.com/pricewire/pricewire/services/ingester/ratecard"
)

// The rules of a bill's rows beside those of sheets.
const (
	ruleOutOfRange      = "out-of-range"
	ruleUnknownWord     = "unknown-word"
	ruleUnknownCurrency = "unknown-currency"
	ruleUnknownMarket   = "unknown-market"
)

// longestText bounds what is kept of a cell, in bytes.
const longestText = 256

// row reads one row of a bill.
type row struct {
	*sheet.Stream
	priceCurrency string // where a row does not say
	endsInclusive bool   // of a charge's last day
	seen          *seen
}

// text reads a value of bounded length.
func (r *row) text(column string) string {
	return r.bounded(column, r.Text(column))
}

// bounded is a text that is not longer than what can be asked for.
func (r *row) bounded(column, s string) string {
	if len(s) > longestText {
		r.Wrong(sheet.RuleTooLong, column, fmt.Sprintf("the value has %d bytes, more than %d", len(s), longestText))
		return ""
	}
	return s
}

func (r *row) required(column string) string {
	if r.Required(column) == "" {
		return ""
	}
	return r.text(column)
}

// number reads a number that must be there.
func (r *row) number(column string) money.Decimal {
	if r.Required(column) == "" {
		return money.Decimal{}
	}
	d := r.Decimal(column)
	if d.Exact().Abs().Cmp(money.Int(bill.MostCharged).Exact()) > 0 {
		r.Wrong(ruleOutOfRange, column, fmt.Sprintf("the number is more than %d", int64(bill.MostCharged)))
	}
	return d
}

// The years of a bill. Stores hold a year more on both sides, so that what is asked around a date can be asked.
const (
	firstYear = 1901
	lastYear  = 2260
)

// instant reads a time that prices can be asked for.
func (r *row) instant(column string) time.Time {
	t := r.Time(column)
	if !t.IsZero() && (t.Year() < firstYear || t.Year() > lastYear) {
		r.Wrong(ruleOutOfRange, column, fmt.Sprintf("the date is not within %d and %d", firstYear, lastYear))
		return time.Time{}
	}
	return t
}

func (r *row) requiredInstant(column string) time.Time {
	if r.Required(column) == "" {
		return time.Time{}
	}
	return r.instant(column)
}

// word reads one of some words, in capitals or not; empty stands for none.
func (r *row) word(column string, words ...string) string {
	text := r.text(column)
	if text == "" || slices.Contains(words, strings.ToLower(text)) {
		return strings.ToLower(text)
	}
	r.Wrong(ruleUnknownWord, column, "use "+strings.Join(words, " or "))
	return ""
}

// currency reads a currency, or takes another.
func (r *row) currency(column, otherwise string) string {
	text := r.text(column)
	if text == "" {
		return otherwise
	}
	c, err := money.ParseCurrency(text)
	if err != nil {
		r.Wrong(ruleUnknownCurrency, column, "not an ISO 4217 currency")
	}
	return string(c)
}

// charge reads what every line says.
func (r *row) charge(otherwise string) bill.Charge {
	c := bill.Charge{Row: r.Row(), Charged: r.number(colCharged), Places: places(r.Text(colCharged)), Currency: r.currency(colCurrency, otherwise)}
	for _, column := range [...]string{colScope, colSubscription, colCustomer} {
		if c.Scope == "" {
			c.Scope = foldGUID(r.text(column))
		}
	}
	return c
}

// places returns how many decimals a number is written with; an exponent counts none, as programs write those.
func places(text string) int {
	if strings.ContainsAny(text, "eE") {
		return money.Scale
	}
	_, decimals, _ := strings.Cut(text, ".")
	return min(len(decimals), money.Scale)
}

// usage reads a line of usage.
func (r *row) usage() bill.Usage {
	u := bill.Usage{
		Date: r.requiredInstant(colDate), PriceList: usual(r.text(colPriceList), priceLists()...), Meter: foldGUID(r.required(colMeter)), SKU: r.text(colSKU),
		Type: usual(r.text(colType), rateTypes()...), Quantity: r.quantity(colQuantity), Unit: r.text(colUnit), PriceCurrency: r.currency(colPriceIn, r.priceCurrency),
	}
	u.Charge = r.charge(u.PriceCurrency)
	if u.Scope == "" {
		r.Wrong(sheet.RuleMissingValue, colScope, "the value is missing: say whose usage it is, by scope, subscription or customer")
	}
	if u.PriceList == "" {
		u.PriceList = rate.Retail
	}
	if u.Type == "" {
		u.Type = "Consumption"
	}
	r.skuOf(&u)
	r.reservation(&u)
	return u
}

// skuOf completes the SKU of a rate: files have product and SKU apart, and rate cards know no SKUs.
func (r *row) skuOf(u *bill.Usage) {
	product := r.text(colProduct)
	switch {
	case u.PriceList == ratecard.PriceList && (u.SKU == "" || strings.EqualFold(u.SKU, u.Meter)):
		u.SKU = u.Meter
	case u.SKU == "":
		r.Required(colSKU)
	case product != "" && !strings.Contains(u.SKU, "/"):
		u.SKU = r.bounded(colSKU, upper(product+"/"+pricelist.PadSKU(u.SKU)))
	case u.PriceList != ratecard.PriceList:
		u.SKU = upper(u.SKU)
	}
	if strings.EqualFold(u.Meter, u.SKU) { // price sheets without meters have the SKU in their place
		u.Meter = u.SKU
	}
}

// reservation reads what only a reservation says.
func (r *row) reservation(u *bill.Usage) {
	term, paid, bought := r.text(colReservation), r.word(colPaid, string(bill.Once), string(bill.Monthly)), r.instant(colBought)
	if u.Type != rate.Reservation {
		return
	}
	u.Term, u.Billing, u.Bought = term, bill.Billing(paid), bought
	if term == "" {
		r.Required(colReservation)
		return
	}
	months, ok := bill.Months(term)
	switch {
	case !ok:
		r.Wrong(ruleUnknownWord, colReservation, "not a term: write it as 1 Year or 3 Years")
	case months == 12:
		u.Term = "1 Year" // as lists write it, whatever a bill does
	case months%12 == 0:
		u.Term = fmt.Sprint(months/12, " Years")
	}
}

// The most that a line may be about.
const (
	mostSeats  = 1_000_000_000
	mostCharge = 100 // years that are charged at once
)

// license reads a line of licences.
func (r *row) license() bill.License {
	l := bill.License{
		Market: r.market(), Product: upper(r.required(colProduct)), Term: licenseTerm(r.required(colTerm)),
		Plan: usual(r.required(colBilling), plans()...), Ordered: r.ordered(), From: r.instant(colFrom), To: r.end(),
	}
	l.SKU, l.Frequency = licenseSKU(r.required(colSKU), l.Term), r.frequency(l.Plan)
	l.Charge, l.PriceCurrency = r.charge(""), r.currency(colPriceIn, "")
	r.Required(colCurrency)
	l.Seats = r.seats()
	if r.Text(colTier) != "" {
		tier := r.Decimal(colTier)
		l.Tier = &tier
	}
	r.charged(&l)
	return l
}

// market reads the code of a country that can have a list.
func (r *row) market() string {
	market := upper(r.required(colMarket))
	if market != "" && !listing.KnownMarket(market) {
		r.Wrong(ruleUnknownMarket, colMarket, "not a country's code as lists have it, two letters of ISO 3166")
	}
	return market
}

// ordered reads the day of order or renewal; where the file has both, the subscription's start is it when nothing else is said.
func (r *row) ordered() time.Time {
	if r.Has(colStart) && r.Text(colOrdered) == "" {
		return r.requiredInstant(colStart)
	}
	return r.requiredInstant(colOrdered)
}

// frequency reads how often a line is billed. It does not matter where the billing plan says so.
func (r *row) frequency(plan string) string {
	text := r.text(colFrequency)
	if _, ok := bill.Paid(text); text == "" || ok || bill.PlanPays(plan) {
		return text
	}
	r.Wrong(ruleUnknownWord, colFrequency, "use monthly, quarterly, annual, triennial, onetime or none")
	return ""
}

// quantity reads what is billed of a quantity, where the file has both.
func (r *row) quantity(column string) money.Decimal {
	if !r.Has(colBillable) || r.Text(colBillable) == "" {
		return r.number(column)
	}
	billed := r.number(colBillable)
	if r.Text(column) != "" && r.number(column) != billed {
		r.seen.otherwise(r.Row())
	}
	return billed
}

// end reads the instant behind the last day that a line charges.
func (r *row) end() time.Time {
	to := r.instant(colTo)
	if to.IsZero() {
		return to
	}
	end := effective.End(to)
	dateOnly := to.Equal(to.Truncate(24 * time.Hour))
	r.seen.end(to, dateOnly)
	if dateOnly && r.endsInclusive {
		return to.AddDate(0, 0, 1)
	}
	return end
}

func (r *row) seats() int64 {
	n := r.quantity(colSeats)
	if n.Decimals() > 0 || n.Exact().Abs().Cmp(money.Int(mostSeats).Exact()) > 0 {
		r.Wrong(ruleOutOfRange, colSeats, fmt.Sprintf("not a whole number of seats, at most %d", mostSeats))
		return 0
	}
	return n.Exact().IntPart()
}

// charged checks the days that a line charges; those that are begun count as days.
func (r *row) charged(l *bill.License) {
	if r.Text(colTo) == "" {
		l.To = time.Time{}
	}
	switch {
	case l.From.IsZero() && l.To.IsZero():
	case l.From.IsZero() || l.To.IsZero():
		r.Wrong(sheet.RuleMissingValue, colTo, "charge_start and charge_end are given together, or neither")
	case !l.From.Before(l.To):
		r.Wrong(ruleOutOfRange, colTo, "charge_end is not after charge_start")
	case l.From.AddDate(mostCharge, 0, 0).Before(l.To):
		r.Wrong(ruleOutOfRange, colTo, fmt.Sprintf("more than %d years are charged", mostCharge))
	default:
		l.From = l.From.Truncate(24 * time.Hour)
		if end := l.To.Truncate(24 * time.Hour); end.Before(l.To) {
			l.To = end.AddDate(0, 0, 1)
		}
	}
}
