package ingester_test

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/services/ingester"
	"github.com/pricewire/pricewire/services/ingester/azure/azuretest"
)

// drawn are rows of one moment, grouped: what must not be torn apart over traversals, because a later one overrules an earlier one.
type drawn [][]string

func (d drawn) rows() []string { return slices.Concat(d...) }

// drawCatalogue draws rows of some rates: several of one rate, rows that disagree, dummies, and rows that nobody can read.
func drawCatalogue(t *rapid.T, label string) drawn {
	var all drawn
	for _, m := range rapid.SliceOfNDistinct(rapid.IntRange(0, 15), 1, 12, rapid.ID[int]).Draw(t, label+" meters") {
		fields := map[string]string{
			"serviceFamily": []string{`"Compute"`, `"Storage"`, `""`}[m%3], "armRegionName": []string{`"westeurope"`, `""`}[m/3%2],
		}
		var group []string
		for range rapid.IntRange(1, 3).Draw(t, label+" rows") {
			fields["retailPrice"] = rapid.SampledFrom([]string{"1", "1.0", "2", "0", "1e-10", "-1", `"x"`}).Draw(t, label+" price")
			fields["effectiveStartDate"] = rapid.SampledFrom([]string{`"2025-01-01T00:00:00Z"`, `"2026-01-01T00:00:00"`, `"2027-01-01T00:00:00Z"`}).Draw(t, label+" start")
			fields["effectiveEndDate"] = rapid.SampledFrom([]string{"", `"2026-12-31T23:59:00Z"`, `"2024-12-31T23:59:00Z"`}).Draw(t, label+" end")
			fields["skuName"] = rapid.SampledFrom([]string{`"D2 v5"`, `"D3 v5"`}).Draw(t, label+" name")
			group = append(group, azuretest.Row(fmt.Sprint("m", m), fields))
		}
		all = append(all, group)
	}
	return all
}

// crawled crawls catalogues one after the other, each in a way of its own, and returns what is published: without what tells of the way. It
// counts shards.
func (b *bundle) crawled(t *testing.T, days []drawn, way func(rows drawn)) (told []string, shards int, err error) {
	g := b.ingester(t)
	defer func() { _ = g.Close(context.Background()) }()
	for _, rows := range days {
		way(rows)
		r, err := g.Crawl(t.Context(), ingester.CrawlRequest{})
		if err != nil {
			return nil, 0, err
		}
		shards += len(r.Record.Shards)
		b.clock.move(24 * time.Hour)
	}
	return b.told(t), shards, nil
}

// told returns all messages byte by byte, but of records of crawls only what does not tell how they were read.
func (b *bundle) told(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, r := range b.records(t) {
		e, err := event.Decode(r.Subject, r.Data)
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := e.Payload.(*event.CrawlFinished); ok {
			all = append(all, fmt.Sprintf("%s %s %d %s %q %+v %d", c.Crawl, c.Started, c.Identities, c.Content, c.Refused, c.Counts, c.Quarantined))
			continue
		}
		all = append(all, string(r.Data))
	}
	return all
}

// Whatever the order of rows, how often they come, and how they are divided into pages, shards and traversals: the same is published, to the
// byte, and crawls have the same content.
func TestWhatIsPublishedDependsOnTheRowsAlone(t *testing.T) {
	shards := 0
	rapid.Check(t, func(rt *rapid.T) {
		var days []drawn
		for n := range rapid.IntRange(1, 3).Draw(rt, "crawls") {
			days = append(days, drawCatalogue(rt, fmt.Sprint("crawl ", n)))
		}
		plain := newBundle(t)
		s := plain.scripted(t, nil)
		want, _, err := plain.crawled(t, days, func(rows drawn) { s.play(pages(1000, rows.rows()...)) })
		if err != nil {
			rt.Fatal(err)
		}
		torn := newBundle(t)
		s = torn.scripted(t, nil)
		got, _, err := torn.crawled(t, days, func(rows drawn) { s.play(drawTraversals(rt, rows)...) })
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("in pages and traversals (-want +got):\n%s", diff)
		}
		sharded := newBundle(t)
		sharded.cfg.ShardRows = rapid.IntRange(1, 6).Draw(rt, "rows a shard")
		sharded.source.PageRows, sharded.source.Unordered = rapid.IntRange(1, 5).Draw(rt, "rows a page"), true
		sharded.source.Chances = azuretest.Chances{Repeated: .3, Overlapping: .3}
		var n int
		if got, n, err = sharded.crawled(t, days, func(rows drawn) { sharded.source.Set(rows.rows()...) }); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("in shards (-want +got):\n%s", diff)
		}
		shards += n
	})
	if shards == 0 {
		t.Error("nothing was read in shards")
	}
}

// drawTraversals divides rows into traversals, each with its own order, repetitions and pages. All but the last may miss rates, but no rate is
// missed by two: what nobody shows cannot be known.
func drawTraversals(t *rapid.T, rows drawn) (all [][][]string) {
	var missed []int
	for range rapid.IntRange(0, 2).Draw(t, "more traversals") {
		missing := rapid.SliceOfNDistinct(rapid.IntRange(0, len(rows)-1), 0, len(rows)/8, rapid.ID[int]).Draw(t, "missing")
		missing = slices.DeleteFunc(missing, func(i int) bool { return slices.Contains(missed, i) })
		missed = append(missed, missing...)
		var some drawn
		for i, group := range rows {
			if !slices.Contains(missing, i) {
				some = append(some, group)
			}
		}
		all = append(all, drawPages(t, some.rows()))
	}
	return append(all, drawPages(t, rows.rows()))
}

func drawPages(t *rapid.T, rows []string) [][]string {
	mixed := rapid.Permutation(rows).Draw(t, "order")
	for range rapid.IntRange(0, 3).Draw(t, "repetitions") {
		mixed = append(mixed, rapid.SampledFrom(rows).Draw(t, "repeated"))
	}
	return pages(rapid.IntRange(1, 1+len(mixed)).Draw(t, "rows a page"), mixed...)
}

// drawNumber draws a number as JSON may write it.
func drawNumber(t *rapid.T) string {
	whole := rapid.SampledFrom([]string{"0", "1", "7", "12", "530", "99999", "123456789012", "922337203685477580", "1000000000000000000"}).Draw(t, "whole")
	if rapid.Bool().Draw(t, "decimals") {
		whole += "." + rapid.StringMatching(`[0-9]{1,20}`).Draw(t, "fraction")
	}
	if rapid.Bool().Draw(t, "exponent") {
		whole += rapid.SampledFrom([]string{"e", "E"}).Draw(t, "e") + rapid.SampledFrom([]string{"", "+", "-"}).Draw(t, "sign") + fmt.Sprint(rapid.IntRange(0, 20).Draw(t, "power"))
	}
	return whole
}

// A price comes out as the number that went in, however that was written, or not at all. None that a price may be is lost.
func TestAPriceIsNeverRounded(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		literals := rapid.SliceOfN(rapid.Custom(drawNumber), 1, 30).Draw(rt, "literals")
		rows := make([]string, len(literals))
		for i, l := range literals {
			rows[i] = azuretest.Row(fmt.Sprint("m", i), map[string]string{
				"retailPrice": l, "savingsPlan": fmt.Sprintf(`[{"term":"1 Year","retailPrice":%s}]`, l),
			})
		}
		b := newBundle(t)
		b.source.Set(slices.Concat(rows, []string{row("other", "1")})...)
		if _, _, err := b.crawled(t, []drawn{nil}, func(drawn) {}); err != nil {
			rt.Fatal(err)
		}
		published := make(map[string]*event.RateChanged)
		for _, c := range b.changes(t) {
			published[c.Identity.MeterID] = c
		}
		for i, l := range literals {
			want, ok := new(big.Rat).SetString(l)
			if !ok {
				rt.Fatalf("%q is no number", l)
			}
			c := published[fmt.Sprint("m", i)]
			if c == nil {
				if fits(want) {
					rt.Fatalf("%s: not published", l)
				}
				continue
			}
			for _, text := range []string{c.After.Price, c.After.SavingsPlans[0].Price} {
				if got, ok := new(big.Rat).SetString(text); !ok || got.Cmp(want) != 0 || strings.ContainsAny(text, "eE") {
					rt.Fatalf("%s came out as %s", l, text)
				}
			}
		}
	})
}

// fits reports whether a number has at most 18 decimals and 18 digits before them.
func fits(n *big.Rat) bool {
	scaled := new(big.Rat).Mul(n, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil)))
	return scaled.IsInt() && n.Cmp(new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil))) < 0
}
