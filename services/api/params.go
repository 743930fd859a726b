package api

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/release"
)

// seeReference is the hint where nothing better is known.
const seeReference = "/openapi.json says what this request takes"

// params collects what is wrong with a request's parameters, so that all of it is said at once.
type params struct {
	places []fault.Place
}

func (p *params) wrong(where, problem string) {
	p.places = append(p.places, fault.Place{Where: where, Problem: problem})
}

// err is an invalid fault that names every wrong parameter, nil when there is none.
func (p *params) err() error {
	if len(p.places) == 0 {
		return nil
	}
	texts := make([]string, len(p.places))
	for i, place := range p.places {
		texts[i] = place.Where + ": " + place.Problem
	}
	return fault.New(fault.Invalid, "%s", strings.Join(texts, "; ")).WithPlaces(p.places...).WithHint("%s", seeReference)
}

// instant reads RFC 3339 or a plain date, which means its first instant; empty is the default.
func (p *params) instant(where, s string, otherwise time.Time) time.Time {
	if s == "" {
		return otherwise
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} { // without a zone: UTC
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	p.wrong(where, "\""+s+"\" is not a time; write 2026-12-01 or 2026-12-01T00:00:00Z")
	return otherwise
}

// decimal reads a number; empty is nil.
func (p *params) decimal(where, s string) *money.Decimal {
	if s == "" {
		return nil
	}
	d, err := money.Parse(s)
	if err != nil {
		p.wrong(where, "\""+s+"\": "+err.Error())
		return nil
	}
	return &d
}

// currency reads an ISO 4217 code; empty is empty.
func (p *params) currency(where, s string) string {
	if s == "" {
		return ""
	}
	c, err := money.ParseCurrency(s)
	if err != nil {
		p.wrong(where, err.Error())
		return ""
	}
	return string(c)
}

// oneOf notes a parameter that is none of some values; empty is fine.
func (p *params) oneOf(where, s string, values ...string) string {
	if s != "" && !slices.Contains(values, s) {
		p.wrong(where, "\""+s+"\" is not one of "+strings.Join(values, ", "))
	}
	return s
}

// market reads the code of a market, in any case; empty is empty. The worldwide list is none of them.
func (p *params) market(where, s string) string {
	market := strings.ToUpper(strings.TrimSpace(s))
	if market != "" && !listing.KnownMarket(market) {
		p.wrong(where, "\""+s+"\" is not a market; write an ISO 3166 code such as US")
	}
	return market
}

// marketOrAll is market where the worldwide list, WW, counts as one.
func (p *params) marketOrAll(where, s string) string {
	if strings.EqualFold(strings.TrimSpace(s), release.Worldwide) {
		return release.Worldwide
	}
	return p.market(where, s)
}

// term reads how long something is bought for: P1M, P1Y, P3Y; in a legacy list another text stands in its place.
func (p *params) term(where, s string) string {
	number, isPeriod := strings.CutPrefix(s, "P")
	if isPeriod && strings.IndexFunc(number, unicode.IsDigit) == 0 && strings.Trim(number, "0123456789") != "M" && strings.Trim(number, "0123456789") != "Y" {
		p.wrong(where, "\""+s+"\" is not a term; write for example P1M, P1Y or P3Y")
	}
	return s
}

// month reads a month as a release has it; empty is empty.
func (p *params) month(where, s string) string {
	if s == "" {
		return ""
	}
	m, err := effective.ParseMonth(s)
	if err != nil {
		p.wrong(where, "\""+s+"\" is not a month; write for example 2026-12")
		return ""
	}
	return m.String()
}

// list notes a list that there is not; empty is fine.
func (p *params) list(where, s string) string {
	return p.oneOf(where, s, release.License, release.Offers, release.Services, release.Documents)
}

// required notes a parameter that is missing.
func (p *params) required(where, s string) {
	if strings.TrimSpace(s) == "" {
		p.wrong(where, "is required")
	}
}
