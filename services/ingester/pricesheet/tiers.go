package pricesheet

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/record"
)

// span is a tier's range of units: those after the first before, up to the until-th; open when until is zero.
type span struct {
	before, until money.Decimal
	open          bool
}

// readSpan reads a range as sheets write it, its first and its last unit counted from 1; an empty first is the first of all, an empty last
// leaves it open. It says what is wrong with one that is none.
func readSpan(from, to string) (s span, problem string) {
	first, last := money.Int(1), money.Decimal{}
	if from != "" {
		if first, problem = units("PricingTierRangeMin", from); problem != "" {
			return s, problem
		}
	}
	s.open = to == ""
	if !s.open {
		if last, problem = units("PricingTierRangeMax", to); problem != "" {
			return s, problem
		}
		if last.Cmp(first) < 0 || last.IsZero() {
			return s, fmt.Sprintf("PricingTierRangeMax %s is before PricingTierRangeMin %s", last, first)
		}
	}
	s.until = last
	if first.Cmp(money.Int(1)) >= 0 {
		before, err := money.FromExact(first.Exact().Sub(money.Int(1).Exact()))
		if err != nil { // less than a number that was exact is exact
			return s, fmt.Sprintf("PricingTierRangeMin: %q: %v", from, err)
		}
		s.before = before
	}
	return s, ""
}

// units reads a whole number that is not negative.
func units(column, text string) (n money.Decimal, problem string) {
	n, err := money.Parse(record.Number(text))
	switch {
	case err != nil:
		return n, fmt.Sprintf("%s: %.40q: %v", column, text, err)
	case n.IsNegative() || n.Decimals() > 0:
		return n, fmt.Sprintf("%s: %.40q is not a count of units", column, text)
	}
	return n, ""
}

func (s span) String() string {
	if s.open {
		return fmt.Sprintf("%s units on", s.before)
	}
	return fmt.Sprintf("%s to %s units", s.before, s.until)
}

func compareSpans(a, b span) int {
	if c := a.before.Cmp(b.before); c != 0 {
		return c
	}
	if a.open != b.open {
		if a.open {
			return 1
		}
		return -1
	}
	return a.until.Cmp(b.until)
}

// scale is what the ranges that must fit together share: an identity without its tier, and a start.
type scale struct {
	identity rate.Identity
	start    string
}

// held is a row that waits for the other ranges of its scale.
type held struct {
	said
	line int
	raw  []byte
}

// tiers are the rows with tier ranges.
type tiers struct {
	scales map[scale][]held
	order  []scale // as first seen, so that the sink gets the same sequence each time
	bytes  int
}

// heldOverhead is about what a held row takes beside its bytes.
const heldOverhead = 1 << 10

func (t *tiers) hold(s said, rec *record.Record, most int) error {
	if t.bytes += len(rec.Raw) + heldOverhead; t.bytes > most {
		return rec.Wrong("the sheet has more than %d bytes of rows with tier ranges", most).WithHint("split it into several sheets, by product")
	}
	key := scale{identity: s.row.Identity, start: s.start}
	if s.wrong != nil {
		key.identity = s.wrong.Identity
	}
	key.identity.Tier = money.Decimal{}
	if t.scales == nil {
		t.scales = map[scale][]held{}
	}
	if t.scales[key] == nil {
		t.order = append(t.order, key)
	}
	h := held{said: s, line: rec.Line, raw: bytes.Clone(rec.Raw)}
	if h.wrong != nil {
		h.wrong.Raw = h.raw[:min(len(h.raw), record.RawKept)]
	}
	t.scales[key] = append(t.scales[key], h)
	return nil
}

// handOver hands over what was held back.
func (t *tiers) handOver(to rate.Sink) error {
	for _, key := range t.order {
		rows := t.scales[key]
		problem := misfit(rows)
		for i := range rows {
			if err := rows[i].handOver(to, problem); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *held) handOver(to rate.Sink, problem string) error {
	switch {
	case h.wrong != nil:
		return to.Bad(h.wrong)
	case problem == "":
		return to.Row(&h.row, h.raw)
	}
	return to.Bad(&rate.Quarantined{
		Reason: reasonTiers, Detail: record.Told(h.line, problem), Identity: h.row.Identity, HasIdentity: true, Raw: h.raw[:min(len(h.raw), record.RawKept)],
		Digest: sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", reasonTiers, h.row.MeterID, h.raw)),
	})
}

// misfit says how ranges fail to follow each other from the first unit on; nothing when they do. Rows of one and the same range count as
// one: whether they agree is not for us to say.
func misfit(rows []held) string {
	spans := make([]span, len(rows))
	for i := range rows {
		spans[i] = rows[i].span
	}
	slices.SortFunc(spans, compareSpans)
	spans = slices.Compact(spans)
	if !spans[0].before.IsZero() {
		return fmt.Sprintf("PricingTierRangeMin: the first %s units have no price", spans[0].before)
	}
	for i := 1; i < len(spans); i++ {
		a, b := spans[i-1], spans[i]
		switch {
		case a.open || a.until.Cmp(b.before) > 0:
			return fmt.Sprintf("PricingTierRangeMin: the ranges %s and %s overlap", a, b)
		case a.until.Cmp(b.before) < 0:
			return fmt.Sprintf("PricingTierRangeMin: %s to %s units have no price", a.until, b.before)
		}
	}
	return ""
}
