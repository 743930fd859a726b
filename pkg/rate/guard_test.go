package rate

import (
	"slices"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

func TestAShardThatShrinksIsRefusedForItselfAndCanBeAcceptedLater(t *testing.T) {
	l := watch(t).l
	compute, storage := families(200, "1")
	settleAll(t, survey(t, l, at2("2026-01-10"), inTwo(compute, storage)...), 7)
	dearer, _ := families(200, "2")
	v, changes := settleAll(t, survey(t, l, at2("2026-01-11"), inTwo(dearer, storage[:165])...), 7)
	if len(changes) != 200 || v.Record.Shards[0].Refused != "" || !strings.HasPrefix(v.Record.Shards[1].Refused, "shrunk: 35 of the 200") {
		t.Fatalf("%d changes, %+v", len(changes), v.Record)
	}
	if n := len(l.index.absent); n != 0 {
		t.Errorf("%d rates of the refused shard are absent", n)
	}
	again := at2("2026-01-11")
	again.Accepted = true
	v, changes = settleAll(t, survey(t, l, again, inTwo(nil, storage[:165])[1]), 7)
	if len(changes) != 0 || !v.Taken() || len(l.index.absent) != 35 {
		t.Errorf("accepted: %d changes, %d absent, %+v", len(changes), len(l.index.absent), v.Record)
	}
	if base := l.scopes["azure-usd"].base(toInstant(at("2026-01-12"))); base == nil || base.identities != 365 {
		t.Errorf("the measure of the next crawl is %+v", base)
	}
	if _, err := survey(t, l, again, inTwo(nil, storage[:150])[1]).Judge(Ending{}, DefaultPolicy()); err != nil {
		t.Errorf("other rows of the last crawl's shards: %v", err)
	}
	again.At = at("2026-01-10")
	if _, err := survey(t, l, again, inTwo(nil, storage[:165])[1]).Judge(Ending{}, DefaultPolicy()); !fault.Is(err, fault.Conflict) {
		t.Errorf("accepted too late: %v", err)
	}
}

func TestASmallShardMayLoseAFewRates(t *testing.T) {
	l := watch(t).l
	compute, storage := families(200, "1")
	settleAll(t, survey(t, l, at2("2026-01-10"), inTwo(compute, storage[:30])...), 100)
	if v, _ := settleAll(t, survey(t, l, at2("2026-01-11"), inTwo(compute, storage[:10])...), 100); !v.Taken() || v.Record.Shards[1].Refused != "" {
		t.Errorf("%+v", v.Record)
	}
}

func TestAShardThatBreaksOffIsNoMeasureAndCountsNoAbsence(t *testing.T) {
	l := watch(t).l
	compute, storage := families(100, "1")
	settleAll(t, survey(t, l, at2("2026-01-10"), inTwo(compute, storage)...), 100)
	parts := inTwo(compute, storage[:3])
	parts[1].broken = "page 2 failed"
	v, _ := settleAll(t, survey(t, l, at2("2026-01-11"), parts...), 100)
	if !v.Taken() || v.Record.Complete || v.Record.Broken != "page 2 failed" || v.Record.Shards[1].Refused != "incomplete: page 2 failed" || len(l.index.absent) != 0 {
		t.Errorf("%+v, %d absent", v.Record, len(l.index.absent))
	}
	for i := range parts {
		parts[i].broken = "gone"
	}
	if v, _ := settleAll(t, survey(t, l, at2("2026-01-12"), parts...), 100); v.Record.Refused != "incomplete: gone" {
		t.Errorf("all broken: %+v", v.Record)
	}
}

func TestACatalogueThatShrinksIsRefusedBeforeAnyShardIs(t *testing.T) {
	l := watch(t).l
	compute, storage := families(100, "1")
	settleAll(t, survey(t, l, at2("2026-01-10"), inTwo(compute, storage)...), 100)
	dearer, _ := families(100, "2")
	v, changes := settleAll(t, survey(t, l, at2("2026-01-11"), inTwo(dearer, storage[:60])...), 100)
	if !strings.HasPrefix(v.Record.Refused, "shrunk: 160 identities") || len(changes) != 0 || v.Record.Shards[1].Refused != "" {
		t.Errorf("%d changes, %+v", len(changes), v.Record)
	}
}

func TestARateThatMovesToAnotherShardIsNotMissing(t *testing.T) {
	l := watch(t).l
	compute, storage := families(100, "1")
	settleAll(t, survey(t, l, at2("2026-01-10"), inTwo(compute, storage)...), 100)
	moved := slices.Clone(storage)
	for i := range 50 {
		r := compute[i]
		r.ServiceFamily = "Storage"
		moved = append(moved, r)
	}
	v, changes := settleAll(t, survey(t, l, at2("2026-01-11"), inTwo(compute[50:], moved)...), 100)
	if v.Record.Shards[0].Refused != "" || len(changes) != 50 || v.Record.Counts.Renamed != 50 || len(l.index.absent) != 0 {
		t.Errorf("%d changes, %d absent, %+v", len(changes), len(l.index.absent), v.Record)
	}
}

func TestWhatNoShardCoversIsNeverAbsent(t *testing.T) {
	l := watch(t).l
	compute, storage := families(50, "1")
	settleAll(t, survey(t, l, at2("2026-01-10"), inTwo(compute, storage)...), 100)
	settleAll(t, survey(t, l, at2("2026-01-11"), inTwo(compute, storage)[0]), 100)
	if len(l.index.absent) != 0 {
		t.Errorf("%d absent", len(l.index.absent))
	}
}

// A rate of which one row lies in a shard that is refused is left as it is, whatever another shard found of it.
func TestARateThatARefusedShardSawIsLeftAlone(t *testing.T) {
	l := watch(t).l
	compute, storage := families(50, "1")
	settleAll(t, survey(t, l, at2("2026-01-10"), inTwo(compute, storage)...), 100)
	parts := inTwo(compute, storage)
	parts[0].broken = "page 2 failed"
	old := compute[0]
	old.Effective, old.ServiceFamily = row("1", "2025-01-01", "2026-01-01").Effective, "Storage"
	parts[1].traversals[0] = append(slices.Clone(storage), old)
	v, changes := settleAll(t, survey(t, l, at2("2026-01-11"), parts...), 100)
	if !v.Taken() || len(changes) != 0 {
		t.Errorf("%+v", changes)
	}
}

// An announced rate, which was never current, belongs where its row says: another shard says nothing about its absence.
func TestAnAnnouncedRateIsAbsentFromItsOwnShardOnly(t *testing.T) {
	l := watch(t).l
	compute, storage := families(50, "1")
	announced := placed("new", "1", "Compute", "westeurope")
	announced.Effective.From = at("2027-01-01")
	settleAll(t, survey(t, l, at2("2026-01-10"), inTwo(append(slices.Clone(compute), announced), storage)...), 100)
	for _, when := range []string{"2026-01-11", "2026-01-13", "2026-01-15", "2026-01-17"} {
		parts := inTwo(compute, storage)
		parts[0].broken = "page 2 failed"
		if _, changes := settleAll(t, survey(t, l, at2(when), parts...), 100); len(changes) != 0 {
			t.Fatalf("%s: %+v", when, changes)
		}
	}
	for _, when := range []string{"2026-01-18", "2026-01-20", "2026-01-22"} {
		settleAll(t, survey(t, l, at2(when), inTwo(compute, storage)...), 100)
	}
	if k, _, err := l.Known(announced.Key()); err != nil || !k.Retired {
		t.Errorf("%+v, %v", k, err)
	}
}
