package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// trapTime is how long a trap waits for its point: long, because on a loaded machine points are rare. What does not come by is noted; the round goes on.
const trapTime = 10 * time.Second

// disturb commits the faults of the plan, one after the other.
func (r *round) disturb(ctx context.Context) error {
	for _, d := range r.plan.Faults {
		wait(ctx, d.Pause)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.commit(ctx, d); err != nil {
			return fmt.Errorf("%s: %w", d, err)
		}
		r.count(func(c *counts) { c.faults++ })
	}
	return nil
}

func (r *round) server(kind string) *server {
	if kind == "clickhouse" {
		return r.clickhouse
	}
	return r.nats
}

// commit does one fault and mends it.
func (r *round) commit(ctx context.Context, d disturbance) error {
	s := r.server(d.Whom)
	switch d.Deed {
	case deedPlant:
		return r.plant(ctx, plantKind(d.Whom), rand.New(rand.NewPCG(d.Number, 1)))
	case deedKill:
		return r.kill(ctx, d)
	case deedKillAt, deedCut:
		return r.spring(ctx, d)
	case deedFreeze:
		c := r.process(d.Whom)
		if c == nil {
			return nil
		}
		c.freeze()
		wait(ctx, d.For)
		c.thaw()
	case deedFull:
		return r.full(ctx, s, d.For)
	case deedReset:
		s.front.reset()
	case deedSilence, deedHalfOpen:
		s.front.hold()
		wait(ctx, d.For)
		if d.Deed == deedHalfOpen {
			s.front.reset()
		}
		s.front.heal()
	case deedDelay:
		s.front.slow(time.Duration(5+d.Number%60)*time.Millisecond, 0)
		wait(ctx, d.For)
		s.front.heal()
	case deedThrottle:
		s.front.slow(0, 5_000+int(d.Number%50_000))
		wait(ctx, d.For)
		s.front.heal()
	}
	return nil
}

// process is the process that a name means.
func (r *round) process(whom string) *child {
	switch whom {
	case "product":
		return r.products[0].running()
	case "writer":
		return r.products[len(r.products)-1].running()
	default:
		return r.server(whom).running()
	}
}

// kill kills; who starts products again is their keeper.
func (r *round) kill(ctx context.Context, d disturbance) error {
	if d.Whom == "clickhouse" {
		r.hurtEngine()
	}
	if d.Whom == "nats" || d.Whom == "clickhouse" {
		return r.server(d.Whom).restart(ctx, d.For)
	}
	if c := r.process(d.Whom); c != nil {
		c.kill()
	}
	return nil
}

// spring sets a trap at a point and waits until it is sprung.
func (r *round) spring(ctx context.Context, d disturbance) error {
	via := r.nats
	if d.At == insertData || d.At == insertAnswer {
		via = r.clickhouse
	}
	t := newTrap(d.At, d.Skip, d.Part, nil)
	if d.Deed == deedKillAt {
		t.do = func() {
			if d.Whom == "clickhouse" {
				r.hurtEngine()
			}
			if c := r.process(d.Whom); c != nil {
				c.kill()
			}
		}
	}
	r.count(func(c *counts) { c.traps++ })
	via.front.set(t)
	limit := time.NewTimer(trapTime)
	defer limit.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		if via.front.remove(t) {
			r.count(func(c *counts) { c.missed++ })
			return nil
		}
		<-t.done
	case <-t.done:
	}
	if d.Deed == deedKillAt && d.Whom != "product" {
		wait(ctx, d.For)
		return r.server(d.Whom).start(ctx)
	}
	return nil
}

// full fills a server's disk for a while: no file gets longer than it may be. A server that ends because of that is started again. NATS
// freezes a stream whose writes fail until it is restarted, which is what an operator does when there is room again.
func (r *round) full(ctx context.Context, s *server, d time.Duration) error {
	if !canFill {
		r.remark("the disk of " + s.kind + " cannot be filled here")
		return nil
	}
	if s.kind == "clickhouse" {
		r.fillEngine()
	}
	pid := s.running().pid()
	if err := fill(pid, 1); err != nil {
		return err
	}
	wait(ctx, d)
	if s.running().pid() != pid {
		return nil // it ended, and was started again with room
	}
	if err := free(pid); err != nil {
		return err
	}
	if s.kind == "nats" {
		return s.restart(ctx, 0)
	}
	return nil
}
