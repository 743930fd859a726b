package notifier

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/watchlist"
	"github.com/pricewire/pricewire/pkg/webhook"
)

func TestEventsAreSentSignedOnceAndInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.write(event.TypePriceChanged, event.TypeReleasePublished, event.TypePriceChanged, event.TypeRateChanged)
		e := b.hook(nil)
		stop := b.start("a")
		settle(2 * time.Second)
		b.write(event.TypePriceChanged)
		settle(2 * time.Second)
		stop()
		if ok, all := b.receiver.inOrder(func(taken) bool { return true }); !ok || len(all) != 5 || len(b.receiver.got) != 5 {
			t.Errorf("in order: %t, %v of %d requests", ok, all, len(b.receiver.got))
		}
		for _, got := range b.receiver.got {
			want := webhook.Sign(e.Secrets, got.id, got.at, got.body)
			if got.signature != want || got.sentAt != fmt.Sprint(got.at.Unix()) || len(got.id) != 32 || !strings.Contains(string(got.body), `"id":"`+got.id+`"`) {
				t.Errorf("%+v, want %s", got, want)
			}
		}
		if p := b.progress(); p.Sent != 5 || len(p.Log) != 5 || len(p.Held) != 0 {
			t.Errorf("%+v", p)
		}
	})
}

func TestAFailingSubjectWaitsAndOthersGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		failing := true
		b.receiver.answer = func(_ int, got taken) (int, string) {
			if failing && got.kind == string(event.TypePriceChanged) {
				return 500, ""
			}
			return 200, ""
		}
		b.write(event.TypePriceChanged, event.TypeReleasePublished, event.TypePriceChanged, event.TypeReleaseEffective)
		b.hook(nil)
		defer b.start("a")()
		settle(time.Minute)
		for _, got := range b.receiver.got {
			if got.sequence == "3" {
				t.Error("an event overtook an earlier one of its subject")
			}
		}
		if p := b.progress(); p.Sent != 2 || len(p.Held) != 2 || p.Paused(now()) {
			t.Errorf("%d sent, held %+v", p.Sent, p.Held)
		}
		failing = false
		settle(time.Hour)
		if got := b.receiver.sequences(); got[len(got)-2] != "1" || got[len(got)-1] != "3" || len(b.progress().Held) != 0 {
			t.Errorf("%v", got)
		}
	})
}

func TestAnEndpointThatTakesNothingIsAskedLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.receiver.answer = func(int, taken) (int, string) { return 0, "" }
		for range 20 {
			b.write(event.TypePriceChanged, event.TypeReleaseEffective)
		}
		b.hook(nil)
		defer b.start("a")()
		settle(24 * time.Hour)
		if n := len(b.receiver.got); n < 24 || n > 110 {
			t.Errorf("%d attempts in a day", n)
		}
		b.receiver.mu.Lock()
		b.receiver.answer = nil
		b.receiver.mu.Unlock()
		settle(3 * time.Hour)
		if p := b.progress(); p.Sent != 40 || p.Failing.Failures != 0 {
			t.Errorf("%d sent, %+v", p.Sent, p.Failing)
		}
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.receiver.answer = func(n int, _ taken) (int, string) {
			if n == 1 {
				return 429, "7200"
			}
			return 200, ""
		}
		b.write(event.TypePriceChanged, event.TypePriceChanged)
		b.hook(nil)
		defer b.start("a")()
		settle(3 * time.Hour)
		got := b.receiver.got
		if len(got) != 3 || got[1].at.Sub(got[0].at) < 2*time.Hour || got[1].at.Sub(got[0].at) > 2*time.Hour+time.Minute {
			t.Errorf("%d attempts: %v", len(got), b.receiver.sequences())
		}
	})
}

func TestAnEndpointThatIsGoneOrFailsForDaysIsDisabledAndRevived(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		after  time.Duration
		says   string
	}{
		"gone":       {410, time.Minute, "410"},
		"takes none": {503, 15 * time.Hour, "it has failed since"},
		"not one":    {500, 15 * time.Hour, "has not taken an event"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t)
				b.givesUp = 12 * time.Hour
				b.receiver.answer = func(int, taken) (int, string) { return c.status, "" }
				b.write(event.TypePriceChanged)
				b.hook(nil)
				defer b.start("a")()
				settle(c.after)
				e, err := b.hooks.Get(t.Context(), "ours")
				if err != nil || e.State != webhook.Disabled || !strings.Contains(e.Reason, c.says) {
					t.Fatalf("%s because %q, %v", e.State, e.Reason, err)
				}
				tried := len(b.receiver.got)
				settle(3 * time.Hour)
				if len(b.receiver.got) != tried {
					t.Error("it is tried while it is disabled")
				}
				b.receiver.mu.Lock()
				b.receiver.answer = nil
				b.receiver.mu.Unlock()
				b.change(func(e webhook.Endpoint) webhook.Endpoint {
					e, _ = e.Request(webhook.Request{Kind: webhook.Revive})
					return e.Turned(webhook.Active, "", now())
				})
				settle(time.Minute)
				if p := b.progress(); p.Sent != 1 {
					t.Errorf("revived: %+v", p)
				}
			})
		})
	}
}

// TestNothingIsLostWhateverFailsAndWhoeverDies lets an endpoint fail at random and senders die at random.
func TestNothingIsLostWhateverFailsAndWhoeverDies(t *testing.T) {
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's
			b := newBed(t)
			accepted := map[string]bool{}
			var mu sync.Mutex
			b.receiver.answer = func(_ int, got taken) (int, string) {
				mu.Lock()
				defer mu.Unlock()
				status := []int{200, 200, 200, 500, 503, 0}[random.IntN(6)]
				if status == 200 {
					accepted[fmt.Sprint(got.subject, got.sequence, got.at.UnixNano())] = true
				}
				return status, ""
			}
			b.hook(nil)
			kinds := []event.Type{event.TypePriceChanged, event.TypeReleaseEffective, event.TypeRateChanged, event.TypeItemChanged}
			written := 0
			for range 6 {
				stop := b.start(fmt.Sprint("sender ", random.IntN(2)))
				for range random.IntN(12) {
					b.write(kinds[random.IntN(len(kinds))])
					written++
				}
				settle(time.Duration(random.IntN(120)) * time.Second)
				stop()
			}
			mu.Lock()
			b.receiver.answer = func(_ int, got taken) (int, string) {
				mu.Lock()
				defer mu.Unlock()
				accepted[fmt.Sprint(got.subject, got.sequence, got.at.UnixNano())] = true
				return 200, ""
			}
			mu.Unlock()
			stop := b.start("the last")
			settle(6 * time.Hour)
			stop()
			ok, all := b.receiver.inOrder(func(got taken) bool { return accepted[fmt.Sprint(got.subject, got.sequence, got.at.UnixNano())] })
			if !ok || len(all) != written || len(b.progress().Held) != 0 {
				t.Errorf("seed %d: in order %t, %d of %d taken, %d held", seed, ok, len(all), written, len(b.progress().Held))
			}
		})
	}
}

func TestAnEndpointIsOneSendersAndTheNextTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.hook(nil)
		stop := b.start("a")
		settle(time.Second)
		stopOther := b.start("b")
		for range 10 {
			b.write(event.TypePriceChanged)
		}
		settle(time.Minute)
		if n := len(b.receiver.got); n != 10 {
			t.Errorf("%d requests by two senders", n)
		}
		stop() // without a word
		b.write(event.TypePriceChanged)
		settle(2 * lease)
		stopOther()
		if n := len(b.receiver.got); n != 11 {
			t.Errorf("%d requests after one died", n)
		}
	})
}

func TestWhatIsAskedOfAnEndpointIsDoneOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.write(event.TypePriceChanged, event.TypeReleaseEffective)
		b.hook(nil)
		defer b.start("a")()
		settle(time.Minute)
		infos, err := b.streams.Streams(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b.request(webhook.Request{Kind: webhook.Resend, Stream: infos[0].Name.String(), Sequence: 2})
		settle(time.Minute)
		if got := b.receiver.sequences(); len(got) != 3 || got[2] != "2" {
			t.Errorf("one again: %v", got)
		}
		b.request(webhook.Request{Kind: webhook.Begin, Position: infos[0].Name.String() + ":1"})
		settle(time.Minute)
		if got := b.receiver.sequences(); len(got) != 4 || got[3] != "2" {
			t.Errorf("from a place: %v", got)
		}
		b.request(webhook.Request{Kind: webhook.Test})
		settle(time.Minute)
		last := b.receiver.got[len(b.receiver.got)-1]
		if p := b.progress(); last.kind != TestType || p.Log[len(p.Log)-1].Test != 4 || p.Done != 4 {
			t.Errorf("%+v, %+v", last, p)
		}
		e, err := b.hooks.Get(t.Context(), "ours")
		if err != nil || len(e.Requests) != 1 {
			t.Errorf("what is done stays: %v, %v", e.Requests, err)
		}
	})
}

func TestAStreamThatIsNotWhatItWasIsSentFromItsBeginning(t *testing.T) {
	for name, position := range map[string]func(infos []stream.Info) string{
		"made anew": func(infos []stream.Info) string { return "PRICES@another:7," + infos[1].Name.String() + ":1" },
		"restored from a copy": func(infos []stream.Info) string {
			return infos[0].Name.String() + ":7," + infos[1].Name.String() + ":1"
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t)
				b.write(event.TypePriceChanged, event.TypeReleaseEffective, event.TypeRateChanged)
				infos, err := b.streams.Streams(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				b.hook(nil)
				b.request(webhook.Request{Kind: webhook.Begin, Position: position(infos)})
				defer b.start("a")()
				settle(time.Minute)
				if got := slices.Sorted(slices.Values(b.receiver.sequences())); !slices.Equal(got, []string{"1", "2"}) {
					t.Errorf("sent %v", got)
				}
			})
		})
	}
}

func TestOnlyWhatPassesTheFilterIsSentAndNoCostWithoutTheRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		w, err := watchlist.New("watched", "", []watchlist.Line{{Product: "CFQ7TTC0LH18"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.lists.Put(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		b.write(event.TypePriceChanged, event.TypeReleaseEffective, event.TypeRateChanged, event.TypeItemChanged)
		b.hook(func(e *webhook.Endpoint) {
			e.Cost = false
			e.Filter = webhook.Filter{Watchlist: "watched", Types: []string{string(event.TypePriceChanged)}}
		})
		defer b.start("a")()
		settle(time.Minute)
		if len(b.receiver.got) != 1 || b.receiver.got[0].kind != string(event.TypePriceChanged) || strings.Contains(string(b.receiver.got[0].body), `unit_price":"`) {
			t.Errorf("%v: %s", b.receiver.sequences(), b.receiver.got[0].body)
		}
	})
}

func TestASecretIsNeverLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		core, logs := observer.New(zapcore.DebugLevel)
		b.log = zap.New(core)
		b.receiver.answer = func(int, taken) (int, string) { return 410, "" }
		b.write(event.TypePriceChanged)
		e := b.hook(nil)
		defer b.start("a")()
		settle(time.Minute)
		if logs.Len() == 0 {
			t.Error("nothing was logged, so nothing was tried")
		}
		for _, entry := range logs.All() {
			if text := fmt.Sprint(entry.Message, entry.ContextMap()); strings.Contains(text, strings.TrimPrefix(e.Secrets[0].Reveal(), "whsec_")) {
				t.Error(text)
			}
		}
		if strings.Contains(fmt.Sprintf("%+v", b.progress()), "whsec") {
			t.Error("the progress holds a secret")
		}
	})
}
