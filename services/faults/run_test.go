package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// programs builds what rounds run.
func programs(t *testing.T) (product, servers string) {
	t.Helper()
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", dir+string(filepath.Separator),
		"github.com/pricewire/pricewire/services/pricewire/cmd/pricewire", "github.com/pricewire/pricewire/services/e2e/servers")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	return filepath.Join(dir, "pricewire"), filepath.Join(dir, "servers")
}

// playRounds plays rounds and fails when something was wrong in one; their folders stay only as long as the test.
func playRounds(t *testing.T, rounds int, seed uint64) string {
	t.Helper()
	product, servers := programs(t)
	var out, talk bytes.Buffer
	err := run(t.Context(), []string{
		"-rounds", fmt.Sprint(rounds), "-seed", fmt.Sprint(seed), "-at-once", "2", "-program", product, "-servers", servers, "-folder", t.TempDir(),
	}, &out, &talk)
	t.Logf("%s%s", out.String(), talk.String())
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Rounds of tests have seeds that are always the same. None fills the engine's disk: that leaves, now and then, a part that cannot be read, which
// `make faults` tells with a verdict of its own.
const (
	fewFrom, fewRounds   = 2, 3
	manyFrom, manyRounds = 13, 12
)

func TestRoundsOfTestsFillNoDiskOfTheEngine(t *testing.T) {
	for _, seeds := range [][2]uint64{{fewFrom, fewRounds}, {manyFrom, manyRounds}} {
		for n := range seeds[1] {
			if p := newPlan(seeds[0]+n, ""); p.fillsEngine() {
				t.Errorf("seed %d: %s", p.Seed, p.words())
			}
		}
	}
	if !newPlan(652, "").fillsEngine() {
		t.Error("seed 652 does not fill it")
	}
}

// These rounds kill the product, NATS and ClickHouse, the latter right after an insertion that it could not acknowledge, cut connections
// around commits, and have two writers.
func TestSomeRoundsOfFaultsLoseDoubleAndHalveNothing(t *testing.T) {
	out := playRounds(t, fewRounds, fewFrom)
	for seed := fewFrom; seed < fewFrom+fewRounds; seed++ {
		if !strings.Contains(out, fmt.Sprintf("seed %d: ok", seed)) {
			t.Errorf("seed %d is not told of", seed)
		}
	}
}

func TestWhatCannotBePlayedIsSaid(t *testing.T) {
	for _, args := range [][]string{{"-rounds", "0"}, {"-at-once", "0"}, {"-program", "/nowhere"}, {"-nothing"}} {
		if err := run(context.Background(), args, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}

func TestARoundThatFailsSaysHowToRepeatIt(t *testing.T) {
	var out bytes.Buffer
	settings{folder: "/kept"}.tell(&out, outcome{plan: newPlan(7, ""), wrong: []string{"rates lacks a row"}, remarks: []string{"nats ended"}})
	for _, want := range []string{"seed 7: FAILED", "wrong: rates lacks a row", "note: nats ended", "/kept/round-7", "make faults N=1 SEED=7"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %s", want, out.String())
		}
	}
}

func TestARoundWithoutItsServersFailsAndKeepsItsFolder(t *testing.T) {
	folder := t.TempDir()
	o := settings{program: "/bin/false", servers: "/bin/false", folder: folder}.play(t.Context(), newPlan(3, ""))
	text, err := os.ReadFile(filepath.Join(folder, "round-3", "round.txt"))
	if len(o.wrong) != 1 || err != nil || !strings.Contains(string(text), o.wrong[0]) {
		t.Errorf("%v; %v %s", o.wrong, err, text)
	}
}
