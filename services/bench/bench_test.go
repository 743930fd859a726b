package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
)

func TestMain(m *testing.M) {
	if crawler, err := beCrawler(context.Background()); crawler {
		if err != nil {
			_, _ = fmt.Fprintln(os.Stderr, "crawler:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestARatioSaysHowManyTimesAsFast(t *testing.T) {
	for _, c := range []struct {
		unit                   string
		value, baseline, ratio float64
	}{
		{"rows/s", 50, 100, 0.5},
		{"s", 0.5, 1, 2},
		{"ms", 40, 10, 0.25},
	} {
		var out bytes.Buffer
		r := report{out: &out, talk: io.Discard}
		if err := r.beside(figure{Name: "x", Value: c.value, Unit: c.unit}, "y", c.baseline); err != nil {
			t.Fatal(err)
		}
		var got figure
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got.Ratio == nil || *got.Ratio != c.ratio || *got.Baseline != "y" || *got.BaselineValue != c.baseline {
			t.Errorf("%v %s beside %v: %s", c.value, c.unit, c.baseline, out.String())
		}
	}
}

func TestEveryFieldOfAFigureIsThere(t *testing.T) {
	var out bytes.Buffer
	r := report{out: &out, talk: io.Discard}
	if err := r.alone(figure{Name: "start", Value: 1, Unit: "s"}); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"name", "value", "unit", "baseline", "baseline_value", "ratio", "n", "env"} {
		if _, ok := got[field]; !ok {
			t.Errorf("%s is missing in %s", field, out.String())
		}
	}
}

func TestQuantilesLieBetweenTheirNeighbours(t *testing.T) {
	for _, c := range []struct {
		values  []float64
		q, want float64
	}{{[]float64{3, 1, 2}, 0.5, 2}, {[]float64{4, 1, 2, 3}, 0.5, 2.5}, {[]float64{7}, 0.99, 7}, {[]float64{0, 100}, 0.99, 99}} {
		if got := quantile(c.values, c.q); got != c.want {
			t.Errorf("quantile %v of %v is %v, want %v", c.q, c.values, got, c.want)
		}
	}
}

func TestContestantsTakeTurns(t *testing.T) {
	var turns []string
	take := func(name string) contestant {
		return func(round int) (float64, error) {
			turns = append(turns, name)
			return float64(round), nil
		}
	}
	medians, err := contest(3, take("a"), take("b"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(turns, ""); got != "abbaab" {
		t.Errorf("turns %s", got)
	}
	if diff := cmp.Diff([]float64{1, 1}, medians); diff != "" {
		t.Error(diff)
	}
}

func TestABenchmarkIsChosenByItsNameOrAFigures(t *testing.T) {
	for name, want := range map[string]string{"publish": "publish", "latency_p99": "latency", "asof_list": "asof", "sse_p99": "sse", "point_reads_p50": "point_reads"} {
		if got, err := choose([]string{name}); err != nil || len(got) != 1 || got[0].name != want {
			t.Errorf("%s chooses %v, %v", name, got, err)
		}
	}
	if _, err := choose([]string{"speed"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown name: %v", err)
	}
	if all, err := choose(nil); err != nil || len(all) != len(benchmarks()) {
		t.Errorf("no name chooses %d, %v", len(all), err)
	}
}

func TestEveryRowOfANewVersionChangesItsPrice(t *testing.T) {
	w, err := newWatcher(400, 200)
	if err != nil {
		t.Fatal(err)
	}
	for step := range 6 {
		o, err := w.next()
		if err != nil {
			t.Fatal(err)
		}
		want := rate.Counts{Added: 200, Periods: 200}
		if step >= 2 {
			want = rate.Counts{PriceChanged: 200, Periods: o.Record.Counts.Periods}
		}
		if diff := cmp.Diff(want, o.Record.Counts); diff != "" {
			t.Errorf("step %d: %s", step, diff)
		}
	}
}

// TestFiguresInMiniature runs what needs no built program on the real servers.
func TestFiguresInMiniature(t *testing.T) {
	var out bytes.Buffer
	err := run(t.Context(), []string{"-scale", "0.002", "-rounds", "1", "crawl_unchanged", "restart", "publish", "materialize", "latency", "asof"}, &out, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(out.String()) {
		var f figure
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		if f.Value <= 0 || f.N <= 0 || (f.Ratio != nil && *f.Ratio <= 0) {
			t.Errorf("figure %s", line)
		}
		names = append(names, f.Name)
	}
	want := []string{"crawl_unchanged", "decode", "decode", "decode", "peak_memory", "restart", "peak_memory", "publish", "materialize", "materialize", "latency_p50", "latency_p99"}
	history := []string{"asof_slices", "asof_slices", "asof_point", "asof_point", "asof_list", "asof_list", "lookup"}
	want = append(append(want, history...), history...) // a short one and a long one
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}
