package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// figure is one line of output. Baseline fields are null where there is nothing to compare with.
type figure struct {
	Name          string      `json:"name"`
	Value         float64     `json:"value"`
	Unit          string      `json:"unit"`
	Baseline      *string     `json:"baseline"`
	BaselineValue *float64    `json:"baseline_value"`
	Ratio         *float64    `json:"ratio"` // how many times as fast as the baseline
	N             int         `json:"n"`     // of what the benchmark handles: rows, changes, periods, lines or identities
	Env           environment `json:"env"`
}

// environment is what a figure depends on beside the product.
type environment struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	Cores  int    `json:"cores"`
	Go     string `json:"go"`
	Load   string `json:"load,omitempty"` // load average of the last minute, where the system tells it
	Rounds int    `json:"rounds"`
	Of     string `json:"of,omitempty"` // what was going on, where the name does not say
}

// report prints figures, and talk beside them.
type report struct{ out, talk io.Writer }

func (r *report) say(format string, args ...any) { _, _ = fmt.Fprintf(r.talk, format+"\n", args...) }

// alone prints a figure without a baseline.
func (r *report) alone(f figure) error { return r.print(f) }

// beside prints a figure with its baseline; the ratio says how many times as fast the product is, in seconds as well as in rates.
func (r *report) beside(f figure, baseline string, value float64) error {
	ratio := f.Value / value
	if !strings.HasSuffix(f.Unit, "/s") {
		ratio = 1 / ratio
	}
	value, ratio = rounded(value), rounded(ratio)
	f.Baseline, f.BaselineValue, f.Ratio = &baseline, &value, &ratio
	return r.print(f)
}

func (r *report) print(f figure) error {
	f.Value = rounded(f.Value)
	f.Env.OS, f.Env.Arch, f.Env.Cores, f.Env.Go, f.Env.Load = runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), runtime.Version(), load()
	if err := json.NewEncoder(r.out).Encode(f); err != nil {
		return fmt.Errorf("print figure %s: %w", f.Name, err)
	}
	return nil
}

// rounded keeps four significant digits: more would be noise.
func rounded(v float64) float64 {
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return 0
	}
	return short
}

// load is the load average of the last minute; empty on systems without /proc.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	minute, _, _ := strings.Cut(string(text), " ")
	return minute
}

// stopwatch returns a function that tells how long ago it was made.
func stopwatch() func() time.Duration {
	begun := time.Now() //nolint:forbidigo // what is measured is real time
	return func() time.Duration { return time.Since(begun) }
}

// contestant does its work once and returns what it measured.
type contestant func(round int) (float64, error)

// contest lets contestants do their work in turn, round by round, another one first each time, and returns the median of each.
func contest(rounds int, contestants ...contestant) ([]float64, error) {
	measured := make([][]float64, len(contestants))
	for round := range rounds {
		for turn := range contestants {
			i := (round + turn) % len(contestants)
			runtime.GC() // nobody pays for what another one left
			value, err := contestants[i](round)
			if err != nil {
				return nil, err
			}
			measured[i] = append(measured[i], value)
		}
	}
	medians := make([]float64, len(measured))
	for i, m := range measured {
		medians[i] = quantile(m, 0.5)
	}
	return medians, nil
}

// quantile returns the value below which a share q of the values lies; 0.5 of an even number is the mean of the middle two.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	low, high := int(math.Floor(at)), int(math.Ceil(at))
	return sorted[low] + (sorted[high]-sorted[low])*(at-math.Floor(at))
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// perSecond is a rate.
func perSecond(n int, d time.Duration) float64 { return float64(n) / d.Seconds() }
