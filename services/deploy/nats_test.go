package deploy_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pricewire/pricewire/pkg/access"
	accessnatskv "github.com/pricewire/pricewire/pkg/access/natskv"
	embedded "github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/release/releasetest"
	"github.com/pricewire/pricewire/pkg/stream"
)

func TestNATSIsConfiguredAsTheEmbeddedServerIs(t *testing.T) {
	o := newNATSBed(t).options
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"largest payload", o.MaxPayload, int32(embedded.DefaultMaxPayload)},
		{"sync always", o.SyncAlways, true},
		{"JetStream", o.JetStream, true},
		{"bound on disk, out of reach", o.JetStreamMaxStore, int64(1 << 62)},
		{"messages of a batch", o.JetStreamLimits.MaxBatchSize, stream.BatchLimit},
		{"patience with a batch", o.JetStreamLimits.MaxBatchTimeout, time.Minute},
		{"monitoring host", o.HTTPHost, "127.0.0.1"},
		{"users", len(o.Users), 7},
		{"user for who names none", o.NoAuthUser, ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	for _, u := range o.Users {
		if u.Permissions == nil || !strings.HasPrefix(u.Password, "$2a$") {
			t.Errorf("user %s may do everything, or his password is no hash", u.Username)
		}
	}
}

func TestEveryServiceDoesItsWorkAsItsOwnUser(t *testing.T) {
	bed := newNATSBed(t)
	bed.serve(t)
	ctx := t.Context()
	scheduler, ingester, materializer, api := bed.as(t, "scheduler"), bed.as(t, "ingester"), bed.as(t, "materializer"), bed.as(t, "api")

	// The materializer is there first and hears of the streams as they come.
	news, err := materializer.streams(t).Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := materializer.Flush(); err != nil {
		t.Fatal(err)
	}

	// The scheduler opens the records, and declares the stream of releases.
	records, contents := scheduler.records(t)
	changed, err := records.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	prices := scheduler.streams(t)
	if _, err := prices.Declare(ctx, stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	if _, err := prices.Declare(ctx, stream.PricesDeclaration()); err != nil { // as at every start
		t.Fatal(err)
	}
	told(t, news)

	// Staff keep a draft through the API; the scheduler hears of it, reads what its list says, moves the record, and publishes.
	drafts, lists := api.records(t)
	sum, err := lists.Put(ctx, []byte(strings.Repeat("a list ", 100_000)))
	if err != nil {
		t.Fatal(err)
	}
	draft, err := drafts.Create(ctx, releasetest.Draft(t, "US", "2026-12", 1))
	if err != nil {
		t.Fatal(err)
	}
	told(t, changed)
	if _, err := contents.Get(ctx, sum); err != nil {
		t.Fatal(err)
	}
	if _, err := lists.Get(ctx, sum); err != nil {
		t.Fatal(err)
	}
	if all, err := records.List(ctx, release.Filter{}); err != nil || len(all) != 1 {
		t.Fatalf("%d records, %v", len(all), err)
	}
	if draft, err = records.Update(ctx, draft); err != nil {
		t.Fatal(err)
	}
	if _, err = drafts.Update(ctx, draft); err != nil {
		t.Fatal(err)
	}
	published := "pw.release.license.us.2026-12.r1.published"
	batch := events("pw.price.us.usd.a.0001.p1m.monthly.0", "pw.price.us.usd.b.0001.p1m.monthly.0", "pw.item.offers.ww.a", published)
	if _, err := prices.Publish(ctx, stream.Prices, batch, stream.Expectation{Subject: published}); err != nil {
		t.Fatal(err)
	}
	if _, err := prices.Publish(ctx, stream.Prices, batch, stream.Expectation{Subject: published}); !fault.Is(err, fault.Conflict) {
		t.Errorf("publishing twice gives %v", err)
	}
	if _, err := prices.Last(ctx, stream.Prices, published); err != nil {
		t.Fatal(err)
	}
	readAll(t, prices, stream.Query{Stream: stream.Prices}, len(batch))

	// The ingester declares a currency and publishes a crawl, and begins anew from what it published.
	rates := ingester.streams(t)
	if _, err := rates.Declare(ctx, stream.RatesDeclaration("USD")); err != nil {
		t.Fatal(err)
	}
	told(t, news)
	crawl := events("pw.rate.usd.global.m.0000000000000001", "pw.quarantine.usd.azure-usd", "pw.crawl.usd.azure-usd")
	if _, err := rates.Publish(ctx, "RATES_USD", crawl, stream.Expectation{Subject: "pw.crawl.usd.>"}); err != nil {
		t.Fatal(err)
	}
	if _, err := rates.Last(ctx, "RATES_USD", "pw.crawl.usd.>"); err != nil {
		t.Fatal(err)
	}
	readAll(t, rates, stream.Query{Stream: "RATES_USD"}, len(crawl))

	// The materializer reads everything; so does the API, from the last of each subject on.
	for _, reader := range []person{materializer, api} {
		a := reader.streams(t)
		if infos, err := a.Streams(ctx); err != nil || len(infos) != 2 {
			t.Fatalf("%d streams, %v", len(infos), err)
		}
		readAll(t, a, stream.Query{Stream: stream.Prices, Start: stream.Start{Sequence: 2}}, len(batch)-1)
		readAll(t, a, stream.Query{Stream: "RATES_USD", Subjects: []string{"pw.rate.>", "pw.crawl.>"}, Start: stream.Start{LastPerSubject: true}}, 2)
		if _, err := a.Last(ctx, "RATES_USD", ">"); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []person{scheduler, ingester, materializer, api} {
		p.neverRefused(t)
	}
}

func TestTheAPIKeepsTokensAndTheLogOfWritesAsItsOwnUser(t *testing.T) {
	bed := newNATSBed(t)
	bed.serve(t)
	api := bed.as(t, "api")
	js, err := jetstream.New(api.Conn)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds what the first has made
		store, err := accessnatskv.OpenStore(t.Context(), js, accessnatskv.Config{})
		if err != nil {
			t.Fatal(err)
		}
		log, err := accessnatskv.OpenLog(t.Context(), js, accessnatskv.Config{})
		if err != nil {
			t.Fatal(err)
		}
		tokens, now := access.NewTokens(store), time.Now()
		made, text, err := tokens.Create(t.Context(), access.Trusted("root"), access.Request{Name: "n", Roles: access.Roles{access.Reader}, ExpiresAt: now.Add(time.Hour)}, now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tokens.Identify(t.Context(), text, now); err != nil {
			t.Error(err)
		}
		if all, err := tokens.List(t.Context(), access.Trusted("root")); err != nil || len(all) == 0 || all[len(all)-1].UsedAt.IsZero() {
			t.Errorf("%+v, %v", all, err)
		}
		if _, err := tokens.Revoke(t.Context(), access.Trusted("root"), made.ID, now); err != nil {
			t.Error(err)
		}
		if err := log.Append(t.Context(), access.Record{Who: "root"}); err != nil {
			t.Error(err)
		}
		if page, err := log.List(t.Context(), 0, 10); err != nil || len(page) == 0 {
			t.Errorf("%v, %v", page, err)
		}
	}
	api.neverRefused(t)
}

func TestUsersMayNotDoWhatIsNotTheirs(t *testing.T) {
	bed := newNATSBed(t)
	bed.serve(t)
	scheduler := bed.as(t, "scheduler")
	scheduler.records(t)
	if _, err := scheduler.streams(t).Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	const kv, object = "KV_pricewire_releases", "OBJ_pricewire_lists"
	for user, subjects := range map[string][]string{
		"scheduler": {
			"pw.rate.usd.global.m.1", "pw.crawl.usd.azure-usd", "$O.pricewire_lists.C.x", "$JS.API.STREAM.CREATE.RATES_USD", "$JS.API.STREAM.DELETE.PRICES",
			"$JS.API.STREAM.PURGE.PRICES", "$JS.API.STREAM.MSG.DELETE.PRICES", "$JS.API.STREAM.DELETE." + kv, "$JS.API.STREAM.PURGE." + object,
			"$JS.API.ACCOUNT.PURGE.PRICEWIRE", "$JS.API.CONSUMER.DURABLE.CREATE.PRICES.d",
		},
		"ingester": {
			"pw.price.us.usd.a.0001.p1m.monthly.0", "pw.release.license.us.2026-12.r1.published", "$KV.pricewire_releases.x", "$O.pricewire_lists.C.x",
			"$JS.API.STREAM.UPDATE.PRICES", "$JS.API.STREAM.CREATE.PRICES", "$JS.API.STREAM.UPDATE." + kv, "$JS.API.STREAM.INFO." + kv, "$JS.API.STREAM.INFO." + object,
			"$JS.API.DIRECT.GET." + kv + ".$KV.pricewire_releases.x", "$JS.API.STREAM.MSG.GET." + object, "$JS.API.CONSUMER.CREATE." + kv + ".c",
			"$JS.API.STREAM.DELETE.RATES_USD", "$JS.API.STREAM.PURGE.RATES_USD",
		},
		"materializer": {
			"pw.price.us.usd.a.0001.p1m.monthly.0", "pw.rate.usd.global.m.1", "$KV.pricewire_releases.x", "$JS.API.STREAM.CREATE.RATES_USD", "$JS.API.STREAM.UPDATE.PRICES",
			"$JS.API.STREAM.DELETE.PRICES", "$JS.API.DIRECT.GET." + kv, "$JS.API.DIRECT.GET." + kv + ".$KV.pricewire_releases.x", "$JS.API.CONSUMER.CREATE." + object + ".c",
			"$JS.API.CONSUMER.MSG.NEXT." + kv + ".c", "$JS.API.STREAM.MSG.GET." + kv, "$KV.pricewire_requests.x", "$JS.API.STREAM.MSG.GET.KV_pricewire_requests",
			"$JS.API.DIRECT.GET.KV_pricewire_webhooks.$KV.pricewire_webhooks.x", "$JS.API.STREAM.INFO.KV_pricewire_watchlists",
		},
		"api": {
			"erp.pw.price.us.usd.a.0001.p1m.monthly.0", "pricewire.answer.x._INBOX.y", "$JS.ACK.PRICES.x_c.1.1.1.1.1", "$SYS.REQ.SERVER.PING",
			"pw.price.us.usd.a.0001.p1m.monthly.0", "pw.rate.usd.global.m.1", "$JS.API.STREAM.CREATE.RATES_USD", "$JS.API.STREAM.UPDATE.PRICES", "$JS.API.STREAM.DELETE.PRICES",
			"$JS.API.STREAM.PURGE." + kv, "$JS.API.STREAM.DELETE." + object, "$JS.API.CONSUMER.DELETE.PRICES.c", "$KV.other.x",
		},
		"notifier": {
			"pw.price.us.usd.a.0001.p1m.monthly.0", "$KV.pricewire_releases.x", "$KV.pricewire_watchlists.x", "$JS.API.DIRECT.GET." + kv, "$JS.API.STREAM.INFO." + object,
			"$JS.API.STREAM.DELETE.KV_pricewire_webhooks",
		},
		"operator": {"erp.pw.price.us.usd.a.0001.p1m.monthly.0", "pricewire.answer.x._INBOX.y", "pricewire.door.cost.x.API.INFO", "pw.price.us.usd.a.0001.p1m.monthly.0", "pw.rate.usd.global.m.1", "$KV.pricewire_releases.x", "$SYS.REQ.SERVER.PING"},
		"feeder": {
			"pw.price.us.usd.a.0001.p1m.monthly.0", "pw.rate.usd.global.m.1", "pw.crawl.usd.azure-usd", "$KV.pricewire_releases.x", "$O.pricewire_lists.C.x",
			"$JS.API.STREAM.CREATE.PRICES", "$JS.API.STREAM.UPDATE.PRICES", "$JS.API.STREAM.DELETE.ERP_PRICES", "$JS.API.STREAM.PURGE.ERP_PRICES", "$JS.API.STREAM.INFO." + kv,
			"$JS.API.DIRECT.GET." + kv, "$JS.API.DIRECT.GET." + kv + ".$KV.pricewire_releases.x", "$JS.API.STREAM.MSG.GET." + object, "$JS.API.CONSUMER.CREATE." + kv + ".c",
			"$JS.API.CONSUMER.MSG.NEXT." + kv + ".c", "$JS.API.CONSUMER.DELETE." + object + ".c", "$SYS.REQ.SERVER.PING", "pricewire.door.cost.x.API.INFO",
		},
	} {
		p := bed.as(t, user)
		for _, secret := range []string{"KV_pricewire_tokens", "pricewire_audit"} {
			prefix := "$JS.API."
			if user == "subscriber" {
				prefix = "pricewire.API."
			}
			switch user {
			case "operator": // who looks after the server reads and backs up everything
			case "api":
				subjects = append(subjects, prefix+"STREAM.DELETE."+secret, prefix+"STREAM.PURGE."+secret, prefix+"STREAM.MSG.DELETE."+secret)
			default:
				subjects = append(subjects, prefix+"STREAM.INFO."+secret, prefix+"DIRECT.GET."+secret, prefix+"DIRECT.GET."+secret+".x", prefix+"CONSUMER.INFO."+secret+".c",
					prefix+"CONSUMER.MSG.NEXT."+secret+".c", "pricewire_audit.write", "$KV.pricewire_tokens.token.x")
			}
		}
		for _, subject := range subjects {
			t.Run(user+" "+subject, func(t *testing.T) {
				p.isRefused(t, func() {
					if err := p.PublishRequest(subject, p.NewInbox(), []byte("{}")); err != nil {
						t.Fatal(err)
					}
				})
			})
		}
		t.Run(user+" listening to requests of others", func(t *testing.T) {
			p.isRefused(t, func() {
				if _, err := p.SubscribeSync("$JS.API.>"); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
	if info, err := scheduler.streams(t).Info(t.Context(), stream.Prices); err != nil || info.Messages != 0 {
		t.Errorf("refused messages were stored: %d, %v", info.Messages, err)
	}
}

// TestNobodyHearsAnswersToOthers: what one may not ask for he could hear when another asks.
func TestNobodyHearsAnswersToOthers(t *testing.T) {
	bed := newNATSBed(t)
	bed.serve(t)
	for _, u := range bed.options.Users {
		if u.Username == "operator" {
			continue
		}
		for _, subject := range []string{"_INBOX.>", "_INBOX.*", "_INBOX.*.*", "_INBOX.operator.>", "_INBOX.x", "_INBOX." + u.Username + "x.>", "_R_.>", "pricewire.answer.>", "$KV.>", "$O.>", "pw.>"} {
			t.Run(u.Username+" "+subject, func(t *testing.T) {
				p := bed.as(t, u.Username)
				p.isRefused(t, func() {
					if _, err := p.SubscribeSync(subject); err != nil {
						t.Fatal(err)
					}
				})
			})
		}
	}
}

func TestNobodyConnectsWithoutHisPassword(t *testing.T) {
	bed := newNATSBed(t)
	bed.serve(t)
	for _, option := range []natsgo.Option{natsgo.Name("nobody"), natsgo.UserInfo("scheduler", "guess"), natsgo.UserInfo("root", ""), natsgo.UserInfo("feeder", "")} {
		nc, err := natsgo.Connect(bed.url, option)
		if !errors.Is(err, natsgo.ErrAuthorization) {
			t.Errorf("connecting gives %v", err)
		}
		if nc != nil {
			nc.Close()
		}
	}
}

// TestTheOperatorBacksUpAStreamWhileItRuns asks for a snapshot as backup tools do: pieces come to an inbox, each is acknowledged.
func TestTheOperatorBacksUpAStreamWhileItRuns(t *testing.T) {
	bed, _ := published(t)
	operator := bed.as(t, "operator")
	pieces, err := operator.SubscribeSync(operator.NewInbox())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := operator.Request("$JS.API.STREAM.SNAPSHOT.PRICES", []byte(`{"deliver_subject":"`+pieces.Subject+`","chunk_size":65536}`), 5*time.Second)
	if err != nil || strings.Contains(string(answer.Data), `"error"`) {
		t.Fatalf("%s, %v", answer.Data, err)
	}
	size := 0
	for {
		piece, err := pieces.NextMsg(5 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if len(piece.Data) == 0 {
			break
		}
		size += len(piece.Data)
		if piece.Reply == "" { // only every so many wait for a word
			continue
		}
		if err := piece.Respond(nil); err != nil {
			t.Fatal(err)
		}
	}
	if size == 0 {
		t.Error("the copy is empty")
	}
	operator.neverRefused(t)
}
