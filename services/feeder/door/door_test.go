package door_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	embedded "github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
	"github.com/pricewire/pricewire/services/feeder/door"
	"github.com/pricewire/pricewire/services/feeder/door/doortest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bed is a server with streams, an open door, and who asks.
type bed struct {
	srv     *embedded.Server
	owner   *natsgo.Conn
	streams *jetstream.Adapter
	door    *door.Door
}

const (
	line      = "pw.price.us.usd.a.0001.p1m.monthly.0"
	published = "pw.release.license.us.2026-12.r1.published"
)

func newBed(t *testing.T) *bed {
	t.Helper()
	srv, err := embedded.Open(embedded.Config{Dir: t.TempDir(), Address: "127.0.0.1:0", User: "pricewire", Password: "secret"}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	b := &bed{srv: srv}
	if b.owner, err = natsgo.Connect(srv.URL()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.owner.Close)
	if b.streams, err = jetstream.New(b.owner, jetstream.Config{Timeout: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	for _, d := range []stream.Declaration{
		stream.PricesDeclaration(), stream.RatesDeclaration("USD"), stream.WithoutCostDeclaration(stream.Prices), stream.WithoutCostDeclaration("RATES_USD"),
		{Name: "KV_pricewire_releases", Subjects: []string{"$KV.pricewire_releases.>"}},
		{Name: "OBJ_pricewire_lists", Subjects: []string{"$O.pricewire_lists.>"}},
	} {
		if _, err := b.streams.Declare(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	b.publish(t, stream.Prices, line, line, published)
	b.publish(t, stream.WithoutCost(stream.Prices), "erp."+line, "erp."+published)
	b.publish(t, "KV_pricewire_releases", "$KV.pricewire_releases.draft")
	b.door = door.New(b.owner, srv.News(), zap.NewNop())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.door.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bed) publish(t *testing.T, name string, subjects ...string) {
	t.Helper()
	var batch []stream.Message
	for _, s := range subjects {
		batch = append(batch, stream.Message{Subject: s, Data: []byte("{}")})
	}
	if _, err := b.streams.Publish(t.Context(), name, batch, stream.Expectation{}); err != nil {
		t.Fatal(err)
	}
}

// subscriber is a connection of one, and what the server refused it.
type subscriber struct {
	*natsgo.Conn
	js      natsjs.JetStream
	refused chan error
}

func (b *bed) subscriber(t *testing.T, name string, cost bool) subscriber {
	t.Helper()
	password, err := b.srv.AddSubscriber(name, cost, "alice", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(b.srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(name, password)
	s := subscriber{refused: make(chan error, 256)}
	s.Conn, err = natsgo.Connect(u.String(), natsgo.ErrorHandler(func(_ *natsgo.Conn, _ *natsgo.Subscription, err error) {
		select {
		case s.refused <- err:
		default:
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if s.js, err = natsjs.New(s.Conn); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s subscriber) neverRefused(t *testing.T) {
	t.Helper()
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-s.refused:
		t.Errorf("refused: %v", err)
	default:
	}
}

// read pulls so many messages and acknowledges each.
func read(t *testing.T, consumer natsjs.Consumer, want ...string) {
	t.Helper()
	for _, subject := range want {
		m, err := consumer.Next(natsjs.FetchMaxWait(5 * time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if m.Subject() != subject {
			t.Fatalf("got %s instead of %s", m.Subject(), subject)
		}
		if err := m.DoubleAck(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASubscriberReadsWithAnUsualClient(t *testing.T) {
	b := newBed(t)
	for _, c := range []struct {
		name, of, prefix string
		cost             bool
		want             []string
	}{
		{"reseller", "ERP_PRICES", "erp.", false, []string{"erp." + line, "erp." + published}},
		{"billing", "PRICES", "", true, []string{line, line, published}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := t.Context()
			s := b.subscriber(t, c.name, c.cost)
			of, err := s.js.Stream(ctx, c.of)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := of.GetMsg(ctx, 1); err != nil { // direct get
				t.Fatal(err)
			}
			if m, err := of.GetLastMsgForSubject(ctx, c.prefix+line); err != nil || m.Subject != c.prefix+line {
				t.Fatal(m, err)
			}
			last, err := jetstreamext.GetLastMsgsFor(ctx, s.js, c.of, []string{">"})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, err := range last {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			if n != 2 {
				t.Errorf("%d are the last of their subject", n)
			}

			// A consumer that remembers where he is, found again by the name that he gave it.
			durable, err := of.CreateOrUpdateConsumer(ctx, natsjs.ConsumerConfig{Durable: "mine", AckPolicy: natsjs.AckExplicitPolicy})
			if err != nil {
				t.Fatal(err)
			}
			read(t, durable, c.want[0])
			again, err := s.js.Consumer(ctx, c.of, "mine")
			if err != nil {
				t.Fatal(err)
			}
			read(t, again, c.want[1:]...)
			if info, err := again.Info(ctx); err != nil || info.AckFloor.Stream != uint64(len(c.want)) || info.Config.Durable != c.name+"_mine" {
				t.Errorf("%+v, %v", info, err)
			}
			if err := s.js.DeleteConsumer(ctx, c.of, "mine"); err != nil {
				t.Fatal(err)
			}

			// One that forgets, without a name, and the library's ordered one from the last of each subject.
			ephemeral, err := of.CreateConsumer(ctx, natsjs.ConsumerConfig{AckPolicy: natsjs.AckExplicitPolicy, FilterSubject: c.prefix + "pw.release.>"})
			if err != nil {
				t.Fatal(err)
			}
			read(t, ephemeral, c.prefix+published)
			ordered, err := of.OrderedConsumer(ctx, natsjs.OrderedConsumerConfig{DeliverPolicy: natsjs.DeliverLastPerSubjectPolicy, FilterSubjects: []string{">"}})
			if err != nil {
				t.Fatal(err)
			}
			messages, err := ordered.Messages()
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := messages.Next(); err != nil {
					t.Fatal(err)
				}
			}
			messages.Stop()

			// The product's own reader, and the older interface of the client.
			a, err := jetstream.New(s.Conn, jetstream.Config{Timeout: 5 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			sub, err := a.Subscribe(ctx, stream.Query{Stream: c.of})
			if err != nil {
				t.Fatal(err)
			}
			for range c.want {
				if _, err := sub.Next(ctx); err != nil {
					t.Fatal(err)
				}
			}
			sub.Stop()
			old, err := s.JetStream()
			if err != nil {
				t.Fatal(err)
			}
			pulling, err := old.PullSubscribe(c.prefix+"pw.release.>", "older") // finds the stream by the subject
			if err != nil {
				t.Fatal(err)
			}
			if got, err := pulling.Fetch(1, natsgo.MaxWait(5*time.Second)); err != nil || len(got) != 1 || got[0].AckSync() != nil {
				t.Fatalf("%v, %v", got, err)
			}
			s.neverRefused(t)
		})
	}
}

func TestASubscriberSeesOnlyStreamsThatHeMaySee(t *testing.T) {
	b := newBed(t)
	for name, c := range map[string]struct {
		cost bool
		want []string
	}{
		"reseller": {false, []string{"ERP_PRICES", "ERP_RATES_USD"}},
		"billing":  {true, []string{"ERP_PRICES", "ERP_RATES_USD", "PRICES", "RATES_USD"}},
	} {
		s := b.subscriber(t, name, c.cost)
		var names []string
		list := s.js.StreamNames(t.Context())
		for n := range list.Name() {
			names = append(names, n)
		}
		if fmt.Sprint(names) != fmt.Sprint(c.want) || list.Err() != nil {
			t.Errorf("%s sees %v, %v", name, names, list.Err())
		}
		infos := s.js.ListStreams(t.Context())
		n := 0
		for range infos.Info() {
			n++
		}
		if n != len(c.want) || infos.Err() != nil {
			t.Errorf("%s lists %d, %v", name, n, infos.Err())
		}
	}
}

func TestASubscriberCannotAskForMoreThanOneMay(t *testing.T) {
	b := newBed(t)
	s := b.subscriber(t, "billing", true)
	ctx := t.Context()
	c, err := s.js.CreateConsumer(ctx, stream.Prices, natsjs.ConsumerConfig{
		Durable: "greedy", AckPolicy: natsjs.AckExplicitPolicy, MaxAckPending: 1 << 30, InactiveThreshold: 10 * 365 * 24 * time.Hour, MaxWaiting: 1 << 20, AckWait: 1000 * time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.CachedInfo().Config; got.MaxAckPending != door.MaxAckPending || got.InactiveThreshold != door.MaxIdle || got.MaxWaiting != door.MaxWaiting || got.AckWait != door.MaxAckWait {
		t.Errorf("%+v", got)
	}
	e, err := s.js.CreateConsumer(ctx, stream.Prices, natsjs.ConsumerConfig{AckPolicy: natsjs.AckNonePolicy, InactiveThreshold: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if got := e.CachedInfo().Config; !got.MemoryStorage || got.InactiveThreshold != door.MaxIdleEphemeral || got.Metadata["pricewire.subscriber"] != "billing" {
		t.Errorf("%+v", got)
	}
	for i := range door.MaxConsumers - 2 {
		if _, err := s.js.CreateConsumer(ctx, stream.Prices, natsjs.ConsumerConfig{Name: fmt.Sprint("n", i), AckPolicy: natsjs.AckNonePolicy}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.js.CreateConsumer(ctx, stream.Prices, natsjs.ConsumerConfig{Name: "more", AckPolicy: natsjs.AckNonePolicy}); err == nil || !strings.Contains(err.Error(), "maximum consumers") {
		t.Errorf("one more consumer than there may be gives %v", err)
	}
	if _, err := s.js.CreateOrUpdateConsumer(ctx, stream.Prices, natsjs.ConsumerConfig{Durable: "greedy", AckPolicy: natsjs.AckExplicitPolicy, Description: "changed"}); err != nil {
		t.Errorf("changing one gives %v", err)
	}
	other := b.subscriber(t, "other", true)
	if _, err := other.js.CreateConsumer(ctx, stream.Prices, natsjs.ConsumerConfig{Name: "n", AckPolicy: natsjs.AckNonePolicy}); err != nil {
		t.Errorf("what one has counts for another: %v", err)
	}
}

func TestAPullThatWaitsIsSaidToDoSoTwiceASecondAtMost(t *testing.T) {
	b := newBed(t)
	s := b.subscriber(t, "billing", true)
	if _, err := s.js.CreateConsumer(t.Context(), stream.Prices, natsjs.ConsumerConfig{Durable: "mine", AckPolicy: natsjs.AckExplicitPolicy, FilterSubject: "pw.price.nothing.>"}); err != nil {
		t.Fatal(err)
	}
	inbox := s.NewInbox()
	answers, err := s.SubscribeSync(inbox)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PublishRequest("$JS.API.CONSUMER.MSG.NEXT.PRICES.mine", inbox, []byte(`{"batch":1,"expires":1600000000,"idle_heartbeat":1000000}`)); err != nil {
		t.Fatal(err)
	}
	beats := 0
	for {
		m, err := answers.NextMsg(10 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.Get("Status") != "100" {
			break
		}
		beats++
	}
	if beats < 1 || beats > 3 {
		t.Errorf("%d times within 1.6 s", beats)
	}
}

func TestWhoAsksTooFastIsToldSoAndOthersAreNotSlowed(t *testing.T) {
	b := newBed(t)
	s, other := b.subscriber(t, "billing", true), b.subscriber(t, "other", true)
	inbox := s.NewInbox()
	answers, err := s.SubscribeSync(inbox)
	if err != nil {
		t.Fatal(err)
	}
	const many = 3000
	for range many {
		if err := s.PublishRequest("$JS.API.STREAM.INFO.PRICES", inbox, nil); err != nil {
			t.Fatal(err)
		}
	}
	refused := 0
	for range many {
		m, err := answers.NextMsg(10 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(m.Data), "too many questions") {
			refused++
		}
	}
	if refused == 0 || refused > many-1000 {
		t.Errorf("%d of %d are refused", refused, many)
	}
	if _, err := other.js.Stream(t.Context(), stream.Prices); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotGrantedIsRefused(t *testing.T) {
	doortest.Run(t, func(t *testing.T) doortest.Bed {
		t.Helper()
		b := newBed(t)
		passwords := map[string]string{}
		for name, cost := range map[string]bool{"reseller": false, "shop": false, "billing": true, "audit": true} {
			password, err := b.srv.AddSubscriber(name, cost, "alice", time.Now())
			if err != nil {
				t.Fatal(err)
			}
			passwords[name] = password
		}
		return doortest.Bed{Owner: b.owner, As: func(t *testing.T, name string, options ...natsgo.Option) *natsgo.Conn {
			t.Helper()
			u, err := url.Parse(b.srv.URL())
			if err != nil {
				t.Fatal(err)
			}
			u.User = url.UserPassword(name, passwords[name])
			nc, err := natsgo.Connect(u.String(), options...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(nc.Close)
			return nc
		}}
	})
}
