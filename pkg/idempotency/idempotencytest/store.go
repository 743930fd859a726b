// Package idempotencytest says what every store of claims promises.
package idempotencytest

import (
	"bytes"
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/idempotency"
)

// Store runs the promises against a store that open opens anew, each time the same one.
func Store(t *testing.T, open func(t *testing.T) idempotency.Store) {
	t.Helper()
	for name, promise := range map[string]func(*testing.T, idempotency.Store, func(*testing.T) idempotency.Store){
		"a claim is kept as it is, over a restart": kept, "of many that claim at once one has it": raced,
		"only who has seen the newest changes it": compared, "what is forgotten is free": forgotten, "what is too large is refused": bounded,
	} {
		t.Run(name, func(t *testing.T) { promise(t, open(t), open) })
	}
}

func claim(key string) idempotency.Claim {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	return idempotency.Claim{Key: idempotency.KeyOf("alice", key), Request: "POST /v1/crawls", Body: "b", Owner: "one", Began: at, Until: at.Add(idempotency.Lease)}
}

func kept(t *testing.T, s idempotency.Store, open func(*testing.T) idempotency.Store) {
	c, mine, err := s.Begin(t.Context(), claim("kept"))
	if err != nil || !mine {
		t.Fatal(mine, err)
	}
	c.Done, c.Answer = true, idempotency.Answer{Status: 201, Header: map[string][]string{"Etag": {`"7"`}}, Body: []byte("{}\n")}
	if c, err = s.Update(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	again, mine, err := open(t).Begin(t.Context(), claim("kept"))
	if err != nil || mine || !again.Done || again.Answer.Status != 201 || again.Answer.Header["Etag"][0] != `"7"` || !bytes.Equal(again.Answer.Body, c.Answer.Body) ||
		again.Version != c.Version || !again.Began.Equal(c.Began) || again.Body != "b" || again.Request != c.Request || !again.Until.Equal(c.Until) {
		t.Errorf("%v %v %+v, want %+v", mine, err, again, c)
	}
}

func raced(t *testing.T, s idempotency.Store, _ func(*testing.T) idempotency.Store) {
	var got atomic.Int32
	var all sync.WaitGroup
	for n := range 16 {
		all.Go(func() {
			c := claim("raced")
			c.Owner = strconv.Itoa(n)
			if _, mine, err := s.Begin(context.WithoutCancel(t.Context()), c); err != nil {
				t.Error(err)
			} else if mine {
				got.Add(1)
			}
		})
	}
	all.Wait()
	if got.Load() != 1 {
		t.Errorf("%d have it", got.Load())
	}
}

func compared(t *testing.T, s idempotency.Store, _ func(*testing.T) idempotency.Store) {
	old, _, err := s.Begin(t.Context(), claim("compared"))
	if err != nil {
		t.Fatal(err)
	}
	newer := old
	newer.Owner = "two"
	if _, err := s.Update(t.Context(), newer); err != nil {
		t.Fatal(err)
	}
	old.Owner = "three"
	if _, err := s.Update(t.Context(), old); !fault.Is(err, fault.Conflict) {
		t.Errorf("an old version was updated: %v", err)
	}
	if err := s.Forget(t.Context(), old); !fault.Is(err, fault.Conflict) {
		t.Errorf("an old version was forgotten: %v", err)
	}
	if _, err := s.Update(t.Context(), claim("never")); !fault.Is(err, fault.Conflict) {
		t.Errorf("what was never stored was updated: %v", err)
	}
}

func forgotten(t *testing.T, s idempotency.Store, _ func(*testing.T) idempotency.Store) {
	c, _, err := s.Begin(t.Context(), claim("forgotten"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is gone already
		if err := s.Forget(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	next := claim("forgotten")
	next.Owner = "another"
	if _, mine, err := s.Begin(t.Context(), next); err != nil || !mine {
		t.Errorf("%v %v", mine, err)
	}
}

func bounded(t *testing.T, s idempotency.Store, _ func(*testing.T) idempotency.Store) {
	c, _, err := s.Begin(t.Context(), claim("bounded"))
	if err != nil {
		t.Fatal(err)
	}
	c.Answer.Body = make([]byte, idempotency.MaxRecord)
	if _, err := s.Update(t.Context(), c); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
}
