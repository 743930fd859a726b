package rate

import (
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

func TestAChangeThatDoesNotFitIsNotReplayed(t *testing.T) {
	w := watch(t)
	good := w.one(w.sees("2026-01-10", row("0.5", "2026-01-01", "")))
	before := shelved(w.l)
	for what, spoil := range map[string]func(*Change){
		"currency":       func(c *Change) { c.Identity.Currency = "EUR" },
		"key":            func(c *Change) { c.Key++ },
		"no scope":       func(c *Change) { c.Scope = "" },
		"no region":      func(c *Change) { c.Region = "" },
		"scope":          func(c *Change) { c.Scope = "other" },
		"row of another": func(c *Change) { r := rowOf("n", "1", "2026-01-01", ""); c.After = &r },
	} {
		c := good
		spoil(&c)
		if err := w.l.ReplayChange(c); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	w.l.keyOf = func(Identity) Key { return good.Key }
	c := good
	c.Identity.MeterID, c.After = "n", nil
	if err := w.l.ReplayChange(c); !fault.Is(err, fault.Internal) {
		t.Errorf("collision: %v", err)
	}
	if shelved(w.l) != before {
		t.Error("what was not replayed changed the ledger")
	}
}

func TestARecordThatDoesNotFitIsNotReplayed(t *testing.T) {
	w := watch(t)
	good := w.sees("2026-01-10", row("0.5", "2026-01-01", "")).Record
	for what, spoil := range map[string]func(*Record){
		"at once":  func(r *Record) { r.At, r.Content = good.At, strings.Repeat("ab", 32) },
		"earlier":  func(r *Record) { r.At = at("2026-01-09") },
		"currency": func(r *Record) { r.Currency = "EUR" },
		"no scope": func(r *Record) { r.Scope = "" },
		"no time":  func(r *Record) { r.At = at("") },
		"content":  func(r *Record) { r.Content = "abc" },
	} {
		r := good
		r.At = at("2026-01-11")
		spoil(&r)
		if err := w.l.ReplayRecord(r, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := w.l.ReplayRecord(good, nil); err != nil || len(w.l.scopes["azure-usd"].pasts) != 1 {
		t.Errorf("a record that is known changes nothing: %v", err)
	}
	refused := good
	refused.Refused = "empty"
	if err := w.l.ReplayRecord(refused, nil); err != nil || len(w.l.scopes["azure-usd"].pasts) != 1 {
		t.Errorf("the record of a refused crawl is no observation: %v", err)
	}
}
