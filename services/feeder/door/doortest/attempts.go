package doortest

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// everyone are the subscribers of a bed.
func everyone() []string { return []string{"reseller", "billing"} }

// planted is a subject that a stream keeps.
const planted = "pw.price.us.usd.planted.0001.p1m.monthly.0"

// Run tries everything: what is not granted is refused, whoever tries it.
func Run(t *testing.T, open func(t *testing.T) Bed) {
	for name, try := range map[string]func(*testing.T, Bed){
		"publishing anything but questions is refused":                              publishing,
		"listening to anything but answers is refused":                              listening,
		"streams that are not his are not there for him":                            forbiddenStreams,
		"what a usual client does is refused unless it reads":                       usualClient,
		"a consumer cannot deliver":                                                 delivering,
		"a request cannot be about another stream or consumer than it says":         otherThanItSays,
		"consumers of others can be neither asked, pulled, acknowledged or deleted": others,
		"an answer cannot be sent elsewhere":                                        repliesElsewhere,
		"headers change nothing":                                                    headers,
		"answers to others are not heard":                                           eavesdropping,
	} {
		t.Run(name, func(t *testing.T) { try(t, open(t)) })
	}
}

func publishing(t *testing.T, b Bed) {
	before := b.State(t)
	for _, name := range everyone() {
		p := b.person(t, name)
		for _, subject := range []string{
			planted, "erp." + planted, "pw.rate.usd.global.m.1", "erp.pw.rate.usd.global.m.1", "pw.crawl.usd.x", "pw.release.license.us.2026-12.r1.published",
			"$KV.pricewire_releases.draft", "$O.pricewire_lists.C.x", "$KV.other.x",
			"$JS.API.STREAM.CREATE.MINE", "$JS.API.STREAM.CREATE.PRICES", "$JS.API.STREAM.UPDATE.PRICES", "$JS.API.STREAM.UPDATE.ERP_PRICES", "$JS.API.STREAM.DELETE.ERP_PRICES",
			"$JS.API.STREAM.PURGE.ERP_PRICES", "$JS.API.STREAM.MSG.DELETE.ERP_PRICES", "$JS.API.STREAM.SNAPSHOT.PRICES", "$JS.API.STREAM.RESTORE.X", "$JS.API.STREAM.PEER.REMOVE.PRICES",
			"$JS.API.STREAM.LEADER.STEPDOWN.PRICES", "$JS.API.CONSUMER.LIST.PRICES", "$JS.API.CONSUMER.NAMES.PRICES", "$JS.API.CONSUMER.LEADER.STEPDOWN.PRICES.c",
			"$JS.API.CONSUMER.PAUSE.PRICES.c", "$JS.API.CONSUMER.RESET.PRICES.c", "$JS.API.CONSUMER.UNPIN.PRICES.c", "$JS.API.META.LEADER.STEPDOWN", "$JS.API.SERVER.REMOVE",
			"$JS.API.ACCOUNT.PURGE.PRICEWIRE", "$JS.API.ACCOUNT.STREAM.MOVE.PRICEWIRE.PRICES", "$JS.SNAPSHOT.ACK.PRICES.x", "$JS.FC.PRICES.c.x", "$JS.EVENT.ADVISORY.API",
			"$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.REQ.USER.INFO", "$SYS.REQ.CLAIMS.LIST", "$SYS.ACCOUNT.PRICEWIRE.CONNECT", "$SYS._INBOX.x",
			"pricewire.door.cost." + name + ".API.STREAM.INFO.PRICES", "pricewire.door.erp.shop.API.STREAM.INFO.ERP_PRICES", "pricewire.answer.shop._INBOX.x", "pricewire.answer." + name + "._INBOX.x",
			"_INBOX.x", "_R_.x", "_GR_.x", "$GNR.x", "x", "$MQTT.x",
		} {
			p.isRefused(t, "publishing on "+subject, func() error { return p.PublishRequest(subject, p.NewInbox(), []byte("{}")) })
		}
	}
	b.unchanged(t, before)
}

func listening(t *testing.T, b Bed) {
	for _, name := range everyone() {
		p := b.person(t, name)
		for _, subject := range []string{
			">", "*", "*.>", "pw.>", "erp.>", "erp.pw.price.>", "$JS.>", "$JS.API.>", "$JS.API.STREAM.INFO.*", "$JS.ACK.>", "$JS.EVENT.>", "$KV.>", "$O.>", "$SYS.>", "$SYS.REQ.>",
			"pricewire.>", "pricewire.door.>", "pricewire.answer.>", "_R_.>", "_INBOX", "_INBOX_x.>", "_GR_.>",
		} {
			p.isRefused(t, "listening to "+subject, func() error { _, err := p.SubscribeSync(subject); return err })
			p.isRefused(t, "listening in a queue to "+subject, func() error { _, err := p.QueueSubscribeSync(subject, "q"); return err })
		}
	}
}

// questions are all that a subscriber may ask of a stream, with what he says.
func questions(of string) map[string]string {
	return map[string]string{
		"$JS.API.STREAM.INFO." + of:                    "",
		"$JS.API.STREAM.MSG.GET." + of:                 `{"seq":1}`,
		"$JS.API.DIRECT.GET." + of:                     `{"seq":1}`,
		"$JS.API.DIRECT.GET." + of + ".x.y":            "",
		"$JS.API.CONSUMER.CREATE." + of:                `{"stream_name":"` + of + `","config":{"ack_policy":"none","deliver_policy":"all","replay_policy":"instant"}}`,
		"$JS.API.CONSUMER.CREATE." + of + ".c":         `{"stream_name":"` + of + `","config":{"name":"c","ack_policy":"none","deliver_policy":"all","replay_policy":"instant"}}`,
		"$JS.API.CONSUMER.CREATE." + of + ".c.x.>":     `{"stream_name":"` + of + `","config":{"name":"c","filter_subject":"x.>","ack_policy":"none","deliver_policy":"all","replay_policy":"instant"}}`,
		"$JS.API.CONSUMER.DURABLE.CREATE." + of + ".c": `{"stream_name":"` + of + `","config":{"durable_name":"c","ack_policy":"none","deliver_policy":"all","replay_policy":"instant"}}`,
		"$JS.API.CONSUMER.INFO." + of + ".c":           "",
		"$JS.API.CONSUMER.DELETE." + of + ".c":         "",
		"$JS.API.CONSUMER.MSG.NEXT." + of + ".c":       `{"batch":1,"no_wait":true}`,
	}
}

func forbiddenStreams(t *testing.T, b Bed) {
	before := b.State(t)
	for _, name := range everyone() {
		p := b.person(t, name)
		for _, of := range p.forbidden() {
			for subject, body := range questions(of) {
				if got := refusal(p.ask(t, subject, body)); got != "404 stream not found" {
					t.Errorf("%s: %s says %q", name, subject, got)
				}
			}
		}
		for _, subject := range []string{"$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST"} {
			answer := string(p.ask(t, subject, "").Data)
			for _, of := range p.forbidden() {
				if strings.Contains(answer, `"`+of+`"`) {
					t.Errorf("%s: %s shows %s", name, subject, of)
				}
			}
		}
	}
	b.unchanged(t, before)
}

func usualClient(t *testing.T, b Bed) {
	before := b.State(t)
	for _, name := range everyone() {
		p := b.person(t, name)
		js, err := jetstream.New(p.Conn, jetstream.WithDefaultTimeout(300*time.Millisecond))
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		for what, do := range map[string]func() error{
			"publishing": func() error { _, err := js.Publish(ctx, planted, nil, jetstream.WithRetryAttempts(0)); return err },
			"creating a stream": func() error {
				_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "X", Subjects: []string{"x"}})
				return err
			},
			"updating a stream": func() error {
				_, err := js.UpdateStream(ctx, jetstream.StreamConfig{Name: p.own(), Subjects: []string{"x"}})
				return err
			},
			"sourcing a stream": func() error {
				_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "X", Mirror: &jetstream.StreamSource{Name: "PRICES"}})
				return err
			},
			"deleting a stream": func() error { return js.DeleteStream(ctx, p.own()) },
			"purging a stream": func() error {
				return withStream(t, js, p.own(), func(s jetstream.Stream) error { return s.Purge(ctx) })
			},
			"deleting a message": func() error {
				return withStream(t, js, p.own(), func(s jetstream.Stream) error { return s.DeleteMsg(ctx, 1) })
			},
			"erasing a message": func() error {
				return withStream(t, js, p.own(), func(s jetstream.Stream) error { return s.SecureDeleteMsg(ctx, 1) })
			},
			"opening the records": func() error { _, err := js.KeyValue(ctx, "pricewire_releases"); return err },
			"making a bucket":     func() error { _, err := js.CreateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "b"}); return err },
			"opening the lists":   func() error { _, err := js.ObjectStore(ctx, "pricewire_lists"); return err },
			"making an object store": func() error {
				_, err := js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: "b"})
				return err
			},
			"making a push consumer": func() error {
				_, err := js.CreatePushConsumer(ctx, p.own(), jetstream.ConsumerConfig{DeliverSubject: p.NewInbox()})
				return err
			},
			"pausing a consumer": func() error {
				_, err := js.PauseConsumer(ctx, p.own(), "c", time.Date(2126, 1, 1, 0, 0, 0, 0, time.UTC))
				return err
			},
			"consuming what is not his": func() error {
				_, err := js.CreateConsumer(ctx, p.forbidden()[0], jetstream.ConsumerConfig{})
				return err
			},
			"following what is not his": func() error {
				_, err := js.OrderedConsumer(ctx, p.forbidden()[0], jetstream.OrderedConsumerConfig{})
				return err
			},
		} {
			if err := do(); err == nil {
				t.Errorf("%s: %s works", name, what)
			}
		}
	}
	b.unchanged(t, before)
}

// withStream does something to a stream, which he may open: on a busy machine that takes longer than is waited for what is refused.
func withStream(t *testing.T, js jetstream.JetStream, name string, do func(jetstream.Stream) error) error {
	t.Helper()
	s, err := js.Stream(t.Context(), name)
	for tries := 1; err != nil && tries < 30; tries++ {
		s, err = js.Stream(t.Context(), name)
	}
	if err != nil {
		t.Fatalf("open stream %s: %v", name, err)
	}
	return do(s)
}

// delivering tries what would let a subscriber write: to have the server deliver to a subject that a stream keeps, or that is a request.
func delivering(t *testing.T, b Bed) {
	before := b.State(t, everyone()...)
	for _, name := range everyone() {
		p := b.person(t, name)
		for _, extra := range []string{
			`"deliver_subject":"` + planted + `"`,
			`"deliver_subject":"$JS.API.STREAM.DELETE.` + p.own() + `","headers_only":true`,
			`"deliver_subject":"$KV.pricewire_releases.draft"`,
			`"deliver_subject":"pricewire.answer.shop._INBOX.x"`,
			`"deliver_subject":"_INBOX.x"`,
			`"Deliver_Subject":"` + planted + `"`,
			`"DELIVER_SUBJECT":"` + planted + `"`,
			`"deliver_subject":"","deliver_subject":"` + planted + `"`,
			`"deliver_group":"g"`,
			`"flow_control":true`,
			`"idle_heartbeat":1000000000`,
			`"direct":true`,
			`"sourcing":true`,
		} {
			body := `{"stream_name":"` + p.own() + `","config":{"name":"c","ack_policy":"none","deliver_policy":"all","replay_policy":"instant",` + extra + `}}`
			if got := refusal(p.ask(t, "$JS.API.CONSUMER.CREATE."+p.own()+".c", body)); got == "" {
				t.Errorf("%s: a consumer with %s is made", name, extra)
			}
		}
		// A field said twice counts as the last for all who read it; were the first one kept by somebody, nothing would deliver either.
		body := `{"config":{"name":"c","ack_policy":"none","deliver_policy":"all","replay_policy":"instant","deliver_subject":"` + planted + `","deliver_subject":""}}`
		p.ask(t, "$JS.API.CONSUMER.CREATE."+p.own()+".c", body)
	}
	b.unchanged(t, before, everyone()...)
}

func otherThanItSays(t *testing.T, b Bed) {
	before := b.State(t, everyone()...)
	for _, name := range everyone() {
		p := b.person(t, name)
		for _, body := range []string{
			`{"stream_name":"` + records + `","config":{"name":"c","ack_policy":"none","deliver_policy":"all","replay_policy":"instant"}}`,
			`{"stream_name":"` + p.own() + `","config":{"name":"other","ack_policy":"none","deliver_policy":"all","replay_policy":"instant"}}`,
			`{"stream_name":"` + p.own() + `","config":{"durable_name":"other","ack_policy":"none","deliver_policy":"all","replay_policy":"instant"}}`,
			`{"config":{"name":"c","filter_subjects":["a b"],"ack_policy":"none","deliver_policy":"all","replay_policy":"instant"}}`,
			`{"config":`, `[]`, `"x"`, strings.Repeat("x", 32<<10),
		} {
			if got := refusal(p.ask(t, "$JS.API.CONSUMER.CREATE."+p.own()+".c", body)); got == "" {
				t.Errorf("%s: %.200s is taken", name, body)
			}
		}
		for _, subject := range []string{
			"$JS.API.CONSUMER.CREATE." + p.own() + ".c/d", "$JS.API.CONSUMER.CREATE." + p.own() + ".c\\d", "$JS.API.CONSUMER.INFO." + p.own() + ".nothing",
			"$JS.API.CONSUMER.DELETE." + p.own() + ".nothing",
		} {
			if got := refusal(p.ask(t, subject, `{"config":{"ack_policy":"none","deliver_policy":"all","replay_policy":"instant"}}`)); got == "" {
				t.Errorf("%s: %s is answered", name, subject)
			}
		}
	}
	b.unchanged(t, before, everyone()...)
}

// victim makes a consumer of a subscriber and takes one message of it, which it does not acknowledge.
func (b Bed) victim(t *testing.T, name string) (of string, ack string) {
	t.Helper()
	p := b.person(t, name)
	js, err := jetstream.New(p.Conn)
	if err != nil {
		t.Fatal(err)
	}
	c, err := js.CreateConsumer(t.Context(), p.own(), jetstream.ConsumerConfig{Durable: "mine", AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Next(jetstream.FetchMaxWait(5 * time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return p.own(), m.Reply()
}

func others(t *testing.T, b Bed) {
	// shop sees what reseller sees, audit what billing sees: nothing but the name keeps them apart.
	for thief, victim := range map[string]string{"shop": "reseller", "audit": "billing", "reseller": "billing"} {
		t.Run(thief+" and "+victim, func(t *testing.T) {
			of, ack := b.victim(t, victim)
			before := b.State(t, thief)
			p := b.person(t, thief)
			theirs := victim + "_mine"
			for _, question := range []string{"CONSUMER.INFO.", "CONSUMER.DELETE.", "CONSUMER.MSG.NEXT."} {
				m, err := p.Request("$JS.API."+question+of+"."+theirs, []byte(`{"batch":1,"no_wait":true}`), time.Second)
				if question != "CONSUMER.MSG.NEXT." && (err != nil || refusal(m) == "") {
					t.Errorf("%s%s is answered: %v", question, theirs, err)
				}
				if question == "CONSUMER.MSG.NEXT." && err == nil && refusal(m) == "" {
					t.Errorf("a message of another is pulled: %s", m.Data)
				}
			}
			tokens := strings.Split(ack, ".")
			for _, subject := range []string{
				ack, "$JS.ACK.domain.hash." + strings.Join(tokens[2:], ".") + ".x", strings.Replace(ack, "_mine", "_mine_x", 1),
				"$JS.ACK." + of + "." + thief + "_." + theirs + ".1.1.1.1.1", "$JS.ACK." + of, "$JS.ACK." + of + "." + theirs,
			} {
				for _, body := range []string{"+ACK", "", "-NAK", "+TERM", "+NXT 10", "+WPI"} {
					if err := p.PublishRequest(subject, p.NewInbox(), []byte(body)); err != nil {
						t.Fatal(err)
					}
				}
			}
			p.ask(t, "$JS.API.STREAM.NAMES", "") // what was asked before it is behind us
			b.unchanged(t, before, thief)
		})
	}
}

func repliesElsewhere(t *testing.T, b Bed) {
	of, ack := b.victim(t, "audit")
	for _, name := range everyone() {
		p := b.person(t, name)
		js, err := jetstream.New(p.Conn)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := js.CreateConsumer(t.Context(), p.own(), jetstream.ConsumerConfig{Durable: "c", AckPolicy: jetstream.AckExplicitPolicy, HeadersOnly: true}); err != nil {
			t.Fatal(err)
		}
		before := b.State(t, everyone()...)
		for _, reply := range []string{
			planted, "erp." + planted, ack, "$JS.ACK." + of + ".audit_mine.1.1.1.1.1", "$JS.API.STREAM.DELETE." + of, "$JS.API.STREAM.PURGE." + of, "$KV.pricewire_releases.draft",
			"pricewire.door.cost.audit.API.CONSUMER.DELETE." + of + ".mine", "pricewire.answer.audit._INBOX.x", "_INBOX", "_INBOX.", "_INBOX.>", "_INBOX.*", "_INBOXx.y", "$SYS.REQ.SERVER.PING",
		} {
			for subject, body := range questions(p.own()) {
				if strings.Contains(subject, "CREATE") || strings.Contains(subject, "DELETE") {
					continue // of his own consumers; those that are answered nowhere are not made
				}
				if err := p.PublishRequest(subject, reply, []byte(body)); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.PublishRequest("$JS.ACK."+p.own()+"."+name+"_c.1.1.1.1.1", reply, []byte("+NXT")); err != nil {
				t.Fatal(err)
			}
			if err := p.PublishRequest("$JS.API.INFO", reply, nil); err != nil {
				t.Fatal(err)
			}
		}
		p.ask(t, "$JS.API.STREAM.NAMES", "")
		p.isRefusedOrClosed(t, "a reply where only the server replies", "$JS.API.STREAM.INFO."+p.own(), "_R_.x.y")
		b.unchanged(t, before, everyone()...)
	}
}

// isRefusedOrClosed fails unless the server refuses a reply, with or without ending the connection.
func (p person) isRefusedOrClosed(t *testing.T, what, subject, reply string) {
	t.Helper()
	if err := p.PublishRequest(subject, reply, nil); err != nil {
		return
	}
	if err := p.Flush(); err != nil {
		return
	}
	select {
	case err := <-p.refused:
		if err == nil {
			t.Errorf("%s: %s is refused without a reason", p.name, what)
		}
	case <-time.After(5 * time.Second):
		t.Errorf("%s: %s is not refused", p.name, what)
	}
}

func headers(t *testing.T, b Bed) {
	before := b.State(t)
	heard, err := b.Owner.SubscribeSync("pw.>")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range everyone() {
		p := b.person(t, name)
		for header, value := range map[string]string{
			"Nats-Trace-Dest": planted, "Nats-Msg-Id": "x", "Nats-Request-Info": `{"acc":"PRICEWIRE","user":"operator"}`, "Nats-Expected-Stream": "PRICES", "Nats-Rollup": "all",
			"Nats-Batch-Id": "x", "Nats-Schedule": "@at 2020-01-01T00:00:00Z", "Nats-Schedule-Target": planted, "Nats-TTL": "1s",
		} {
			for subject, body := range questions(p.own()) {
				if strings.Contains(subject, "CREATE") {
					continue
				}
				if err := p.PublishMsg(&nats.Msg{Subject: subject, Reply: p.NewInbox(), Header: nats.Header{header: {value}}, Data: []byte(body)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		p.ask(t, "$JS.API.STREAM.NAMES", "")
	}
	if m, err := heard.NextMsg(100 * time.Millisecond); err == nil {
		t.Errorf("%s is published: %s", m.Subject, m.Data)
	}
	b.unchanged(t, before)
}

func eavesdropping(t *testing.T, b Bed) {
	spy := b.person(t, "shop")
	heard, err := spy.SubscribeSync("_INBOX.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := spy.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, name := range everyone() {
		b.person(t, name).ask(t, "$JS.API.STREAM.NAMES", "")
	}
	js, err := jetstream.New(b.Owner)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Stream(t.Context(), "PRICES"); err != nil {
		t.Fatal(err)
	}
	if m, err := heard.NextMsg(200 * time.Millisecond); err == nil {
		t.Errorf("what another asked is answered to a spy: %s", m.Data)
	}
}
