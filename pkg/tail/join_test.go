package tail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/memory"
	"github.com/pricewire/pricewire/pkg/tail"
)

// bent reads streams of memory, and does something else besides, or instead, where a test says so.
type bent struct {
	*memory.Adapter
	streams   func(ctx context.Context) error
	info      func(stream.Info) (stream.Info, error)
	subscribe func(stream.Query, stream.Subscription) stream.Subscription
}

func (b *bent) Streams(ctx context.Context) ([]stream.Info, error) {
	if b.streams != nil {
		if err := b.streams(ctx); err != nil {
			return nil, err
		}
	}
	return b.Adapter.Streams(ctx)
}

func (b *bent) Info(ctx context.Context, name string) (stream.Info, error) {
	info, err := b.Adapter.Info(ctx, name)
	if err == nil && b.info != nil {
		return b.info(info)
	}
	return info, err
}

func (b *bent) Subscribe(ctx context.Context, q stream.Query) (stream.Subscription, error) {
	s, err := b.Adapter.Subscribe(ctx, q)
	if err == nil && b.subscribe != nil {
		return b.subscribe(q, s), nil
	}
	return s, err
}

// slowed is a subscription whose records wait for something.
type slowed struct {
	stream.Subscription
	wait    func(ctx context.Context) error
	pending bool // whether it tells what waits
}

func (s *slowed) Pending() uint64 {
	if !s.pending {
		return 0
	}
	return s.Subscription.Pending()
}

func (s *slowed) Next(ctx context.Context) (stream.Record, error) {
	if err := s.wait(ctx); err != nil {
		return stream.Record{}, err
	}
	r, err := s.Subscription.Next(ctx)
	if !s.pending {
		r.Pending = 0
	}
	return r, err
}

// pause is a wait of some time.
func pause(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// scene is a hub over streams of memory, in time that runs when everybody waits.
type scene struct {
	*testing.T
	*bent
	ctx       context.Context //nolint:containedctx // of the test
	hub       *tail.Hub
	following sync.WaitGroup
}

func inScene(t *testing.T, cfg tail.Config, act func(*scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		s := &scene{T: t, ctx: ctx, bent: &bent{Adapter: memory.New(time.Now)}}
		s.hub = tail.NewHub(ctx, s.bent, cfg)
		act(s)
		cancel()
		s.following.Wait()
	})
}

func (s *scene) declare(declarations ...stream.Declaration) {
	for _, d := range declarations {
		if _, err := s.Declare(s.ctx, d); err != nil {
			s.Fatal(err)
		}
	}
}

// rates publishes a batch of changes of a rate.
func (s *scene) rates(n int) {
	name, m := example(s, event.TypeRateChanged)
	if _, err := s.Publish(s.ctx, name, slices.Repeat([]stream.Message{m}, n), stream.Expectation{}); err != nil {
		s.Fatal(err)
	}
}

// seen is what a follower was handed.
type seen struct {
	mu       sync.Mutex
	events   []string
	lines    []string
	position string
	begun    string // the position of the first call
	err      error
	ended    bool
}

func (v *seen) got() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.events)
}

// follows begins to follow; each batch with events takes the follower some time.
func (s *scene) follows(o tail.Options, takes time.Duration) *seen {
	v := &seen{}
	s.following.Go(func() {
		err := s.hub.Follow(s.ctx, o, func(b tail.Batch) error {
			v.mu.Lock()
			for _, e := range b.Entries {
				v.events = append(v.events, fmt.Sprintf("%s:%d", e.Stream.Name, e.Sequence))
				v.lines = append(v.lines, string(e.Line(!o.Filter.WithoutCost)))
			}
			if v.position = b.Position.String(); v.begun == "" {
				v.begun = v.position
			}
			v.mu.Unlock()
			if len(b.Entries) > 0 {
				time.Sleep(takes)
			}
			return nil
		})
		v.mu.Lock()
		defer v.mu.Unlock()
		v.err, v.ended = err, true
	})
	return v
}

func usd(from, to int) []string {
	var all []string
	for i := from; i <= to; i++ {
		all = append(all, fmt.Sprintf("RATES_USD:%d", i))
	}
	return all
}

func (s *scene) want(v *seen, want []string) {
	s.Helper()
	synctest.Wait()
	if got := v.got(); !slices.Equal(got, want) {
		s.Errorf("got %d events %v, want %d %v; position %s, %v", len(got), got, len(want), want, v.position, v.err)
	}
}

func fromNow() tail.Options { return tail.Options{Start: stream.Start{New: true}} }

func TestAStreamThatAnotherFoundFirstIsFollowedByAll(t *testing.T) {
	inScene(t, tail.Config{}, func(s *scene) {
		s.declare(stream.PricesDeclaration())
		s.bent.streams = pause(5 * time.Millisecond) // a server takes its time to answer
		v := s.follows(fromNow(), 0)
		time.Sleep(1800 * time.Millisecond)
		s.declare(stream.RatesDeclaration("USD"))
		s.rates(3)
		s.follows(tail.Options{Filter: tail.Filter{Market: "US"}}, 0) // finds the stream, and wants nothing of it
		time.Sleep(time.Second)
		s.want(v, usd(1, 3))
	})
}

func TestAStreamThatCannotBeFollowedAtOnceIsFollowedWithoutOtherNews(t *testing.T) {
	inScene(t, tail.Config{}, func(s *scene) {
		failures := 2
		s.bent.info = func(info stream.Info) (stream.Info, error) {
			if failures--; failures >= 0 {
				return stream.Info{}, fault.New(fault.Unavailable, "not now")
			}
			return info, nil
		}
		v := s.follows(fromNow(), 0)
		time.Sleep(time.Second)
		s.declare(stream.RatesDeclaration("USD"))
		s.rates(3)
		time.Sleep(3 * time.Second)
		s.want(v, usd(1, 3))
	})
}

func TestWhoJoinsWhileTheStreamsCannotBeReachedWaitsForOneAnswerOnly(t *testing.T) {
	inScene(t, tail.Config{}, func(s *scene) {
		s.bent.streams = func(ctx context.Context) error {
			if err := pause(time.Minute)(ctx); err != nil {
				return err
			}
			return fault.New(fault.Unavailable, "there is no answer")
		}
		var all []*seen
		for range 100 {
			time.Sleep(time.Millisecond)
			all = append(all, s.follows(fromNow(), 0))
		}
		ctx, cancel := context.WithTimeout(s.ctx, time.Second)
		defer cancel()
		if err := s.hub.Look(ctx); !errors.Is(err, context.DeadlineExceeded) {
			s.Errorf("one who waits a second at most: %v", err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		for i, v := range all {
			if !v.ended || !fault.Is(v.err, fault.Unavailable) {
				s.Fatalf("number %d still waits: %v", i, v.err)
			}
		}
	})
}

func TestWhoJoinsAStreamThatHasJustAppearedGetsWhatIsNew(t *testing.T) {
	inScene(t, tail.Config{}, func(s *scene) {
		s.declare(stream.PricesDeclaration())
		s.follows(fromNow(), 0)
		time.Sleep(100 * time.Millisecond) // the last look was a moment ago
		s.declare(stream.RatesDeclaration("USD"))
		s.rates(3)
		v := s.follows(fromNow(), 0)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if !strings.HasSuffix(v.begun, ":3") {
			s.Errorf("begins at %s", v.begun)
		}
		s.rates(1)
		time.Sleep(time.Second)
		s.want(v, usd(4, 4))
	})
}

func TestWhoJoinsAStreamThatWasJustMadeAnewFollowsIt(t *testing.T) {
	inScene(t, tail.Config{}, func(s *scene) {
		s.declare(stream.RatesDeclaration("USD"))
		s.follows(tail.Options{Filter: tail.Filter{Market: "US"}}, 0)
		time.Sleep(100 * time.Millisecond)
		s.Delete(stream.Rates("USD"))
		s.declare(stream.RatesDeclaration("USD"))
		s.rates(2)
		v := s.follows(tail.Options{}, 0)
		time.Sleep(time.Second)
		s.want(v, usd(1, 2))
	})
}

func TestWhatIsNewBeginsWithAWholeBatch(t *testing.T) {
	t.Run("that the feed is reading", func(t *testing.T) {
		inScene(t, tail.Config{Bytes: 1}, func(s *scene) {
			open := make(chan struct{})
			read := 0
			s.bent.subscribe = func(q stream.Query, sub stream.Subscription) stream.Subscription {
				if q.Ahead > 0 {
					return sub
				}
				return &slowed{Subscription: sub, pending: true, wait: func(ctx context.Context) error {
					if read++; read <= 4 {
						return nil
					}
					select {
					case <-open:
					case <-ctx.Done():
					}
					return ctx.Err()
				}}
			}
			s.declare(stream.RatesDeclaration("USD"))
			s.rates(1)
			s.follows(fromNow(), 0)
			time.Sleep(100 * time.Millisecond)
			s.rates(2)
			s.rates(4)
			time.Sleep(100 * time.Millisecond)
			v := s.follows(fromNow(), 0) // 5 was read, of a batch from 4 to 7
			time.Sleep(100 * time.Millisecond)
			close(open)
			time.Sleep(100 * time.Millisecond)
			s.want(v, usd(4, 7))
		})
	})
	t.Run("that is being stored", func(t *testing.T) {
		inScene(t, tail.Config{}, func(s *scene) {
			s.bent.info = func(info stream.Info) (stream.Info, error) {
				if info.Last == 1 {
					info.Last = 3
				}
				return info, nil
			}
			s.declare(stream.RatesDeclaration("USD"))
			s.rates(1)
			v := s.follows(fromNow(), 0)
			time.Sleep(100 * time.Millisecond)
			s.rates(4)
			time.Sleep(100 * time.Millisecond)
			s.want(v, usd(2, 5))
		})
	})
}

// A server that holds a copy may lag behind the one that the feed reads from: nothing waits there, and then more comes.
func TestACopyOfTheStreamThatLagsBehindLosesNothing(t *testing.T) {
	for name, o := range map[string]tail.Options{"all": {}, "some": {Filter: tail.Filter{Subjects: []string{"pw.rate.usd.>"}}}, "last": {Start: stream.Start{LastPerSubject: true}}} {
		t.Run(name, func(t *testing.T) {
			inScene(t, tail.Config{}, func(s *scene) {
				s.bent.subscribe = func(q stream.Query, sub stream.Subscription) stream.Subscription {
					if q.Ahead == 0 {
						return sub
					}
					return &slowed{Subscription: sub, wait: pause(100 * time.Millisecond)}
				}
				s.declare(stream.RatesDeclaration("USD"))
				s.rates(5)
				want := usd(1, 5)
				if o.Start.LastPerSubject {
					want = usd(5, 5)
				}
				v := s.follows(o, 0)
				time.Sleep(time.Second)
				s.want(v, want)
			})
		})
	}
}

func TestFollowersThatAreSlowInTimeHoldUpNobodyWhoReadsForHimself(t *testing.T) {
	inScene(t, tail.Config{Bytes: 1, Readers: 1}, func(s *scene) {
		s.declare(stream.RatesDeclaration("USD"))
		for range 100 {
			s.rates(64)
		}
		slow := s.follows(tail.Options{}, 900*time.Millisecond)
		time.Sleep(time.Second)
		fast := s.follows(tail.Options{}, 0)
		time.Sleep(20 * time.Second)
		s.want(fast, usd(1, 6400))
		time.Sleep(10 * time.Minute)
		s.want(slow, usd(1, 6400))
	})
}

// lines publishes price changes of as many lines, in which the partner's price alone moved.
func (s *scene) lines(from, to int) {
	name, m := example(s, event.TypePriceChanged)
	m.Data = bytes.ReplaceAll(m.Data, []byte(`"6.60"`), []byte(`"6.00"`))
	for i := from; i <= to; i++ {
		line := stream.Message{Subject: strings.ReplaceAll(m.Subject, ".0001.", fmt.Sprintf(".%04d.", i)), ID: fmt.Sprint(i)}
		line.Data = bytes.ReplaceAll(m.Data, []byte(".0001."), fmt.Appendf(nil, ".%04d.", i))
		line.Data = bytes.ReplaceAll(line.Data, []byte(`"0001"`), fmt.Appendf(nil, `"%04d"`, i))
		if _, err := s.Publish(s.ctx, name, []stream.Message{line}, stream.Expectation{}); err != nil {
			s.Fatal(err)
		}
	}
}

func stateWithoutCost() tail.Options {
	return tail.Options{Filter: tail.Filter{WithoutCost: true}, Start: stream.Start{LastPerSubject: true}}
}

func (s *scene) wantLines(v *seen, n int) {
	s.Helper()
	synctest.Wait()
	if got := v.got(); len(got) != n || slices.Contains(v.lines, "") {
		s.Errorf("%d of %d lines, %v", len(got), n, v.err)
	}
}

func TestTheStateWithoutCostIsWhole(t *testing.T) {
	t.Run("for who is slow", func(t *testing.T) {
		inScene(t, tail.Config{}, func(s *scene) {
			s.declare(stream.PricesDeclaration())
			s.lines(1, 500)
			v := s.follows(stateWithoutCost(), 3*time.Second)
			time.Sleep(5 * time.Minute)
			s.wantLines(v, 500)
		})
	})
	t.Run("where the feed is behind", func(t *testing.T) {
		inScene(t, tail.Config{}, func(s *scene) {
			s.bent.subscribe = func(q stream.Query, sub stream.Subscription) stream.Subscription {
				if q.Ahead > 0 {
					return sub
				}
				return &slowed{Subscription: sub, pending: true, wait: pause(time.Second)}
			}
			s.declare(stream.PricesDeclaration())
			s.follows(fromNow(), 0)
			time.Sleep(100 * time.Millisecond)
			s.lines(1, 500)
			v := s.follows(stateWithoutCost(), 0)
			time.Sleep(time.Minute)
			s.wantLines(v, 500)
		})
	})
	t.Run("for who breaks off", func(t *testing.T) {
		inScene(t, tail.Config{}, func(s *scene) {
			s.declare(stream.PricesDeclaration())
			s.follows(fromNow(), 0) // keeps the feed
			time.Sleep(100 * time.Millisecond)
			s.lines(1, 500)
			o := stateWithoutCost()
			n := 0
			err := s.hub.Follow(s.ctx, o, func(b tail.Batch) error {
				if n += len(b.Entries); n == 0 {
					return nil
				}
				position, err := tail.ParsePosition(b.Position.String())
				o.Position = position
				return errors.Join(err, errEnough)
			})
			if !errors.Is(err, errEnough) || n >= 500 {
				s.Fatalf("%d lines, %v", n, err)
			}
			v := s.follows(o, 0)
			time.Sleep(time.Minute)
			s.wantLines(v, 500-n)
		})
	})
}

func TestWhoFollowedBeforeThereWasAnyStreamMissesNothingWhenItBreaksOff(t *testing.T) {
	inScene(t, tail.Config{}, func(s *scene) {
		v := s.follows(fromNow(), 0)
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		s.declare(stream.RatesDeclaration("USD"))
		s.rates(3)
		o := fromNow()
		var err error
		if o.Position, err = tail.ParsePosition(v.begun); err != nil {
			s.Fatal(err)
		}
		again := s.follows(o, 0)
		time.Sleep(time.Second)
		s.want(again, usd(1, 3))
	})
}

func TestAPositionBehindTheEndOfAStreamIsAConflict(t *testing.T) {
	inScene(t, tail.Config{}, func(s *scene) {
		s.declare(stream.RatesDeclaration("USD"))
		s.rates(3)
		infos, err := s.Streams(s.ctx)
		if err != nil {
			s.Fatal(err)
		}
		name := infos[0].Name.String()
		if v := s.follows(tail.Options{Position: tail.Position{name: 3}}, 0); v.err != nil {
			s.Error(v.err)
		}
		for _, sequence := range []uint64{4, 1<<64 - 1} {
			v := s.follows(tail.Options{Position: tail.Position{name: sequence}}, 0)
			time.Sleep(time.Second)
			synctest.Wait()
			if !v.ended || !fault.Is(v.err, fault.Conflict) {
				s.Errorf("position %d: %v", sequence, v.err)
			}
		}
	})
}
