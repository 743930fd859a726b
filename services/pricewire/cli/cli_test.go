package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
)

// invoke runs a command line and returns what it printed and its exit code.
func invoke(t *testing.T, args ...string) (string, string, int) {
	t.Helper()
	var out, errs bytes.Buffer
	code := Run(t.Context(), "test", args, Streams{Out: &out, Err: &errs})
	return out.String(), errs.String(), code
}

func TestEveryCommandSaysWhatItDoes(t *testing.T) {
	root := (&app{}).root()
	for _, group := range root.Commands() {
		for _, cmd := range append(group.Commands(), group) {
			if cmd.Short == "" {
				t.Errorf("%s says nothing about itself", cmd.CommandPath())
			}
			if cmd.RunE == nil && !cmd.HasSubCommands() {
				t.Errorf("%s does nothing", cmd.CommandPath())
			}
		}
	}
	if out, _, code := invoke(t, "help"); code != exitOK || !strings.Contains(out, "pricewire up") {
		t.Errorf("help: %d: %s", code, out)
	}
}

func TestACommandLineThatIsWrongIsAUsageError(t *testing.T) {
	for _, args := range [][]string{
		{"nonsense"},
		{"up", "--nonsense"},
		{"release", "show"},
		{"release", "create", "x.csv"},
		{"price", "get", "--market", "US"},
		{"status", "-o", "xml"},
		{"price"},
		{"price", "guess"},
		{"release", "lint", "."},
		{"status", "--as", "a\nb"},
		{"sample", "list", "--month", "2020-01"},
		{"up", "--clock-rate", "NaN"},
		{"up", "--crawl-schedule", "often"},
		{"up", "--currencies", "PLN"},
		{"up", "--currencies", ""},
		{"up", "--crawl-traversals", "0.5"},
		{"up", "--crawl-concurrency", "0"},
		{"up", "--crawl-rate", "NaN"},
		{"up", "--crawl-shard-rows", "-1"},
		{"up", "--azure-version", "new"},
		{"up", "--shrink", "15"},
		{"up", "--retire-crawls", "0"},
		{"up", "--retire-after", "-1h"},
		{"rate", "backfill", "/nowhere.csv"},
		{"rate", "backfill", ".", "--at", "2026-01-01"},
		{"rate", "backfill", "cli.go"},
		{"sample", "list", "--month", "soon"},
		{"sample", "list", "--lines", "0"},
		{"release", "reject", "x"},
	} {
		out, errs, code := invoke(t, args...)
		if code != exitUsage || out != "" || !strings.HasPrefix(errs, "error: ") {
			t.Errorf("%v: exit %d, %q, %q", args, code, out, errs)
		}
	}
}

func TestTheEnvironmentFillsFlagsThatAreNotGiven(t *testing.T) {
	t.Setenv("PRICEWIRE_SERVER", "http://127.0.0.1:1")
	if _, errs, code := invoke(t, "status"); code != exitUnavailable || !strings.Contains(errs, "127.0.0.1:1") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if _, errs, _ := invoke(t, "status", "--server", "http://127.0.0.1:2"); !strings.Contains(errs, "127.0.0.1:2") {
		t.Errorf("the flag must win: %s", errs)
	}
	t.Setenv("PRICEWIRE_CLOCK_RATE", "fast")
	if _, errs, code := invoke(t, "up"); code != exitUsage || !strings.Contains(errs, "PRICEWIRE_CLOCK_RATE") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestEveryKindHasItsExitCode(t *testing.T) {
	for kind, want := range map[fault.Kind]int{
		fault.Internal: exitFailure, fault.NotFound: exitNotFound, fault.Conflict: exitConflict, fault.Refused: exitRefused, fault.Unavailable: exitUnavailable, fault.Invalid: exitFailure,
		fault.Unauthenticated: exitRefused, fault.Forbidden: exitRefused,
	} {
		if got := exitCode(fault.New(kind, "x")); got != want {
			t.Errorf("%v: %d, want %d", kind, got, want)
		}
	}
	typed := fault.New(fault.Invalid, "x").WithPlaces(fault.Place{Where: "query.at"}, fault.Place{Where: "flag.data"})
	if exitCode(typed) != exitUsage || exitCode(typed.WithPlaces(fault.Place{Where: "row 7, column UnitPrice"})) != exitFailure {
		t.Error("what was typed is usage, what stands in a file is a failure")
	}
}

func TestSnapshotsAreReadInOrderOfTheirDates(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"2026-02-01.json", "2025-12-31.json.gz", "2026-01-15.json", "2026-01-20.csv.gz", "notes.txt", "2026-1-1.json", "list.csv", "2026-01-21.csv.zip"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := snapshots(dir)
	if err != nil || len(files) != 4 || filepath.Base(files[0]) != "2025-12-31.json.gz" || filepath.Base(files[2]) != "2026-01-20.csv.gz" || filepath.Base(files[3]) != "2026-02-01.json" {
		t.Errorf("%v, %v", files, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "2026-01-15.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := snapshots(dir); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "2026-01-15") {
		t.Errorf("two files of one date: %v", err)
	}
	if _, err := snapshots(t.TempDir()); !fault.Is(err, fault.Invalid) {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestAFollowerTakesUpALostConnectionWhereItBrokeOff(t *testing.T) {
	var out, errs bytes.Buffer
	follower := &tailer{app: &app{streams: Streams{Out: &out, Err: &errs}, terminal: isTerminal, format: "ndjson"}, left: 3, bounded: true}
	follower.printer = follower.app.eventPrinter()
	var positions []string
	connections := []string{": follow\n\nid: S@x:1\ndata: {\"id\":\"a\"}\n\nid: S@x:2\ndata: {\"id\":\"b\"}\n\nid: S@x:3\ndata: {\"cut", "id: S@x:3\ndata: {\"id\":\"c\"}\n\nid: S@x:4\ndata: {\"id\":\"d\"}\n\n"}
	err := follower.follow(t.Context(), func(context.Context) (io.ReadCloser, error) {
		positions = append(positions, follower.position)
		if len(positions) > len(connections) {
			return nil, errors.New("too many connections")
		}
		return io.NopCloser(strings.NewReader(connections[len(positions)-1])), nil
	})
	if err != nil || out.String() != "{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"c\"}\n" || strings.Join(positions, " ") != " S@x:2" {
		t.Errorf("%v: %q from %q", err, out.String(), positions)
	}
}

func TestAProblemInTheStreamEndsTheFollower(t *testing.T) {
	follower := &tailer{app: &app{streams: Streams{Out: io.Discard, Err: io.Discard}, terminal: isTerminal}}
	follower.printer = follower.app.eventPrinter()
	err := follower.follow(t.Context(), func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("event: problem\ndata: {\"detail\":\"stream was made anew\",\"hint\":\"begin again\"}\n\n")), nil
	})
	if err == nil || err.Error() != "stream was made anew" || fault.HintOf(err) != "begin again" {
		t.Errorf("%v", err)
	}
}
