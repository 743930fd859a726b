package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
)

const (
	pointsPerSecond = 1_000
	pointSeconds    = 20
	// fromMemory is the least share of answers that have to come from memory: where the machine is busy, memory is not always sure in time.
	fromMemory = 0.9
)

// benchPoints measures what a rate is now, asked over HTTP at a steady rate and answered from memory. A question is counted from when it is
// due: one that has to wait for others waits at the product's expense.
func benchPoints(ctx context.Context, s settings) error {
	rates := s.size(10_000)
	from, err := serve(ctx, rates)
	if err != nil {
		return err
	}
	defer from.close()
	i, err := s.up(ctx, filepath.Join(s.folder, "points"))
	if err != nil {
		return err
	}
	defer func() { _ = i.stop() }()
	if err := i.crawl(ctx, from); err != nil {
		return err
	}
	rows, err := readRows(0, rates, 0)
	if err != nil {
		return err
	}
	p := newPoints(i, rows)
	defer p.http.CloseIdleConnections()
	if err := p.warm(ctx); err != nil {
		return err
	}
	asked := max(s.size(pointSeconds), 2) * pointsPerSecond
	waits, err := p.steady(ctx, asked)
	if err != nil {
		return err
	}
	share := float64(p.remembered.Load()) / float64(asked)
	if share < fromMemory {
		return fault.New(fault.Internal, "%d of %d answers came from memory", p.remembered.Load(), asked)
	}
	env := environment{Rounds: 1, Of: fmt.Sprintf("%.4g %% of the answers from memory", 100*share)}
	for _, q := range []struct {
		name  string
		share float64
	}{{"point_reads_p50", 0.5}, {"point_reads_p99", 0.99}} {
		if err := s.report.alone(figure{Name: q.name, Value: quantile(waits, q.share), Unit: "ms", N: asked, Env: env}); err != nil {
			return err
		}
	}
	return nil
}

// points asks what rates are now.
type points struct {
	http       *http.Client
	urls       []string
	meters     []string
	remembered atomic.Int64 // answers that came from memory
}

func newPoints(i *instance, rows []rate.Row) *points {
	p := &points{http: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: pointsPerSecond, DisableCompression: true}}}
	for k := range rows {
		id := &rows[k].Identity
		query := url.Values{
			"meter_id": {id.MeterID}, "sku_id": {id.SKUID}, "type": {id.Type}, "reservation_term": {id.ReservationTerm}, "tier": {id.Tier.String()}, "currency": {id.Currency},
		}
		p.urls, p.meters = append(p.urls, i.HTTP+"/v1/rates?"+query.Encode()), append(p.meters, id.MeterID)
	}
	return p
}

// warm asks until answers come from memory.
func (p *points) warm(ctx context.Context) error {
	took := stopwatch()
	for k := 0; p.remembered.Load() < 100; k++ {
		if took() > time.Minute {
			return fault.New(fault.Internal, "no answer comes from memory after a minute")
		}
		if err := p.ask(ctx, k); err != nil {
			return err
		}
		time.Sleep(look)
	}
	p.remembered.Store(0)
	return nil
}

// steady asks at a steady rate, and returns how long after it was due each question was answered, in milliseconds.
func (p *points) steady(ctx context.Context, n int) ([]float64, error) {
	waits, failed := make([]float64, n), make(chan error, n)
	begun := stopwatch()
	var asking sync.WaitGroup
	for k := range n {
		due := time.Duration(k) * time.Second / pointsPerSecond
		time.Sleep(due - begun())
		asking.Go(func() {
			if err := p.ask(ctx, k*7919); err != nil { // any of them, in no order
				failed <- err
			}
			waits[k] = milliseconds(begun() - due)
		})
	}
	asking.Wait()
	select {
	case err := <-failed:
		return nil, err
	default:
		return waits, nil
	}
}

// ask asks for one rate, and makes sure that it is the answer.
func (p *points) ask(ctx context.Context, k int) error {
	k %= len(p.urls)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.urls[k], nil)
	if err != nil {
		return fmt.Errorf("ask for a rate: %w", err)
	}
	answer, err := p.http.Do(request)
	if err != nil {
		return fmt.Errorf("ask for a rate: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(p.meters[k])) {
		return fault.New(fault.Internal, "ask for %s: %s, %v: %.300s", p.urls[k], answer.Status, err, body)
	}
	if answer.Header.Get("Pricewire-Source") == "memory" {
		p.remembered.Add(1)
	}
	return nil
}
