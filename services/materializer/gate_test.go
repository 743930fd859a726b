package materializer

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/pricewire/pricewire/pkg/stream"
)

func TestAGateIsHeldWhenNobodyIsInsideAndLetsNobodyIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		enter := func() uint64 {
			swaps, err := g.enter(t.Context(), stream.Name{})
			if err != nil {
				t.Error(err)
			}
			return swaps
		}
		enter()
		held := make(chan error, 1)
		go func() { held <- g.hold(t.Context()) }()
		synctest.Wait()
		select {
		case <-held:
			t.Fatal("it is held while somebody is inside")
		default:
		}
		entered := make(chan uint64, 1)
		go func() { entered <- enter() }()
		synctest.Wait()
		g.leave()
		if err := <-held; err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		select {
		case <-entered:
			t.Fatal("somebody entered a gate that is held")
		default:
		}
		g.release(true)
		if swaps := <-entered; swaps != 1 {
			t.Errorf("it knows of %d swaps", swaps)
		}
		g.leave()
	})
}

func TestAGateThatCouldNotBeHeldIsOpen(t *testing.T) {
	var g gate
	if _, err := g.enter(t.Context(), stream.Name{}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := g.hold(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if swaps, err := g.enter(t.Context(), stream.Name{}); err != nil || swaps != 0 {
		t.Errorf("%d, %v", swaps, err)
	}
	if err := g.hold(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	g.leave()
	g.leave()
	if err := g.hold(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := g.enter(ctx, stream.Name{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestAGateIsNarrowedToSomeWriters(t *testing.T) {
	var g gate
	if err := g.hold(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.narrow(func(name stream.Name) bool { return name.Name == "PRICES" })
	if swaps, err := g.enter(t.Context(), stream.Name{Name: "PRICES"}); err != nil || swaps != 1 {
		t.Errorf("%d, %v", swaps, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := g.enter(ctx, stream.Name{Name: "RATES_USD"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a writer that is held entered: %v", err)
	}
	g.release(false)
	if swaps, err := g.enter(t.Context(), stream.Name{Name: "RATES_USD"}); err != nil || swaps != 1 {
		t.Errorf("%d, %v", swaps, err)
	}
	g.leave()
	g.leave()
	if err := g.hold(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := g.enter(ctx, stream.Name{Name: "PRICES"}); !errors.Is(err, context.Canceled) {
		t.Errorf("the next hold is narrow too: %v", err)
	}
}
