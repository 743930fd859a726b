package reconcile

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/bill"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/sheet"
)

type failer interface{ Fatal(args ...any) }

func dec(t failer, s string) money.Decimal {
	d, err := money.Parse(s)
	if err != nil {
		t.Fatal(s, err)
	}
	return d
}

// catalogue answers questions by a rule, and remembers how often it was asked what.
type catalogue struct {
	rates    func(bill.RateQuestion) bill.Scale
	prices   func(bill.PriceQuestion) bill.Prices
	asked    map[any]int
	requests []int // questions of each
}

func (c *catalogue) Rates(_ context.Context, questions []bill.RateQuestion) ([]bill.Scale, error) {
	return answerAll(c, questions, c.rates), nil
}

func (c *catalogue) Prices(_ context.Context, questions []bill.PriceQuestion) ([]bill.Prices, error) {
	return answerAll(c, questions, c.prices), nil
}

func answerAll[Q comparable, A any](c *catalogue, questions []Q, answer func(Q) A) []A {
	c.requests = append(c.requests, len(questions))
	answers := make([]A, len(questions))
	for i, q := range questions {
		if c.asked != nil {
			c.asked[q]++
		}
		answers[i] = answer(q)
	}
	return answers
}

// meters answers of every meter: hours in blocks of ten, three tiers.
func meters(t failer) *catalogue {
	from, known := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC)
	var tiers []bill.Rate
	for _, tier := range [][2]string{{"0", "1.5"}, {"10", "1.25"}, {"100", "0.75"}} {
		tiers = append(tiers, bill.Rate{Tier: dec(t, tier[0]), Price: dec(t, tier[1]), Unit: "10 Hours", From: from, KnownAt: known})
	}
	scale := bill.NewScale(tiers)
	return &catalogue{asked: map[any]int{}, rates: func(q bill.RateQuestion) bill.Scale {
		if !q.KnownAt.IsZero() && q.KnownAt.Before(known) || q.At.Before(from) {
			return bill.Scale{}
		}
		return scale
	}, prices: func(bill.PriceQuestion) bill.Prices { return nil }}
}

// licences answers of every product: 120 for a year.
func licences(t failer) *catalogue {
	return &catalogue{asked: map[any]int{}, prices: func(q bill.PriceQuestion) bill.Prices {
		return bill.Prices{{Currency: "USD", Unit: dec(t, "120"), ERP: dec(t, "150"), Basis: pricelist.PerTerm, Release: "license-us-2026-01-r1"}}
	}}
}

func thenPolicy() Options {
	return Options{Policy: bill.Policy{Knowledge: bill.Knowledge{Then: true}}, PriceCurrency: "USD"}
}

// check runs a bill and closes the result at the end of the test.
func check(t *testing.T, content string, lookup Lookup, o Options) *Result {
	t.Helper()
	o.Dir = t.TempDir()
	r, err := Check(t.Context(), strings.NewReader(content), lookup, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// cells returns the report's rows, by the names of their columns.
func cells(t *testing.T, table sheet.Table) []map[string]string {
	t.Helper()
	var rows []map[string]string
	for row, err := range table.Rows {
		if err != nil {
			t.Fatal(err)
		}
		cells := map[string]string{}
		for i, c := range table.Columns {
			cells[c.Name] = row[i]
		}
		rows = append(rows, cells)
	}
	return rows
}

// flat answers of every meter with one price, whoever asks.
func flat(t failer) *catalogue {
	scale := bill.NewScale([]bill.Rate{{Price: dec(t, "1.5"), Unit: "10 Hours", From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), KnownAt: time.Date(2026, 1, 1, 6, 0, 0, 0, time.UTC)}})
	return &catalogue{rates: func(bill.RateQuestion) bill.Scale { return scale }}
}

// generator writes a bill of usage of any length without holding it: lines of a month in no order, priced as flat does. Of a hundred lines one
// is charged for a unit too many.
type generator struct {
	left, row int
	random    *rand.Rand
	rest      bytes.Buffer
}

func generated(lines int) *generator {
	g := &generator{left: lines, random: rand.New(rand.NewPCG(1, 2))}
	g.rest.WriteString("subscription,date,meter,sku,quantity,unit,charged,currency\n")
	return g
}

// Read is io.Reader's.
func (g *generator) Read(p []byte) (int, error) {
	for g.rest.Len() < len(p) && g.left > 0 {
		g.left--
		g.row++
		meter, units, wrong := g.random.IntN(5_000), g.random.IntN(40)+2, 0
		if g.row%100 == 0 {
			wrong = 1
		}
		fmt.Fprintf(&g.rest, "sub-%04d,2026-01-%02d,%08x-f088-5d25-8e72-147ec2e66261,DZH318Z0%04d/%04d,%d,1 Hour,%d.%02d,USD\n", g.random.IntN(2_000), g.random.IntN(30)+1, meter,
			meter%977, meter%7, units, (units+wrong)*15/100, (units+wrong)*15%100)
	}
	return g.rest.Read(p)
}

func parsed(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
