package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// span is a period of the only rate of these tests.
func span(known, from, to, price string) row {
	return row{"known_at": known, "valid_from": from, "valid_to": to, "price": price, "effective_from": from}
}

func TestTheLatestKnownPeriodAnswersUntilAnotherDoes(t *testing.T) {
	rows := map[place]row{
		{"S", 1, 0}: span("k1", "2010", open, "1"),
		{"S", 2, 0}: span("k2", "2020", "2030", "2"),
		{"S", 3, 0}: span("k2", "2030", "2040", none), // of what is known at once, the later one counts
		{"S", 4, 0}: span("k3", "2040", "2050", "1"),
	}
	rows[place{"S", 4, 0}]["effective_from"] = "2010"
	for name, c := range map[string]struct {
		at              moment
		price, from, to string
	}{
		"before all":               {moment{"2009", "k9"}, "", "", ""},
		"not known yet":            {moment{"2010", "k0"}, "", "", ""},
		"the first":                {moment{"2015", "k9"}, "1", "2010", "2020"},
		"as known before":          {moment{"2025", "k1"}, "1", "2010", open},
		"what is known later":      {moment{"2020", "k2"}, "2", "2020", "2030"},
		"none is an answer":        {moment{"2035", "k9"}, "", "", ""},
		"an answer told again":     {moment{"2045", "k9"}, "1", "2040", open},
		"the same, behind its end": {moment{"2050", "k9"}, "1", "2040", open},
	} {
		for _, all := range histories(rows, nil) {
			hit, from, to := all.fold(c.at, rateAnswer)
			if hit["price"] != c.price || from != c.from || to != c.to {
				t.Errorf("%s: %s from %s to %s", name, hit["price"], from, to)
			}
		}
	}
}

func TestListsAsOfAreReadOffTheModel(t *testing.T) {
	m, err := newModel(examples(t))
	if err != nil {
		t.Fatal(err)
	}
	late := moment{"2026-12-15 00:00:00.000", "2261-01-01 00:00:00.000000"}
	for name, c := range map[string]struct {
		view view
		rows map[place]row
	}{"rates": {ratesView("rates_at"), m.ratesAt(late)}, "prices": {pricesView(late), m.pricesAt(moment{"2026-12-02 00:00:00.000", "2026-12-02 00:00:00.000000"})}} {
		if len(c.rows) == 0 {
			t.Errorf("%s: none", name)
		}
		for at, r := range c.rows {
			for _, column := range c.view.columns {
				if _, ok := r[column]; !ok {
					t.Errorf("%s %v has no %s", name, at, column)
				}
			}
			if len(r) != len(c.view.columns) {
				t.Errorf("%s %v: %v", name, at, r)
			}
		}
		if wrong := compare(c.view, c.rows, nil); len(wrong) == 0 {
			t.Errorf("%s: a lost answer is not found", name)
		}
	}
	if rows := m.ratesAt(moment{late.valid, "1900-01-01 00:00:00.000000"}); len(rows) > 0 {
		t.Errorf("%v was known before anything was", rows)
	}
}

func TestAReleaseIsInForceUntilAnotherIsOrItIsWithdrawn(t *testing.T) {
	release := func(id, revision, effective, published string) row {
		return row{"release": id, "market": "US", "revision": revision, "effective_at": effective + " 00:00:00.000000", "published_at": published}
	}
	m := model{
		"releases": {
			{"S", 1, 0}: release("a", "1", "2026-01-01", "k1"), {"S", 2, 0}: release("b", "9", "2026-02-01", "k2"), {"S", 3, 0}: release("c", "10", "2026-02-01", "k3"),
		},
		"withdrawals": {{"S", 4, 0}: {"release": "c", "whole": "true", "valid_from": "2026-03-01 00:00:00.000", "known_at": "k4"}},
	}
	for want, at := range map[string]moment{
		"":  {"2025-12-31 00:00:00.000", "k9"},
		"a": {"2026-02-01 00:00:00.000", "k1"},
		"b": {"2026-03-01 00:00:00.000", "k4"},
		"c": {"2026-02-01 00:00:00.000", "k4"},
	} {
		if got := m.inForce(at)["US"]; got != want {
			t.Errorf("%v: %q, not %q", at, got, want)
		}
	}
}

func TestMomentsAreNowAndSomeThatMatter(t *testing.T) {
	m, err := newModel(examples(t))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	draw := func(seed uint64) []moment { return m.moments(rand.New(rand.NewPCG(seed, 1)), at, otherMoments) }
	all := draw(1)
	if len(all) != 1+otherMoments || all[0] != momentOf(at, at) {
		t.Errorf("%v", all)
	}
	if diff := cmp.Diff(all, draw(1), cmp.AllowUnexported(moment{})); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(all, draw(2), cmp.AllowUnexported(moment{})) {
		t.Error("another seed gives the same moments")
	}
}
