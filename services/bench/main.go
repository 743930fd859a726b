package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// settings are what all benchmarks share.
type settings struct {
	rounds  int
	scale   float64 // of every size
	program string  // path of the built pricewire
	folder  string  // for data, removed at the end
	report  *report
}

// benchmark makes one or more figures.
type benchmark struct {
	name    string
	figures []string
	run     func(ctx context.Context, s settings) error
}

func benchmarks() []benchmark {
	return []benchmark{
		{"crawl_unchanged", []string{"decode"}, benchCrawl},
		{"restart", nil, benchRestart},
		{"publish", nil, benchPublish},
		{"materialize", nil, benchMaterialize},
		{"latency", []string{"latency_p50", "latency_p99"}, benchLatency},
		{"asof", []string{"asof_point", "asof_list", "asof_slices", "lookup"}, benchAsOf},
		{"release_publish", []string{"release_lint", "release_create"}, benchRelease},
		{"start", nil, benchStart},
		{"catch_up", nil, benchCatchUp},
		{"sse", []string{"sse_p50", "sse_p99", "sse_last"}, benchSSE},
		{"point_reads", []string{"point_reads_p50", "point_reads_p99"}, benchPoints},
		{"peak_memory", nil, benchMemory},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if crawler, err := beCrawler(ctx); crawler {
		if err != nil {
			_, _ = fmt.Fprintln(os.Stderr, "bench crawler:", err)
			os.Exit(1) //nolint:gocritic // the process ends anyhow
		}
		return
	}
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// run measures what the arguments name, everything when they name nothing.
func run(ctx context.Context, args []string, out, talk io.Writer) error {
	s := settings{report: &report{out: out, talk: talk}}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(talk)
	flags.IntVar(&s.rounds, "rounds", 5, "rounds of each comparison")
	flags.Float64Var(&s.scale, "scale", 1, "multiplies every size; below 1 for a quick look")
	flags.StringVar(&s.program, "program", "bin/pricewire", "the built pricewire")
	if err := flags.Parse(args); err != nil {
		return fault.New(fault.Invalid, "read flags: %w", err)
	}
	if s.rounds < 1 || s.scale <= 0 {
		return fault.New(fault.Invalid, "read flags: rounds and scale must be above 0")
	}
	chosen, err := choose(flags.Args())
	if err != nil {
		return err
	}
	if s.program, err = filepath.Abs(s.program); err != nil {
		return fmt.Errorf("find program: %w", err)
	}
	for _, b := range chosen {
		if err := s.one(ctx, b); err != nil {
			return fault.Wrap(err, "bench %s", b.name)
		}
	}
	return nil
}

// one runs a benchmark in a folder of its own.
func (s settings) one(ctx context.Context, b benchmark) error {
	folder, err := os.MkdirTemp("", "pricewire-bench-")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // nothing is lost with what remains
	s.folder = folder
	s.report.say("%s …", b.name)
	took := stopwatch()
	defer func() { s.report.say("%s took %s", b.name, took().Round(time.Second)) }()
	return b.run(ctx, s)
}

// choose returns the benchmarks that names ask for, by their own name or that of a figure.
func choose(names []string) ([]benchmark, error) {
	all := benchmarks()
	if len(names) == 0 {
		return all, nil
	}
	var chosen []benchmark
	for _, name := range names {
		at := slices.IndexFunc(all, func(b benchmark) bool { return b.name == name || slices.Contains(b.figures, name) })
		if at < 0 {
			known := make([]string, len(all))
			for i := range all {
				known[i] = all[i].name
			}
			return nil, fault.New(fault.Invalid, "find benchmark %q: there is none", name).WithHint("use %s", strings.Join(known, ", "))
		}
		chosen = append(chosen, all[at])
	}
	return chosen, nil
}

// size scales how many there are of something.
func (s settings) size(n int) int { return max(int(float64(n)*s.scale), 1) }
