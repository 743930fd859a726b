package deploy_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	embedded "github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
	"github.com/pricewire/pricewire/services/deploy"
	"github.com/pricewire/pricewire/services/feeder/door"
	"github.com/pricewire/pricewire/services/feeder/door/doortest"
)

// published is a server with one release in it, and the streams that a feeder declares.
func published(t *testing.T, subscribers ...string) (*natsBed, *jetstream.Adapter) {
	t.Helper()
	bed := newNATSBed(t, subscribers...)
	bed.serve(t)
	scheduler := bed.as(t, "scheduler")
	scheduler.records(t)
	a := scheduler.streams(t)
	if _, err := a.Declare(t.Context(), stream.PricesDeclaration()); err != nil {
		t.Fatal(err)
	}
	publish(t, a, "pw.price.us.usd.a.0001.p1m.monthly.0", "pw.price.us.usd.a.0001.p1m.monthly.0", "pw.release.license.us.2026-12.r1.published")
	rates := bed.as(t, "ingester").streams(t)
	if _, err := rates.Declare(t.Context(), stream.RatesDeclaration("USD")); err != nil {
		t.Fatal(err)
	}
	feeder := bed.as(t, "feeder").streams(t)
	for _, of := range []string{stream.Prices, "RATES_USD"} {
		if _, err := feeder.Declare(t.Context(), stream.WithoutCostDeclaration(of)); err != nil {
			t.Fatal(err)
		}
	}
	batch := events("erp.pw.price.us.usd.a.0001.p1m.monthly.0", "erp.pw.release.license.us.2026-12.r1.published")
	if _, err := feeder.Publish(t.Context(), stream.WithoutCost(stream.Prices), batch, stream.Expectation{Subject: "erp.pw.>"}); err != nil {
		t.Fatal(err)
	}
	return bed, a
}

func publish(t *testing.T, a *jetstream.Adapter, subjects ...string) {
	t.Helper()
	if _, err := a.Publish(t.Context(), stream.Prices, events(subjects...), stream.Expectation{}); err != nil {
		t.Fatal(err)
	}
}

// openDoor runs the feeder's door as the feeder, who must not be refused anything.
func (b *natsBed) openDoor(t *testing.T) {
	t.Helper()
	feeder := b.as(t, "feeder")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- door.New(feeder.Conn, nil, zap.NewNop()).Run(ctx) }()
	t.Cleanup(func() {
		feeder.neverRefused(t)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	account, err := b.server.LookupAccount("PRICEWIRE")
	if err != nil {
		t.Fatal(err)
	}
	for account.Interest(stream.DoorSubject("x", true)+".API.STREAM.NAMES") == 0 {
		if err := feeder.Flush(); err != nil { // the server has heard what the door says by then
			t.Fatal(err)
		}
	}
}

func (b *natsBed) subscriber(t *testing.T, name string, options ...natsgo.Option) *natsgo.Conn {
	t.Helper()
	password, err := os.ReadFile(filepath.Join(b.secrets, "nats-subscriber-cost-"+name+".password"))
	if err != nil {
		if password, err = os.ReadFile(filepath.Join(b.secrets, "nats-subscriber-erp-"+name+".password")); err != nil {
			t.Fatal(err)
		}
	}
	nc, err := natsgo.Connect(b.url, append(options, natsgo.UserInfo(name, strings.TrimSpace(string(password))))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func TestWhatIsNotGrantedToSubscribersIsRefused(t *testing.T) {
	doortest.Run(t, func(t *testing.T) doortest.Bed {
		t.Helper()
		bed, _ := published(t, "reseller", "shop", "billing:cost", "audit:cost")
		bed.openDoor(t)
		return doortest.Bed{Owner: bed.as(t, "operator").Conn, As: bed.subscriber}
	})
}

func TestASubscriberReadsFromAServerOfOnesOwn(t *testing.T) {
	bed, _ := published(t, "reseller", "billing:cost")
	bed.openDoor(t)
	for name, c := range map[string]struct {
		of   string
		want int
	}{"reseller": {"ERP_PRICES", 2}, "billing": {"PRICES", 3}} {
		nc := bed.subscriber(t, name)
		js, err := natsjs.New(nc)
		if err != nil {
			t.Fatal(err)
		}
		consumer, err := js.CreateConsumer(t.Context(), c.of, natsjs.ConsumerConfig{Durable: "mine", AckPolicy: natsjs.AckExplicitPolicy})
		if err != nil {
			t.Fatal(err)
		}
		for range c.want {
			m, err := consumer.Next(natsjs.FetchMaxWait(5 * time.Second))
			if err != nil {
				t.Fatal(err)
			}
			if err := m.DoubleAck(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		readAll(t, person{Conn: nc}.streams(t), stream.Query{Stream: c.of, Start: stream.Start{LastPerSubject: true}}, 2)
	}
}

// TestSubscribersComeAndGoWithoutARestart reads the configuration again, as nats-server does when it is told to.
func TestSubscribersComeAndGoWithoutARestart(t *testing.T) {
	bed, _ := published(t, "reseller")
	bed.openDoor(t)
	closed := make(chan struct{})
	old := bed.subscriber(t, "reseller", natsgo.MaxReconnects(2), natsgo.ReconnectWait(10*time.Millisecond), natsgo.ClosedHandler(func(*natsgo.Conn) { close(closed) }))
	if _, err := old.Request("$JS.API.STREAM.NAMES", nil, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(bed.secrets, "nats-subscriber-erp-reseller.password")); err != nil {
		t.Fatal(err)
	}
	bed.reload(t, "billing:cost")
	fresh := bed.subscriber(t, "billing")
	if m, err := fresh.Request("$JS.API.STREAM.INFO.PRICES", nil, 5*time.Second); err != nil || strings.Contains(string(m.Data), `"error"`) {
		t.Errorf("%s, %v", m.Data, err)
	}
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("who is no subscriber any more goes on")
	}
}

// TestSubscribersHaveTheSameRightsAndLimitsWhereverNATSIs compares with the embedded server.
func TestSubscribersHaveTheSameRightsAndLimitsWhereverNATSIs(t *testing.T) {
	bed := newNATSBed(t, "reseller", "billing:cost")
	found := 0
	for _, u := range bed.options.Users {
		if u.Account.Name != "SUBSCRIBER_"+u.Username {
			continue
		}
		found++
		if got, want := strings.Join(u.Permissions.Publish.Allow, " "), strings.Join(stream.SubscriberQuestions(), " "); got != want {
			t.Errorf("%s may ask\n%s instead of\n%s", u.Username, got, want)
		}
		if got, want := strings.Join(u.Permissions.Subscribe.Allow, " "), strings.Join(stream.SubscriberAnswers(), " "); got != want {
			t.Errorf("%s may hear %s instead of %s", u.Username, got, want)
		}
	}
	if found != 2 {
		t.Fatalf("%d subscribers", found)
	}
	text, err := os.ReadFile(filepath.Join(bed.secrets, "nats-subscribers.conf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, exported := range stream.SubscriberExports() {
		if strings.Count(string(text), `{ stream: "`+exported+`", accounts: [PRICEWIRE] }`) != 2 {
			t.Errorf("accounts do not export %s", exported)
		}
	}
	bed.serve(t)
	var all []*natsgo.Conn
	for range embedded.MaxSubscriberConnections {
		all = append(all, bed.subscriber(t, "reseller"))
	}
	if all[0].MaxPayload() != embedded.MaxSubscriberPayload {
		t.Errorf("a message may have %d bytes", all[0].MaxPayload())
	}
	password, _ := os.ReadFile(filepath.Join(bed.secrets, "nats-subscriber-erp-reseller.password"))
	if nc, err := natsgo.Connect(bed.url, natsgo.UserInfo("reseller", strings.TrimSpace(string(password)))); err == nil {
		nc.Close()
		t.Error("there is one connection more than there may be")
	}
}

func TestSubscribersThatCannotBeAreRefused(t *testing.T) {
	dir := t.TempDir()
	if err := (deploy.Secrets{Dir: dir, Subscribers: []string{"billing:cost"}}).Make(nil); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "A", "a_b", "a:b", ":cost", "billing"} {
		if err := (deploy.Secrets{Dir: dir, Subscribers: []string{bad}}).Make(nil); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestAnInsiderCouldMakeTheServerWriteForHim shows what subscribers are kept from: in the account of the streams a request may have its answer
// stored.
func TestAnInsiderCouldMakeTheServerWriteForHim(t *testing.T) {
	bed, scheduler := published(t)
	insider := bed.as(t, "operator")
	if err := insider.PublishMsg(&natsgo.Msg{Subject: "$JS.API.STREAM.INFO.PRICES", Reply: "pw.price.us.usd.planted.0001.p1m.monthly.0"}); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		info, err := scheduler.Info(t.Context(), stream.Prices)
		if err != nil {
			t.Fatal(err)
		}
		if info.Last == 4 {
			return
		}
		if err := insider.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	t.Error("the tests would not notice a planted message")
}

// reload makes secrets for more subscribers and has the server read its configuration again.
func (b *natsBed) reload(t *testing.T, subscribers ...string) {
	t.Helper()
	options := b.read(t, subscribers)
	if err := b.server.ReloadOptions(b.here(options)); err != nil {
		t.Fatal(err)
	}
}

// here is a configuration with where this server listens and stores.
func (b *natsBed) here(options *server.Options) *server.Options {
	o := *options
	o.Host, o.Port, o.HTTPPort, o.StoreDir, o.NoSigs, o.NoLog = "127.0.0.1", -1, 0, filepath.Join(b.secrets, "../store"), true, true
	return &o
}
