package part

import (
	"context"
	"encoding/json"
	"time"

	natsclient "github.com/nats-io/nats.go"
	natsjetstream "github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/access"
	accessnatskv "github.com/pricewire/pricewire/pkg/access/natskv"
	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	historyclickhouse "github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/pkg/idempotency"
	requestkv "github.com/pricewire/pricewire/pkg/idempotency/natskv"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/release/natskv"
	"github.com/pricewire/pricewire/pkg/sheet"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
	"github.com/pricewire/pricewire/pkg/watchlist"
	watchlistkv "github.com/pricewire/pricewire/pkg/watchlist/natskv"
	"github.com/pricewire/pricewire/pkg/webhook"
	webhookkv "github.com/pricewire/pricewire/pkg/webhook/natskv"
	"github.com/pricewire/pricewire/services/pricewire/connect"
)

// Base is what parts stand on, as far as a process needs it.
type Base struct {
	Streams *jetstream.Adapter
	Records release.Store            // nil without releases
	Lists   *release.Lists           // nil without releases
	Tokens  *access.Tokens           // nil without access
	Writes  access.Log               // of what was written over HTTP; nil without access
	History *historyclickhouse.Store // nil without history
	// Requests remembers requests that write; nil without them.
	Requests idempotency.Store
	Watched  watchlist.Store // nil without subscriptions
	Hooks    webhook.Store   // nil without subscriptions
	nats     *natsclient.Conn
}

// Needs says what a process needs beside reading streams. A user of a server needs no more rights than that.
type Needs struct {
	Name      string // of the process, for NATS
	Publishes bool   // to the stream of releases, which is declared then
	Releases  bool   // their records and lists
	Requests  bool   // what is remembered of requests that write
	Access    bool   // tokens, and the log of writes
	History   bool   // the tables
	Writes    bool   // to the tables, whose schema is made then, and awaited otherwise
	Subscribe bool   // watchlists and webhooks
}

// Open connects to the servers, checks that they can do what is needed and opens the stores, waiting for what is not up yet.
func Open(ctx context.Context, servers *connect.Servers, needs Needs, log *zap.Logger, more ...natsclient.Option) (*Base, error) {
	for _, exposed := range servers.Exposed() {
		log.Warn("a password can be read on its way", zap.String("hint", exposed))
	}
	b := &Base{}
	var err error
	if b.nats, err = servers.NATS(ctx, needs.Name, log, more...); err != nil {
		return nil, err
	}
	err = b.open(ctx, servers, needs, log)
	if err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func (b *Base) open(ctx context.Context, servers *connect.Servers, needs Needs, log *zap.Logger) error {
	var err error
	if b.Streams, err = jetstream.New(b.nats, jetstream.Config{Replicas: servers.Replicas()}); err != nil {
		return err
	}
	err = daemon.Await(ctx, servers.Wait(), log, "JetStream", func(ctx context.Context) error { return b.openStreams(ctx, servers, needs) })
	if err != nil {
		return fault.Wrap(err, "open streams in NATS at %s", servers.NATSShown())
	}
	if needs.History {
		b.History, err = servers.History(ctx, !needs.Writes, log)
	}
	return err
}

// openStreams checks the server, and declares and opens what is needed of it.
func (b *Base) openStreams(ctx context.Context, servers *connect.Servers, needs Needs) error {
	if err := b.Streams.Check(ctx); err != nil {
		return err
	}
	if needs.Publishes {
		if _, err := b.Streams.Declare(ctx, stream.PricesDeclaration()); err != nil {
			return err
		}
	}
	js, err := natsjetstream.New(b.nats)
	if err != nil {
		return err
	}
	if needs.Requests {
		if b.Requests, err = requestkv.Open(ctx, js, requestkv.Config{Replicas: servers.Replicas()}); err != nil {
			return err
		}
	}
	if needs.Access {
		cfg := accessnatskv.Config{Replicas: servers.Replicas()}
		tokens, err := accessnatskv.OpenStore(ctx, js, cfg)
		if err != nil {
			return err
		}
		b.Tokens = access.NewTokens(tokens)
		if b.Writes, err = accessnatskv.OpenLog(ctx, js, cfg); err != nil {
			return err
		}
	}
	if needs.Subscribe {
		if err := b.openSubscriptions(ctx, js, servers.Replicas()); err != nil {
			return err
		}
	}
	if !needs.Releases {
		return nil
	}
	cfg := natskv.Config{Replicas: servers.Replicas()}
	if b.Records, err = natskv.OpenStore(ctx, js, cfg); err != nil {
		return err
	}
	contents, err := natskv.OpenContent(ctx, js, cfg)
	if err != nil {
		return err
	}
	b.Lists, err = release.NewLists(contents, release.Codec{
		Encode: sheet.Encode, Decode: sheet.Decode, EncodeItems: sheet.EncodeItems, DecodeItems: sheet.DecodeItems,
	})
	return err
}

// openSubscriptions opens what says who is told what.
func (b *Base) openSubscriptions(ctx context.Context, js natsjetstream.JetStream, replicas int) error {
	watched, err := watchlistkv.Open(ctx, js, watchlistkv.Config{Replicas: replicas})
	if err != nil {
		return err
	}
	hooks, err := webhookkv.Open(ctx, js, webhookkv.Config{Replicas: replicas})
	if err != nil {
		return err
	}
	b.Watched, b.Hooks = watched, hooks
	return nil
}

// Close ends the connections, after the parts that use them and before servers of this process that they go to.
func (b *Base) Close() {
	if b.History != nil {
		_ = b.History.Close() // nothing is under way any more
	}
	if b.nats != nil {
		b.nats.Close()
	}
}

// Checks are whether the servers answer now.
func (b *Base) Checks() []daemon.Check {
	checks := []daemon.Check{{Name: "NATS", Look: b.Streams.Well}}
	if b.History != nil {
		checks = append(checks, daemon.Check{Name: "ClickHouse", Look: b.History.Ping})
	}
	return checks
}

// Newest returns the time of the newest event of some streams, zero when there is none.
func (b *Base) Newest(ctx context.Context, streams ...string) (time.Time, error) {
	var newest time.Time
	for _, name := range streams {
		last, err := b.Streams.Last(ctx, name, ">")
		if fault.Is(err, fault.NotFound) { // it is empty, or not there
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		var envelope event.Envelope
		if json.Unmarshal(last.Data, &envelope) == nil && envelope.Time.After(newest) { // what is no event is in the rejects
			newest = envelope.Time
		}
	}
	return newest, nil
}

// skew is how far the clocks of two machines may be apart without anybody having to mend them.
const skew = time.Minute

// NotBehind makes sure that what this process writes to some streams is not older than what is in them: it waits where another machine's clock is a little
// ahead, and refuses where it is far ahead. now is the real clock.
func (b *Base) NotBehind(ctx context.Context, now func() time.Time, streams ...string) error {
	newest, err := b.Newest(ctx, streams...)
	if err != nil {
		return err
	}
	ahead := newest.Sub(now())
	if ahead <= 0 {
		return nil
	}
	if ahead > skew {
		return fault.New(fault.Refused, "the newest event is of %s, and it is %s", newest.Format(time.RFC3339), now().UTC().Format(time.RFC3339)).
			WithHint("set this machine's clock; or, if events of the future were written by mistake, wait for it")
	}
	select {
	case <-time.After(ahead):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
