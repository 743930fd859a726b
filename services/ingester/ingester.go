package ingester

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
)

// Ingester watches sources. All its methods may be called from several goroutines; Run from one.
type Ingester struct {
	cfg      Config
	deps     Deps
	schedule cron.Schedule
	books    lockers[*book] // by currency
	crawls   lockers[struct{}]
	token    string // begins the names of uploads of this process
	board    board
}

// New returns an ingester that has touched nothing yet; an invalid fault names what is wrong with the configuration.
func New(cfg Config, deps Deps) (*Ingester, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	if deps.Clock == nil || deps.Publisher == nil || deps.Reader == nil || deps.Declarer == nil || deps.Log == nil {
		return nil, errors.New("make ingester: a dependency is missing")
	}
	if deps.Wait == nil {
		deps.Wait = wait
	}
	schedule, err := cron.ParseStandard(cfg.Cadence)
	if err != nil {
		return nil, fault.New(fault.Invalid, "read cadence: %w", err)
	}
	return &Ingester{cfg: cfg, deps: deps, schedule: schedule, token: rand.Text()}, nil
}

// Prepare opens what is known of a currency, so that its first crawl finds it ready, and returns how many rates that are. It is not needed.
func (g *Ingester) Prepare(ctx context.Context, currency string) (int, error) {
	held, err := g.books.acquire(ctx, "state of "+currency)
	if err != nil {
		return 0, err
	}
	defer held.release()
	if err := g.ready(ctx, held, currency); err != nil {
		return 0, err
	}
	return held.value.ledger.Len(), nil
}

// Close waits for what is being committed, but not longer than ctx, and closes the states. Nothing may be called after it.
func (g *Ingester) Close(ctx context.Context) error {
	var errs []error
	for _, held := range g.books.all() {
		select {
		case held.token <- struct{}{}:
		case <-ctx.Done(): // what is not synced is in the stream
			return errors.Join(append(errs, fmt.Errorf("close states: %w", ctx.Err()))...)
		}
		if held.value != nil {
			errs = append(errs, held.value.ledger.Keep(true))
			held.value.close()
			held.value = nil
		}
		held.release()
	}
	return errors.Join(errs...)
}

// afterFailure is real time: however fast the clock, a source in trouble is not asked more often.
const afterFailure = time.Second

// Run first ends what an earlier process published in part. Then it crawls the configured source, at once and then as scheduled, until ctx ends; it returns nil then. A crawl that fails is logged, shows
// in Status, and is tried again. While a crawl runs, a simulated clock stands still.
func (g *Ingester) Run(ctx context.Context) error {
	g.finish(ctx)
	if g.cfg.Source == SourceNone {
		<-ctx.Done()
		return nil
	}
	alarm := g.deps.Clock.NewAlarm("crawl " + g.cfg.Source)
	defer alarm.Clear()
	alarm.Set(g.deps.Clock.Now())
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-alarm.C():
		}
		err := g.crawlAll(ctx)
		if err != nil && ctx.Err() == nil {
			alarm.Clear()                      // a simulated clock needn't stand still for this:
			_ = g.deps.Wait(ctx, afterFailure) // the loop looks at ctx
		}
		now := g.deps.Clock.Now()
		next := g.schedule.Next(now.UTC())
		if retry := now.Add(g.cfg.Retry); err != nil && retry.Before(next) {
			next = retry
		}
		alarm.Set(next)
	}
}

// crawlAll crawls every configured currency; one that fails does not keep the others from it.
func (g *Ingester) crawlAll(ctx context.Context) error {
	var errs []error
	for _, currency := range g.cfg.Currencies {
		_, err := g.Crawl(ctx, CrawlRequest{Currency: currency})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			g.deps.Log.Warn("crawl failed", zap.String("source", g.cfg.Source), zap.String("currency", currency), zap.Error(err))
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// names fills in and checks currency and scope.
func (g *Ingester) names(currency, scope, source string) (money.Currency, string, error) {
	if currency == "" {
		currency = g.cfg.Currencies[0]
	}
	c, err := money.ParseCurrency(currency)
	if err != nil {
		return "", "", fault.New(fault.Invalid, "find currency: %w", err)
	}
	if scope == "" {
		scope = source + "-" + strings.ToLower(string(c))
	}
	return c, scope, checkScope(scope)
}

// lockers hands out one lock a name, each with a value that is its holder's alone. The zero value is ready.
type lockers[T any] struct {
	mu    sync.Mutex
	locks map[string]*locker[T]
}

type locker[T any] struct {
	token chan struct{}
	value T
}

// acquire waits for the lock of a name, or for ctx.
func (l *lockers[T]) acquire(ctx context.Context, name string) (*locker[T], error) {
	l.mu.Lock()
	if l.locks == nil {
		l.locks = make(map[string]*locker[T])
	}
	k := l.locks[name]
	if k == nil {
		k = &locker[T]{token: make(chan struct{}, 1)}
		l.locks[name] = k
	}
	l.mu.Unlock()
	select {
	case k.token <- struct{}{}:
		return k, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for %s: %w", name, ctx.Err())
	}
}

// all returns the locks there are.
func (l *lockers[T]) all() []*locker[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.locks))
}

// tryAcquire takes a lock if nobody holds it.
func (k *locker[T]) tryAcquire() bool {
	select {
	case k.token <- struct{}{}:
		return true
	default:
		return false
	}
}

func (k *locker[T]) release() { <-k.token }
