package ingester

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/azure"
)

// CrawlRequest says what to crawl once; what is empty is as configured.
type CrawlRequest struct {
	Source   string // SourceSample, SourceAzure or a base URL
	Currency string
	Scope    string // default <source>-<currency>, or the configured one for the configured source
}

// Result is what became of an observation.
type Result struct {
	Record   rate.Record
	Repeated bool // it was made before; nothing was published
	// Stream and Sequence say where the stream ended when all that the observation says had been published: what has come there is
	// queryable with it. Stream is in the form in which positions are stored.
	Stream   string
	Sequence uint64
}

// Crawl reads a source once and takes what it finds; one that was broken off by a crash goes on behind its last complete shard. Crawls of one
// scope run one after the other. A refused crawl is no error: its record says so. Errors: invalid for a request or a page that cannot be
// read, unavailable for a source or a stream that cannot be reached, refused or conflict as rate.Survey.Judge has them.
func (g *Ingester) Crawl(ctx context.Context, request CrawlRequest) (Result, error) {
	from, err := g.cfg.source(request.Source)
	if err != nil {
		return Result{}, err
	}
	if request.Scope == "" && (request.Source == "" || request.Source == g.cfg.Source) {
		request.Scope = g.cfg.Scope
	}
	currency, scope, err := g.names(request.Currency, request.Scope, from.name)
	if err != nil {
		return Result{}, err
	}
	turn, err := g.crawls.acquire(ctx, crawlOf(string(currency), scope))
	if err != nil {
		return Result{}, err
	}
	defer turn.release()
	t := &traversing{ingester: g, from: from, crawl: rate.Crawl{Source: from.name, Scope: scope, Currency: string(currency), At: g.now()}}
	t.run = g.board.start(&t.crawl)
	defer t.run.stop()
	result, err := t.all(ctx)
	g.board.note(scope, string(currency), result, err)
	return result, err
}

// crawlOf names the lock of a scope: its crawls run one after the other.
func crawlOf(currency, scope string) string { return "crawl of " + currency + " " + scope }

// now is the present to the millisecond, as all stores keep it.
func (g *Ingester) now() time.Time { return g.deps.Clock.Now().UTC().Truncate(time.Millisecond) }

// traversing is a crawl that is being read.
type traversing struct {
	ingester *Ingester
	from     source
	crawl    rate.Crawl
	run      *running
	client   *azure.Client
	losses   losses
}

// errUnheeded means that a source sends rows that a filter excludes.
var errUnheeded = errors.New("the source does not heed filters")

// all reads and commits.
func (t *traversing) all(ctx context.Context) (Result, error) {
	g := t.ingester
	cfg := g.cfg.Client
	cfg.BaseURL = t.from.baseURL
	var err error
	if t.client, err = azure.New(cfg, azure.Deps{Transport: g.deps.Transport, Wait: g.deps.Wait}); err != nil {
		return Result{}, err
	}
	defer t.client.Close()
	for attempt := 1; ; attempt++ {
		result, err := t.once(ctx)
		switch {
		case err == nil:
			return result, nil
		case errors.Is(err, errUnheeded) && attempt < attempts:
			g.deps.Log.Info("the source does not heed filters: its catalogue is read as a whole", zap.String("scope", t.crawl.Scope))
		case errors.Is(err, errStale) && attempt < attempts:
			g.deps.Log.Info("reading again", zap.String("scope", t.crawl.Scope), zap.Error(err))
		case errors.Is(err, errStale):
			return Result{}, fault.New(fault.Unavailable, "crawl %s: %w", t.crawl.Scope, err)
		default:
			return Result{}, err
		}
	}
}

func (t *traversing) once(ctx context.Context) (Result, error) {
	s, err := t.stage(ctx)
	if err != nil {
		return Result{}, err
	}
	defer s.close()
	if err := t.read(ctx, s); err != nil {
		return Result{}, t.failed(ctx, s, err)
	}
	if s.head.Finished.IsZero() {
		s.head.Finished = t.ingester.now()
	}
	if err := s.writeHead(); err != nil {
		return Result{}, err
	}
	return t.ingester.commit(ctx, s)
}

// failed tidies up after a crawl that could not be read. Where shards were read to their end it stays on disk to be gone on with.
func (t *traversing) failed(ctx context.Context, s *staged, err error) error {
	switch {
	case errors.Is(err, errUnheeded):
		if noted := t.noteNow(ctx, wholePrefix+t.crawl.Scope); noted != nil {
			return noted
		}
	case slices.ContainsFunc(s.shards, func(shard *rate.Shard) bool { return shard != nil && shard.Complete() }):
		return fmt.Errorf("crawl %s: %w", t.crawl.Scope, err)
	}
	if dropped := s.drop(); dropped != nil {
		t.ingester.deps.Log.Warn("broken crawl not dropped", zap.String("scope", t.crawl.Scope), zap.Error(dropped))
	}
	return fmt.Errorf("crawl %s: %w", t.crawl.Scope, err)
}

// note keeps something about the scope beside what is known of its currency.
func (t *traversing) note(ctx context.Context, e rate.Entry) error {
	g := t.ingester
	held, err := g.books.acquire(ctx, "state of "+t.crawl.Currency)
	if err != nil {
		return err
	}
	defer held.release()
	if err := g.ready(ctx, held, t.crawl.Currency); err != nil {
		return err
	}
	return held.value.ledger.Keep(false, e)
}

// stage goes on with the crawl on disk, or begins one.
func (t *traversing) stage(ctx context.Context) (*staged, error) {
	g := t.ingester
	held, err := g.books.acquire(ctx, "state of "+t.crawl.Currency)
	if err != nil {
		return nil, err
	}
	defer held.release()
	if err := g.ready(ctx, held, t.crawl.Currency); err != nil {
		return nil, err
	}
	ledger := held.value.ledger
	in := held.value.folder.in(crawlsFolder, t.crawl.Scope)
	s, err := openStaged(in)
	if err != nil {
		return nil, err
	}
	if s != nil {
		if err := t.ingester.keepTaken(held.value, s); err != nil {
			return nil, err
		}
	}
	if s == nil || !t.fits(s, ledger) {
		head := stagedHead{Crawl: t.crawl, Shards: t.plan(ledger)}
		if s, err = stage(in, head); err != nil {
			return nil, err
		}
	}
	t.crawl.At = s.head.Crawl.At
	if _, err = s.attach(held.value); err == nil {
		err = s.retry()
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// fits reports whether a crawl on disk can be gone on with.
func (t *traversing) fits(s *staged, ledger *rate.Ledger) bool {
	old := s.head.Crawl
	age := t.crawl.At.Sub(old.At)
	old.At = t.crawl.At
	last, any := ledger.Last(t.crawl.Scope)
	return old == t.crawl && age >= 0 && age <= t.ingester.cfg.ResumeWithin && (!any || s.head.Crawl.At.After(last)) &&
		(len(s.head.Shards) == 1 || !t.unheeded(ledger))
}

// unheededFor is how long it is believed of a source that it does not heed filters.
const unheededFor = 30 * 24 * time.Hour

// unheeded reports whether the source of the scope was found not to heed filters, so that its catalogue is to be read as a whole.
func (t *traversing) unheeded(ledger *rate.Ledger) bool {
	found, ok := noted(ledger, wholePrefix+t.crawl.Scope)
	return ok && t.crawl.At.Sub(found) < unheededFor
}

// noted reads a note that is a time.
func noted(ledger *rate.Ledger, key string) (at time.Time, ok bool) {
	ok = at.UnmarshalText(ledger.Note(key)) == nil
	return at, ok
}

// noteNow notes the time of the crawl.
func (t *traversing) noteNow(ctx context.Context, key string) error {
	text, err := t.crawl.At.MarshalText()
	if err != nil {
		return fmt.Errorf("note time of crawl: %w", err)
	}
	return t.note(ctx, rate.Entry{Key: key, Value: text})
}

// plan divides the catalogue.
func (t *traversing) plan(ledger *rate.Ledger) []shardPlan {
	if t.unheeded(ledger) {
		return whole()
	}
	var families []string
	if t.from.name == SourceAzure {
		families = azure.Families()
	}
	return plan(ledger.Groups(t.crawl.Scope), families, t.ingester.cfg.ShardRows)
}

// read reads every shard that is not on disk yet, some at once.
func (t *traversing) read(ctx context.Context, s *staged) error {
	var todo []int
	for i, shard := range s.shards {
		if shard == nil {
			fresh, err := s.begin(i)
			if err != nil {
				return err
			}
			s.shards[i] = fresh
			todo = append(todo, i)
		}
	}
	t.run.plan(len(s.shards), len(s.shards)-len(todo), t.expected(s, todo))
	group, reading := errgroup.WithContext(ctx)
	most := t.ingester.cfg.Client.Concurrency
	group.SetLimit(most)
	reach := reach{patience: min(most, len(todo)), given: len(todo) < len(s.shards)}
	for _, i := range todo {
		group.Go(func() error {
			r := &shardReading{traversing: t, plan: &s.head.Shards[i], shard: s.shards[i]}
			err := r.toEnd(reading)
			if r.ends(reading, err) || reach.lost(err) {
				return err
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if len(todo) > 0 {
		s.head.Finished = time.Time{}
	}
	return t.verify(ctx, s)
}

// reach tells a source that gives nothing at all from one that fails here and there.
type reach struct {
	mu       sync.Mutex
	patience int // how many shards may fail before any was read
	given    bool
}

// lost takes in how a shard went, and reports whether nothing is to be expected of the others.
func (r *reach) lost(err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		r.given = true
		return false
	}
	r.patience--
	return !r.given && r.patience <= 0
}

// expected is how many identities the shards that are to be read had last.
func (t *traversing) expected(s *staged, todo []int) (n int) {
	covers := make([]rate.Covers, len(todo))
	for k, i := range todo {
		covers[k] = s.head.Shards[i].covers()
	}
	for _, g := range s.ledger.Groups(t.crawl.Scope) {
		if slices.ContainsFunc(covers, func(c rate.Covers) bool { return c(g.Family, g.Region) }) {
			n += g.Identities
		}
	}
	return n
}
