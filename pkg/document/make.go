package document

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// The rules of Make, by their stable names.
const (
	RuleMissingValue   = "missing-value"
	RuleMalformedKind  = "malformed-kind"
	RuleMalformedTag   = "malformed-language"
	RuleLinkOrFile     = "link-or-file"
	RuleMalformedLink  = "malformed-link"
	RuleMalformedFile  = "malformed-file"
	RuleMalformedHash  = "malformed-sha256"
	RuleMalformedSize  = "malformed-size"
	RuleUnknownMarkets = "unknown-market"
)

// Make makes a line of the list from what a row says, by column names. It trims; writes kinds in lower case with hyphens and languages as
// BCP 47 recommends; and puts markets in order, each once, separated by semicolons. A line with an error among what is wrong must not be
// used.
func Make(values []item.Value) (item.Item, []item.Wrong) {
	d, wrongs := read(values)
	return d.Item(), wrongs
}

// reader reads the values of one row.
type reader struct {
	values item.Item
	wrongs []item.Wrong
}

func read(values []item.Value) (Document, []item.Wrong) {
	r := reader{values: item.Item{Values: values}}
	d := Document{
		Kind:     r.kind(),
		Title:    r.needed(ColumnTitle, "give the title that people know the document by"),
		Version:  r.needed(ColumnVersion, "give the version, for example the month of issue, 2026-10"),
		Language: r.language(),
		Link:     r.link(),
		File:     r.file(),
		SHA256:   r.hash(),
		Size:     r.size(),
		Markets:  r.markets(),
	}
	if (d.Link == "") == (d.File == "") {
		r.wrong(RuleLinkOrFile, ColumnLink, d.Link, "a document is behind a link or in a file: give one of the two")
	}
	if d.File == "" && (d.SHA256 != "" || d.Size != 0) {
		r.wrong(RuleLinkOrFile, ColumnFile, "", "only a file has a hash and a size: take them out, or name the file")
	}
	return d, r.wrongs
}

func (r *reader) text(column string) string { return strings.TrimSpace(r.values.Get(column)) }

func (r *reader) wrong(rule, column, value, text string) {
	r.wrongs = append(r.wrongs, item.Wrong{Severity: listing.Error, Rule: rule, Column: column, Value: short(value), Text: text})
}

func (r *reader) needed(column, way string) string {
	text := r.text(column)
	if text == "" {
		r.wrong(RuleMissingValue, column, "", way)
	}
	return text
}

// kind reads a kind, where people may write capitals, blanks and underscores.
func (r *reader) kind() string {
	const way = "a kind is program-guide, partner-agreement, customer-agreement, or other words in lower case with hyphens between"
	text := r.needed(ColumnKind, way)
	kind := kindOf(text)
	if text != "" && !isKind(kind) {
		r.wrong(RuleMalformedKind, ColumnKind, text, way)
	}
	return kind
}

func kindOf(text string) string {
	kind := strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(strings.TrimSpace(text)))
	if kind == "programme-guide" {
		return ProgramGuide
	}
	return kind
}

func isKind(s string) bool {
	for word := range strings.SplitSeq(s, "-") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}

func (r *reader) language() string {
	const way = "a language is a BCP 47 tag such as en, de-AT or zh-Hant"
	text := r.needed(ColumnLanguage, way)
	tag, ok := Tag(text)
	if text != "" && !ok {
		r.wrong(RuleMalformedTag, ColumnLanguage, text, way)
	}
	return tag
}

func (r *reader) link() string {
	text := r.text(ColumnLink)
	if text == "" {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.ContainsFunc(text, unicode.IsSpace) {
		r.wrong(RuleMalformedLink, ColumnLink, text, "not a link: write the whole address, beginning with https://")
	}
	return text
}

// file reads the name of a file, which must not lead out of the folder where the files are kept.
func (r *reader) file() string {
	text := r.text(ColumnFile)
	if strings.ContainsAny(text, `/\:`) || strings.HasPrefix(text, ".") || strings.ContainsFunc(text, unicode.IsControl) {
		r.wrong(RuleMalformedFile, ColumnFile, text, "not the name of a file: give the name alone, without folders")
	}
	return text
}

func (r *reader) hash() string {
	text := strings.ToLower(r.text(ColumnSHA256))
	if text != "" && (len(text) != 64 || strings.Trim(text, "0123456789abcdef") != "") {
		r.wrong(RuleMalformedHash, ColumnSHA256, text, "not a SHA-256 in 64 hexadecimal digits: leave it empty, it is filled in from the file")
	}
	return text
}

func (r *reader) size() int64 {
	text := r.text(ColumnSize)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		r.wrong(RuleMalformedSize, ColumnSize, text, "not a number of bytes above 0: leave it empty, it is filled in from the file")
		return 0
	}
	return n
}

// markets reads whom a document is for.
func (r *reader) markets() []string {
	const way = "name countries by their ISO 3166 codes, regions (americas, asia-pacific, emea, japan, korea, taiwan), or ww for everywhere"
	markets, unknown := parseMarkets(r.text(ColumnMarkets))
	switch {
	case len(unknown) > 0:
		r.wrong(RuleUnknownMarkets, ColumnMarkets, unknown[0], fmt.Sprintf("%d of the markets are not known: %s", len(unknown), way))
	case len(markets) == 0:
		r.wrong(RuleMissingValue, ColumnMarkets, "", way)
	}
	return markets
}

// parseMarkets reads a list of markets, separated by semicolons, commas or line breaks. The names of regions have commas themselves: the
// longest run of parts that names a region is taken for it.
func parseMarkets(text string) (markets, unknown []string) {
	for element := range strings.FieldsFuncSeq(text, func(c rune) bool { return strings.ContainsRune(";|\n\r", c) }) {
		parts := strings.Split(element, ",")
		for len(parts) > 0 {
			market, taken := firstMarket(parts)
			if written := strings.TrimSpace(parts[0]); market != "" {
				markets = append(markets, market)
			} else if written != "" {
				unknown = append(unknown, written)
			}
			parts = parts[taken:]
		}
	}
	slices.SortFunc(markets, compareMarkets)
	return slices.Compact(markets), unknown
}

// longestName is of how many parts between commas a region's name has at most.
const longestName = 3

// firstMarket reads the market that parts begin with, and says how many parts it took; the market is empty when they begin with none.
func firstMarket(parts []string) (market string, taken int) {
	for taken := min(len(parts), longestName); taken > 0; taken-- {
		if r, ok := ParseRegion(strings.Join(parts[:taken], ",")); ok {
			return string(r), taken
		}
	}
	code := strings.ToUpper(strings.TrimSpace(parts[0]))
	switch {
	case code == "WW" || code == "ALL" || code == "WORLDWIDE" || code == "EVERYWHERE":
		return Everywhere, 1
	case listing.KnownMarket(code):
		return code, 1
	}
	return "", 1
}

// compareMarkets puts everywhere first, then regions in their order, then countries.
func compareMarkets(a, b string) int {
	rank := func(market string) int {
		if market == Everywhere {
			return -1
		}
		if i := slices.Index(Regions(), Region(market)); i >= 0 {
			return i
		}
		return len(Regions())
	}
	if x, y := rank(a), rank(b); x != y {
		return x - y
	}
	return strings.Compare(a, b)
}

// short is a value as problems show it.
func short(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
