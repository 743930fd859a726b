package event

import (
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
)

// What happened to a release: the last token of its subject.
const (
	WhatPublished = "published"
	WhatEffective = "effective"
	WhatCorrected = "corrected" // another release mends it
	WhatWithdrawn = "withdrawn" // it was taken back, or lines of it were
	WhatMissing   = "missing"   // nothing is approved for its month
)

// WithoutCostPrefix begins the subjects of events in which the partner's cost is not: erp.pw.price.us.…
const WithoutCostPrefix = "erp."

// subjectLimit is the longest subject in bytes: far above real ones, far below what a server takes on one protocol line.
const subjectLimit = 1024

// ReleaseSubject returns the subject of what happened to a release: pw.release.license.us.2026-12.r1.published.
func ReleaseSubject(slot release.Slot, revision int, what string) string {
	return releaseSubject(slot.List, slot.Market, slot.Month.String(), revision, what)
}

func releaseSubject(list, market, month string, revision int, what string) string {
	return subject("release", list, market, month, "r"+strconv.Itoa(revision), what)
}

// PriceSubject returns the subject of a licence line: pw.price.us.usd.cfq7ttc0lh18.0001.p1m.monthly.0.
func PriceSubject(id pricelist.Identity) string { return priceIdentity(&id).subject() }

// ItemSubject returns the subject of a line of a list that holds no prices: pw.item.offers.ww.cfq7ttc0lh18%2F0001.
func ItemSubject(list, market, key string) string { return subject("item", list, market, key) }

// RateSubject returns the subject of a usage rate. Region is the rate's as first seen, or "global"; the identity beside currency and meter
// is in the key.
func RateSubject(currency, region, meter string, key rate.Key) string {
	return rateSubject(currency, region, meter, formatKey(key))
}

func rateSubject(currency, region, meter, key string) string {
	return subject("rate", currency, region, meter, key)
}

// CrawlSubject returns the subject of a scope's crawl records, and of the parts before them: pw.crawl.usd.azure-usd.
func CrawlSubject(currency, scope string) string { return subject("crawl", currency, scope) }

// StaleSubject returns the subject on which it is told that a scope's crawls keep being refused: pw.crawl.usd.azure-usd.stale.
func StaleSubject(currency, scope string) string { return subject("crawl", currency, scope, "stale") }

// QuarantineSubject returns the subject of a scope's quarantined rows.
func QuarantineSubject(currency, scope string) string { return subject("quarantine", currency, scope) }

// CrawlsSubject returns the pattern that matches the crawl records and parts of all scopes of a currency: one history a currency.
func CrawlsSubject(currency string) string { return subject("crawl", currency) + ".>" }

func subject(tokens ...string) string {
	var b strings.Builder
	b.Grow(96)
	b.WriteString("pw")
	for _, t := range tokens {
		b.WriteByte('.')
		writeToken(&b, t)
	}
	return b.String()
}

// writeToken writes a value as one token of a subject: lower case, every byte outside a-z 0-9 - as %XX. A token must not be empty, so an
// empty value is a lone "-"; a value that is "-" is escaped, so that the two stay apart.
func writeToken(b *strings.Builder, value string) {
	switch value {
	case "":
		b.WriteByte('-')
		return
	case "-":
		b.WriteString("%2D")
		return
	}
	const hex = "0123456789ABCDEF"
	lower := strings.ToLower(value)
	for i := range len(lower) {
		c := lower[i]
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
}

// formatKey returns a rate's key as 16 hex digits.
func formatKey(k rate.Key) string {
	const hex = "0123456789abcdef"
	var b [16]byte
	for i := range b {
		b[i] = hex[k>>(60-4*i)&15]
	}
	return string(b[:])
}

// isHex reports whether s is nothing but lower-case hex digits.
func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
