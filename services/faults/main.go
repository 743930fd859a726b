package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// settings are what the rounds share.
type settings struct {
	rounds  int
	seed    uint64
	at      int    // how many rounds run at once
	program string // the built pricewire
	servers string // the built services/e2e/servers
	command string // words by which the product is run
	second  string // and the second process on the same servers
	only    string // in the words of every fault; empty: any
	folder  string
	keep    bool // folders of rounds in which nothing was wrong stay too
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "faults:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// run plays the rounds that the arguments ask for. An error says that something was wrong in one of them.
func run(ctx context.Context, args []string, out, talk io.Writer) error {
	var s settings
	flags := flag.NewFlagSet("faults", flag.ContinueOnError)
	flags.SetOutput(talk)
	flags.IntVar(&s.rounds, "rounds", 10, "how many rounds")
	flags.Uint64Var(&s.seed, "seed", 0, "seed of the first round, the next has the next; 0: any")
	flags.IntVar(&s.at, "at-once", 2, "how many rounds run at once: they wait more than they work")
	flags.StringVar(&s.program, "program", "bin/pricewire", "the built product")
	flags.StringVar(&s.servers, "servers", "bin/servers", "the built services/e2e/servers")
	flags.StringVar(&s.command, "product", upCommand, "words by which the product is run; {data}, {nats} and {clickhouse} are filled in")
	flags.StringVar(&s.second, "writer", upCommand, "the same for the second process on the same servers, in rounds that have one")
	flags.StringVar(&s.only, "only", "", "faults whose words have this in them only, such as 'kill clickhouse' or insert-answer")
	flags.StringVar(&s.folder, "folder", "", "where rounds keep their data; none: a temporary folder")
	flags.BoolVar(&s.keep, "keep", false, "keep the folders of rounds in which nothing was wrong, too")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if s.rounds < 1 || s.at < 1 {
		return errors.New("rounds and at-once must be at least 1")
	}
	if s.seed == 0 {
		s.seed = rand.Uint64N(1_000_000_000) + 1
	}
	if err := s.find(); err != nil {
		return err
	}
	if plan := newPlan(s.seed, s.only); len(plan.Faults) == 0 {
		return fmt.Errorf("no fault has %q in its words", s.only)
	}
	return s.playAll(ctx, out, talk)
}

// find makes paths absolute and the folder there.
func (s *settings) find() error {
	for _, path := range []*string{&s.program, &s.servers} {
		full, err := filepath.Abs(*path)
		if err != nil {
			return err
		}
		if _, err := os.Stat(full); err != nil {
			return fmt.Errorf("find program, run make build: %w", err)
		}
		*path = full
	}
	if s.folder == "" {
		folder, err := os.MkdirTemp("", "pricewire-faults-")
		s.folder = folder
		return err
	}
	full, err := filepath.Abs(s.folder)
	if err != nil {
		return err
	}
	s.folder = full
	return os.MkdirAll(s.folder, 0o700)
}

// playAll plays the rounds, some at once, and prints a line for each.
func (s settings) playAll(ctx context.Context, out, talk io.Writer) error {
	seeds := make(chan uint64)
	outcomes := make(chan outcome)
	var players sync.WaitGroup
	for range min(s.at, s.rounds) {
		players.Go(func() {
			for seed := range seeds {
				outcomes <- s.play(ctx, newPlan(seed, s.only))
			}
		})
	}
	go func() {
		defer close(seeds)
		for n := range s.rounds {
			select {
			case seeds <- s.seed + uint64(n): //nolint:gosec // rounds are few
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() {
		players.Wait()
		close(outcomes)
	}()
	began, t := now(), totals{}
	for o := range outcomes {
		if ctx.Err() != nil {
			continue // it was broken off
		}
		t.add(&o)
		s.tell(out, o)
	}
	_, _ = fmt.Fprintf(talk, "%d rounds, %d failed, %d with an unreadable part, %d of %d traps missed, %s, %s a round\n", t.played, t.failed, t.unreadable,
		t.missed, t.traps, now().Sub(began).Round(time.Second), (now().Sub(began) / time.Duration(max(t.played, 1))).Round(100*time.Millisecond))
	if err := t.verdict(); err != nil {
		return err
	}
	if t.played < s.rounds {
		return ctx.Err()
	}
	if !s.keep {
		_ = os.Remove(s.folder) // stays when something else is in it
	}
	return nil
}

// totals are what came of all rounds.
type totals struct{ played, failed, unreadable, traps, missed int }

func (t *totals) add(o *outcome) {
	t.played++
	t.traps, t.missed = t.traps+o.counts.traps, t.missed+o.counts.missed
	switch {
	case o.part != "":
		t.unreadable++
	case len(o.wrong) > 0:
		t.failed++
	}
}

// fewTraps is how many traps say nothing about a run.
const fewTraps = 5

// verdict says what was wrong, with the rounds or with the run: one whose traps mostly catch nothing has not tried much.
func (t *totals) verdict() error {
	var all []error
	if t.failed > 0 {
		all = append(all, fmt.Errorf("something was wrong in %d of %d rounds", t.failed, t.played))
	}
	if t.unreadable > 0 {
		all = append(all, fmt.Errorf("a full disk left a part that the engine cannot read in %d of %d rounds", t.unreadable, t.played))
	}
	if t.traps >= fewTraps && 2*t.missed > t.traps {
		all = append(all, fmt.Errorf("%d of %d traps were missed: the rounds did not try what they were to", t.missed, t.traps))
	}
	return errors.Join(all...)
}

// tell prints a round's line, and what was wrong in it.
func (s settings) tell(out io.Writer, o outcome) {
	c := o.counts
	_, _ = fmt.Fprintf(out, "seed %d: %s in %.1f s; %d processes started %d times; %d crawls, %d stories, %d messages, %d rows, %d looks; %d faults (%d of %d traps missed): %s\n",
		o.plan.Seed, o.verdict(), o.took.Seconds(), o.plan.Writers, c.starts, c.crawls, c.releases, c.messages, c.rows, o.reads, c.faults, c.missed, c.traps, o.plan.words())
	for _, text := range o.remarks {
		_, _ = fmt.Fprintf(out, "  note: %.400s\n", text)
	}
	for _, text := range o.wrong {
		_, _ = fmt.Fprintf(out, "  wrong: %.600s\n", text)
	}
	if len(o.wrong) > 0 {
		_, _ = fmt.Fprintf(out, "  its folder is %s/round-%d; again: make faults N=1 SEED=%d\n", s.folder, o.plan.Seed, o.plan.Seed)
	}
}
