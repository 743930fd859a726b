package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestASeedDecidesARound(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(200) {
		p := newPlan(seed, "")
		if diff := cmp.Diff(p, newPlan(seed, "")); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
		if len(p.Faults) < 2 || len(p.Stories) == 0 || p.Generations < 2 {
			t.Errorf("seed %d: %+v", seed, p)
		}
		for _, d := range p.Faults {
			if d.Deed == deedPlant {
				seen[d.Whom] = true
			} else {
				seen[string(d.Deed)+" "+d.Whom] = true
			}
			if d.Whom == "writer" && p.Writers < 2 {
				t.Errorf("seed %d disturbs a writer that there is not: %s", seed, d)
			}
			if d.At != "" {
				seen[string(d.Part)+" "+string(d.At)] = true
			}
		}
	}
	for _, want := range []string{
		"kill product", "kill writer", "kill nats", "kill clickhouse", "kill-at product", "kill-at nats", "kill-at clickhouse", "freeze nats", "freeze clickhouse",
		"full nats", "full clickhouse", "silence nats", "halfopen clickhouse", "before insert-answer", "during insert-answer", "after insert-answer",
		"before batch-ack", "during batch-ack", "after batch-ack", "before batch-commit", "during insert-data",
	} {
		if !seen[want] {
			t.Errorf("200 rounds have no %s", want)
		}
	}
	for _, kind := range plants() {
		if !seen[string(kind)] {
			t.Errorf("200 rounds plant no %s", kind)
		}
	}
}

func TestAPlanMayHaveFaultsOfCertainWordsOnly(t *testing.T) {
	for seed := range uint64(20) {
		for _, d := range newPlan(seed, "insert-answer").Faults {
			if d.At != insertAnswer {
				t.Errorf("seed %d: %s", seed, d)
			}
		}
	}
	if p := newPlan(1, "flood"); len(p.Faults) > 0 {
		t.Errorf("%v", p.Faults)
	}
}

func TestACommandLineIsFilledIn(t *testing.T) {
	got := words("--data {data}/x --nats {nats} up", map[string]string{"data": "/a b", "nats": "nats://n"})
	if diff := cmp.Diff([]string{"--data", "/a b/x", "--nats", "nats://n", "up"}, got); diff != "" {
		t.Error(diff)
	}
}
