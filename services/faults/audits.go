package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// auditView is what is read of an audit.
type auditView struct {
	ID, State, Failure string
	Deep               bool
	AtStart            bool `json:"at_start"`
	Wrong, Repaired    int
	Restored           uint64
	Findings           []findingView
}

// findingView is what is read of a finding.
type findingView struct{ Kind, Table, Stream, Detail string }

// doubled are the crawls, and the instants of crawls, of which the bench published an event or a record twice: their numbers do not add up, and an
// audit has to say so.
func doubled(messages []stored) ([]string, error) {
	var all []string
	for i := range messages {
		m := &messages[i]
		if m.planted != plantTwice && m.planted != plantAlias && m.planted != plantCrawled {
			continue
		}
		e, err := m.event()
		if err != nil {
			return nil, err
		}
		d := e.object("data")
		for _, name := range []string{"crawl", "known_at", "started"} {
			if text := d.text(name); text != "" {
				all = append(all, text)
			}
		}
	}
	return all, nil
}

// explained reports whether a finding is about a crawl that was doubled.
func (f findingView) explained(doubled []string) bool {
	return f.Kind == "count" && slices.ContainsFunc(doubled, func(text string) bool { return strings.Contains(f.Detail, text) })
}

func (a auditView) running() bool { return a.State == "waiting" || a.State == "running" }

// judgeAudits looks at what audits at the start of products repaired, and has every product audit its tables, quickly and deeply. What a
// repair mended was lost before, whatever the tables hold now: only an engine that was killed or whose disk was full may lose what
// it has acknowledged.
func (r *round) judgeAudits(ctx context.Context, messages []stored) ([]string, error) {
	twice, err := doubled(messages)
	if err != nil {
		return nil, err
	}
	var wrong, repairs []string
	for _, p := range r.speakers() {
		if err := r.settled(ctx, p); err != nil {
			return nil, err
		}
		for _, deep := range []bool{false, true} {
			text, err := r.audited(ctx, p, deep, twice)
			if err != nil {
				return nil, err
			}
			if text != "" {
				wrong = append(wrong, text)
			}
		}
		told, err := r.restored(ctx, p)
		if err != nil {
			return nil, err
		}
		repairs = append(repairs, told...)
	}
	for _, p := range r.products { // those that died have told of it in their logs only
		repairs = append(repairs, repairsIn(p)...)
	}
	if r.engineHurt() {
		for _, text := range repairs {
			r.remark(text)
		}
		return wrong, nil
	}
	return append(wrong, repairs...), nil
}

// settled waits until no audit of a product goes on.
func (r *round) settled(ctx context.Context, p *product) error {
	for {
		audits, err := r.auditsOf(ctx, p)
		busy := len(audits) == 0 // the one at the start is not there yet
		for _, a := range audits {
			busy = busy || a.running()
		}
		switch {
		case err == nil && !busy:
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("the audits of %s did not end: %w; last: %w", p.name, ctx.Err(), err)
		}
		wait(ctx, 50*time.Millisecond)
	}
}

func (r *round) auditsOf(ctx context.Context, p *product) ([]auditView, error) {
	var page struct{ Items []auditView }
	err := r.ask(ctx, p, "GET", "/v1/audits", "alice", nil, &page)
	return page.Items, err
}

// audited orders an audit without repair and says what it found, but of crawls that were doubled.
func (r *round) audited(ctx context.Context, p *product, deep bool, twice []string) (string, error) {
	var a auditView
	order := func() error { return r.ask(ctx, p, "POST", "/v1/audits", "alice", map[string]bool{"deep": deep}, &a) }
	if err := insist(ctx, order); err != nil {
		return "", fmt.Errorf("order an audit of %s: %w", p.name, err)
	}
	look := func() error {
		if err := r.ask(ctx, p, "GET", "/v1/audits/"+a.ID, "alice", nil, &a); err != nil {
			return err
		}
		if a.running() {
			return fmt.Errorf("%s is %s", a.ID, a.State)
		}
		return nil
	}
	if err := insist(ctx, look); err != nil {
		return "", fmt.Errorf("await an audit of %s: %w", p.name, err)
	}
	all := len(a.Findings)
	a.Findings = slices.DeleteFunc(a.Findings, func(f findingView) bool { return f.Kind == "outdated" || f.explained(twice) })
	if a.State == "done" && len(a.Findings) == 0 && a.Wrong <= all {
		return "", nil
	}
	text := fmt.Sprintf("%s: an audit (deep %t) is %s with %d findings %s", p.name, deep, a.State, a.Wrong, a.Failure)
	for i, f := range a.Findings {
		if i == mostDifferences {
			break
		}
		text += fmt.Sprintf("; %s %s %s: %s", f.Kind, f.Table, f.Stream, f.Detail)
	}
	return text, nil
}

// restored says what the audits of a product that runs have put back.
func (r *round) restored(ctx context.Context, p *product) (told []string, err error) {
	var audits []auditView
	ask := func() error {
		audits, err = r.auditsOf(ctx, p)
		return err
	}
	if err := insist(ctx, ask); err != nil {
		return nil, fmt.Errorf("list audits of %s: %w", p.name, err)
	}
	for _, a := range audits {
		if a.Repaired > 0 || a.Restored > 0 {
			told = append(told, fmt.Sprintf("%s: %s repaired %d findings and put %d rows back", p.name, a.ID, a.Repaired, a.Restored))
		}
	}
	return told, nil
}

// repairsIn says what the log of a product tells of repairs, of processes that have ended too.
func repairsIn(p *product) []string {
	text, _ := os.ReadFile(p.logFile()) // a product that never started has none
	var told []string
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	n := 0
	for lines.Scan() {
		line := lines.Text()
		if !strings.Contains(line, "audit repaired") {
			continue
		}
		if n++; n <= mostDifferences {
			told = append(told, p.name+" logged: "+strings.ReplaceAll(line, "\t", " "))
		}
	}
	if n > mostDifferences {
		told = append(told, fmt.Sprintf("%s logged %d repairs in all", p.name, n))
	}
	return told
}

// engineHurt reports whether the engine was killed in this round, or its disk was full, or it ended by itself: it may then have lost rows.
func (r *round) engineHurt() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hurt
}

func (r *round) hurtEngine() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hurt = true
}

// fillEngine notes that the engine's disk is full: what it answers then may be a failure, and it may be hurt.
func (r *round) fillEngine() {
	r.mu.Lock()
	r.hurt, r.filled = true, true
	r.mu.Unlock()
	r.reader.excuse()
}
