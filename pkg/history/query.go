package history

import (
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
)

// The sizes of a page.
const (
	DefaultLimit = 100
	MaxLimit     = 10_000
)

// AsOf says which instant a question is about, and whose knowledge it wants: what was known at KnownAt of what is valid At. At lies
// within [Always, Open).
type AsOf struct {
	At      time.Time
	KnownAt time.Time
}

// Page cuts a list: Limit items (0: DefaultLimit, at most MaxLimit) behind Cursor, which is the Next of the page before.
type Page struct {
	Limit  int
	Cursor string
}

// Size returns the limit that holds.
func (p Page) Size() int {
	if p.Limit == 0 {
		return DefaultLimit
	}
	return p.Limit
}

// RatePoint asks for one usage rate.
type RatePoint struct {
	Identity rate.Identity
	AsOf
}

// RateList asks for the usage rates that have a price, in the order of their keys. Empty and nil fields filter nothing. Attributes are
// filtered as of the last current row known.
type RateList struct {
	PriceList, Currency, MeterID, SKUID, Type string

	ReservationTerm *string
	Tier            *money.Decimal
	Region, Service string
	Meters          []string // unless empty, only these, whether letters are small or capital

	// What is derived of them, as the constants of pkg/meter spell it. What was kept before it was derived is not found by these.
	OperatingSystem, PurchaseOption string

	Words []string // each of which must be in one of its names or ids (RateWords), whatever its case

	AsOf
	Page
}

// RateHistory asks for all that was ever known of one usage rate.
type RateHistory struct {
	Identity rate.Identity
}

// PricePoint asks for one licence price.
type PricePoint struct {
	Identity pricelist.Identity
	AsOf
}

// PriceList asks for the licence prices of a market, in the order of their identities. Empty and nil fields but the market filter
// nothing.
type PriceList struct {
	Market                                string
	Currency, Product, SKU, Term, Billing string
	Segment, Family                       string   // as the line that answers has them
	Products                              []string // unless empty, only these, whether letters are small or capital

	Tier  *money.Decimal
	Words []string // each of which must be in one of its titles or ids (PriceWords), whatever its case
	AsOf
	Page
}

// ItemList asks for the items of a list in a market, in the order of their keys as bytes. An empty key filters nothing.
type ItemList struct {
	List   string // offers, services or documents
	Market string // upper case, "WW" where a list has none
	Key    string
	AsOf
	Page
}

// CrawlList asks for records of crawls, the latest observation first. Empty fields filter nothing.
type CrawlList struct {
	ID, Scope, Currency string
	Page
}

// QuarantineList asks for rows that were not believed, in the order in which they came. Empty fields filter nothing.
type QuarantineList struct {
	Crawl, Scope, Currency, Reason string
	Page
}

// ReleaseList asks for published releases, the latest publication first. Empty fields filter nothing.
type ReleaseList struct {
	ID, List, Market string
	Page
}

// WithdrawalList asks for withdrawals, the latest known first. Empty fields filter nothing.
type WithdrawalList struct {
	Release, List, Market string
	Page
}

// CorrectionList asks for corrections, the latest known first. Empty fields filter nothing; Release is the one mended, By the one that
// mends.
type CorrectionList struct {
	Release, By, List, Market string
	Page
}

// RejectList asks for rejected messages, in the order in which they came. An empty stream filters nothing.
type RejectList struct {
	Stream string // with its incarnation
	After  uint64 // only of messages behind this sequence
	Page
}

// check gathers what is wrong with a question.
type check struct{ places []fault.Place }

func (c *check) require(ok bool, where, problem string) {
	if !ok {
		c.places = append(c.places, fault.Place{Where: where, Problem: problem})
	}
}

// asOf checks both instants of a question.
func (c *check) asOf(a AsOf) { c.instants(a, "at", "known_at") }

func (c *check) instants(a AsOf, at, knownAt string) {
	c.require(!a.At.Before(Always()) && a.At.Before(Open()), at, "it must lie from 1900-01-01 to 2261-12-31")
	c.require(!a.KnownAt.Before(Always()) && a.KnownAt.Before(Open()), knownAt, "it must lie from 1900-01-01 to 2261-12-31")
}

func (c *check) page(p Page) {
	c.require(p.Limit >= 0 && p.Limit <= MaxLimit, "limit", "it must lie from 1 to 10000")
}

func (c *check) rateIdentity(id rate.Identity) {
	for _, f := range []struct{ name, value string }{
		{"price_list", id.PriceList}, {"currency", id.Currency}, {"meter_id", id.MeterID}, {"sku_id", id.SKUID}, {"type", id.Type},
	} {
		c.require(f.value != "", f.name, "it is empty")
	}
}

func (c *check) priceIdentity(id pricelist.Identity) {
	for _, f := range []struct{ name, value string }{
		{"market", id.Market},
		{"currency", id.Currency},
		{"product", id.Product},
		{"sku", id.SKU},
		{"term", id.Term},
		{"billing", id.Billing},
	} {
		c.require(f.value != "", f.name, "it is empty")
	}
}

func (c *check) result(what string) error {
	if len(c.places) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "ask for %s: %s: %s", what, c.places[0].Where, c.places[0].Problem).WithPlaces(c.places...)
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q RatePoint) Validate() error {
	var c check
	c.rateIdentity(q.Identity)
	c.asOf(q.AsOf)
	return c.result("rate")
}

// MaxWords is how many words a list may be searched for, each of at most MaxWord bytes.
const (
	MaxWords = 8
	MaxWord  = 100
)

func (c *check) words(words []string) {
	c.require(len(words) <= MaxWords, "words", "they may be 8 at most")
	for _, w := range words {
		c.require(w != "" && len(w) <= MaxWord, "words", "each has 1 to 100 bytes")
	}
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q RateList) Validate() error {
	var c check
	c.words(q.Words)
	c.asOf(q.AsOf)
	c.page(q.Page)
	return c.result("rates")
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q RateHistory) Validate() error {
	var c check
	c.rateIdentity(q.Identity)
	return c.result("rate history")
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q PricePoint) Validate() error {
	var c check
	c.priceIdentity(q.Identity)
	c.asOf(q.AsOf)
	return c.result("price")
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q PriceList) Validate() error {
	var c check
	c.words(q.Words)
	c.require(q.Market != "", "market", "it is empty")
	c.asOf(q.AsOf)
	c.page(q.Page)
	return c.result("prices")
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q ItemList) Validate() error {
	var c check
	c.require(q.List != "", "list", "it is empty")
	c.require(q.Market != "", "market", "it is empty")
	c.asOf(q.AsOf)
	c.page(q.Page)
	return c.result("items")
}

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q CrawlList) Validate() error { return q.Page.validate("crawls") }

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q QuarantineList) Validate() error { return q.Page.validate("quarantined rows") }

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q ReleaseList) Validate() error { return q.Page.validate("releases") }

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q WithdrawalList) Validate() error { return q.Page.validate("withdrawals") }

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q CorrectionList) Validate() error { return q.Page.validate("corrections") }

// Validate reports everything that is wrong with the question, as an invalid fault.
func (q RejectList) Validate() error { return q.Page.validate("rejected messages") }

func (p Page) validate(what string) error {
	var c check
	c.page(p)
	return c.result(what)
}
