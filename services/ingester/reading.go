package ingester

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/azure"
)

// verify reads the catalogue as a whole, now and then, and compares what is there with what the shards found: a source may hide rows from
// filters, such as those that have no family at all. Nothing is taken from what it reads.
func (t *traversing) verify(ctx context.Context, s *staged) error {
	key := verifiedPrefix + t.crawl.Scope
	last, _ := noted(s.ledger, key)
	incomplete := slices.ContainsFunc(s.shards, func(shard *rate.Shard) bool { return !shard.Complete() })
	if s.head.Shards[0].Name == "" || incomplete || t.crawl.At.Sub(last) < t.ingester.cfg.VerifyEvery {
		return nil
	}
	probe := s.survey.Probe()
	got, err := t.client.Traverse(ctx, azure.Query{Currency: money.Currency(t.crawl.Currency)}, probe, nil)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	missed, of := probe.Missed()
	log := t.ingester.deps.Log.With(zap.String("scope", t.crawl.Scope), zap.Int("rows", of), zap.Int("missed", missed))
	switch {
	case missed > max(hiddenFew, of/hiddenShare):
		log.Warn("the source hides rows from filters")
		return errUnheeded
	case err != nil || !got.Complete:
		log.Warn("what shards found could not be verified", zap.String("broken", got.Broken), zap.Error(err))
		return nil // the next crawl tries again
	}
	log.Info("what shards found is verified")
	return t.noteNow(ctx, key)
}

// A few rows, or this share of them, may have come while the catalogue was read: then nothing is hidden.
const hiddenFew, hiddenShare = 10, 1000

// shardReading is one shard that is being read.
type shardReading struct {
	*traversing
	plan  *shardPlan
	shard *rate.Shard
}

// toEnd traverses a shard until its rows are settled. The error is that of a source which gave nothing of it at all; the shard has ended then,
// too.
func (r *shardReading) toEnd(ctx context.Context) error {
	t, err := r.traverse(ctx)
	if r.ends(ctx, err) {
		return err
	}
	r.losses.add(r.shard.Misses())
	if err != nil {
		t = azure.Traversal{Broken: err.Error()}
	}
	if ended := r.shard.End(rate.Traversal{Pages: t.Pages, Rows: t.Rows, Complete: t.Complete, Broken: t.Broken}); ended != nil {
		return ended
	}
	r.run.ended()
	return err
}

// ends reports whether an error ends the crawl, and not only the shard.
func (r *shardReading) ends(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || errors.Is(err, errUnheeded) || r.shard.Err() != nil)
}

// traverse reads a shard again and again until a traversal finds nothing that none before it found, and, by the share of rows that traversals
// miss, hardly a row is left that none of them found. What is exactly as the last crawl had it is settled at once: that crawl was the other
// traversal.
func (r *shardReading) traverse(ctx context.Context) (azure.Traversal, error) {
	most := r.ingester.cfg.Traversals
	query := azure.Query{Currency: money.Currency(r.crawl.Currency), Filter: r.plan.filter()}
	for n := 1; ; n++ {
		if err := r.shard.Begin(); err != nil {
			return azure.Traversal{}, err
		}
		t, err := r.client.Traverse(ctx, query, r.shard, r.run.progress(n))
		if err != nil && n > 1 {
			return azure.Traversal{Broken: err.Error()}, nil
		}
		if strays, of := r.shard.Strays(); query.Filter != "" && strays*strayShare > of {
			return t, errUnheeded
		}
		switch {
		case err != nil || !t.Complete:
			return t, err
		case most == 1 || r.shard.Confirmed() || (n > 1 && r.settled()):
			return t, nil
		case n == most:
			t.Complete, t.Broken = false, fmt.Sprintf("after %d traversals it still does not hold still: the last found %d rows that none before did", n, r.shard.Added())
			return t, nil
		}
	}
}

// strayShare is the share of a shard's rows, one in so many, that may be of other shards: a source that does not heed filters sends all it has.
const strayShare = 10

// leftOut is how many rows may be expected that no traversal of a shard found.
const leftOut = 0.01

// settled reports whether the traversals so far found all there is. How often a row is missed is told by all shards together, and by this one:
// small ones tell little.
func (r *shardReading) settled() bool {
	missed, of := r.shard.Misses()
	chance := 0.0
	if of > 0 {
		chance = float64(missed) / float64(of)
	}
	return r.shard.Added() == 0 && r.shard.Unseen(max(chance, r.losses.share())) < leftOut
}

// losses are what the traversals of a crawl missed, of shards that have ended.
type losses struct {
	mu         sync.Mutex
	missed, of int
}

func (l *losses) add(missed, of int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missed, l.of = l.missed+missed, l.of+of
}

func (l *losses) share() float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == 0 {
		return 0
	}
	return float64(l.missed) / float64(l.of)
}
