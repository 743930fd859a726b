package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// plantKind is a kind of message that comes from elsewhere.
type plantKind string

const (
	plantGarbage   plantKind = "garbage"           // bytes that are no JSON
	plantEmpty     plantKind = "empty"             // no bytes at all
	plantUnknown   plantKind = "unknown type"      // an event of a type that nobody knows
	plantSubject   plantKind = "wrong subject"     // an event on a subject that is not the one of its content
	plantHuge      plantKind = "huge"              // more bytes than an event may have
	plantEnormous  plantKind = "enormous number"   // a price with more digits than a table keeps
	plantTwice     plantKind = "same event twice"  // the newest event of a rate again, with its id
	plantAlias     plantKind = "under another id"  // the same content with another id
	plantReordered plantKind = "older after newer" // two observations of a rate, the later one first
	plantPrices    plantKind = "garbage in prices" // bytes that are no JSON, in the stream of releases
	plantCrawl     plantKind = "garbage as crawl"  // bytes that are no JSON, where the records of crawls are
	plantCrawled   plantKind = "same crawl twice"  // the newest record of a crawl again, with its id
)

func plants() []plantKind {
	return []plantKind{
		plantGarbage, plantEmpty, plantUnknown, plantSubject, plantHuge, plantEnormous, plantTwice, plantAlias, plantReordered, plantPrices,
		plantCrawl, plantCrawled,
	}
}

// rejected reports whether such messages cannot be understood, and so belong to the rejects.
func (k plantKind) rejected() bool {
	return k != plantTwice && k != plantAlias && k != plantReordered && k != plantCrawled
}

// behind is the filter of the subjects behind whose newest message such a message comes; empty for those that have subjects of their own.
func (k plantKind) behind() string {
	switch k {
	case plantTwice, plantAlias:
		return "pw.rate.usd.>"
	case plantCrawl, plantCrawled:
		return "pw.crawl.usd.>"
	default:
		return ""
	}
}

// headerPlanted marks what the bench published itself, with its kind. headerID is the product's own header for the id of a message.
const (
	headerPlanted = "Faults-Planted"
	headerID      = "Pricewire-Id"
)

// planted is a message of the bench's own.
type planted struct{ subject, id, data string }

// plant publishes a message, or some, past the product. It waits for the streams to be there.
func (r *round) plant(ctx context.Context, kind plantKind, random *rand.Rand) error {
	conn, err := nats.Connect(r.nats.door(r.nats.back), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn, jetstream.WithDefaultTimeout(3*time.Second))
	if err != nil {
		return err
	}
	if kind.behind() != "" {
		return insist(ctx, func() error { return again(ctx, js, kind) })
	}
	for _, m := range invent(kind, random) {
		// A message whose answer is lost may be there twice then: the judge takes the stream as it is.
		if err := insist(ctx, func() error { _, err := js.PublishMsg(ctx, m.message(kind)); return err }); err != nil {
			return fmt.Errorf("publish %s: %w", kind, err)
		}
	}
	return nil
}

// insist does something until it succeeds.
func insist(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
		wait(ctx, 50*time.Millisecond)
	}
}

// invent makes the messages of a kind.
func invent(kind plantKind, random *rand.Rand) []planted {
	noise := make([]byte, 1+random.IntN(200))
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	noise[0] = 0xff // certainly no JSON
	subject := fmt.Sprintf("pw.rate.usd.moon.%08x.%016x", random.Uint32(), random.Uint64())
	meter := fmt.Sprintf("%08x-planted", random.Uint32())
	switch kind {
	case plantGarbage:
		return []planted{{subject, "", string(noise)}, {subject, "an id", string(noise)}}
	case plantEmpty:
		return []planted{{subject, "", ""}}
	case plantPrices:
		return []planted{{fmt.Sprintf("pw.price.zz.usd.planted.%08x.p1m.monthly.0", random.Uint32()), "x", string(noise)}}
	case plantUnknown:
		e := inventRate(meter, "1", now())
		e["type"] = "pricewire.rate.exploded.v1"
		return []planted{message(e, "")}
	case plantSubject:
		return []planted{message(inventRate(meter, "1", now()), subject)}
	case plantHuge:
		e := inventRate(meter, "1", now())
		e["note"] = strings.Repeat("huge ", 1<<20) // 5 MiB, more than 4
		return []planted{message(e, "")}
	case plantEnormous:
		return []planted{message(inventRate(meter, strings.Repeat("9", 40), now()), "")}
	case plantReordered:
		at := now().Add(-time.Hour)
		return []planted{message(inventRate(meter, "2", at.Add(time.Minute)), ""), message(inventRate(meter, "1", at), "")}
	default:
		return nil // those that are there already
	}
}

// again publishes the newest event of a rate, or of a crawl, once more, right behind itself, or garbage in its place: whoever follows the last event of each subject is told
// nothing new by it.
func again(ctx context.Context, js jetstream.JetStream, kind plantKind) error {
	s, err := js.Stream(ctx, "RATES_USD")
	if err != nil {
		return err
	}
	last, err := s.GetLastMsgForSubject(ctx, kind.behind())
	if err != nil {
		return err
	}
	if last.Header.Get(headerPlanted) != "" && plantKind(last.Header.Get(headerPlanted)).rejected() {
		return nil // it is no event
	}
	m := planted{subject: last.Subject, id: last.Header.Get(headerID), data: string(last.Data)}
	if kind == plantCrawl {
		m.id, m.data = "", "\xffno crawl"
	}
	if kind == plantAlias && m.id != "" {
		other := digest("another id than " + m.id)
		m.data = string(bytes.Replace(last.Data, []byte(m.id), []byte(other), 1))
		m.id = other
	}
	_, err = js.PublishMsg(ctx, m.message(kind), jetstream.WithExpectLastSequencePerSubject(last.Sequence))
	return err
}

// message is it as it is published.
func (m planted) message(kind plantKind) *nats.Msg {
	msg := nats.NewMsg(m.subject)
	msg.Data = []byte(m.data)
	msg.Header.Set(headerPlanted, string(kind))
	if m.id != "" {
		msg.Header.Set(headerID, m.id)
	}
	return msg
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// inventRate is the event of a rate that the stand-in does not list, as the wire's schema wants it.
func inventRate(meter, price string, at time.Time) map[string]any {
	identity := map[string]any{
		"price_list": "retail", "currency": "USD", "meter_id": meter, "sku_id": "PLANTED/0001", "type": "Consumption", "reservation_term": "", "tier": "0",
	}
	key := rateKey(identity)
	known := at.UTC().Truncate(time.Second).Format(time.RFC3339)
	names := map[string]any{}
	for _, name := range rateNames() {
		names[name] = "planted " + name
	}
	names["is_primary_meter_region"], names["region"] = "true", "moon"
	start := "2026-01-01T00:00:00Z"
	return map[string]any{
		"specversion": "1.0", "id": digest(meter + price + known), "source": "/pricewire/rates", "type": "pricewire.rate.changed.v1",
		"subject": "pw.rate.usd.moon." + meter + "." + key, "time": known, "datacontenttype": "application/json",
		"data": map[string]any{
			"key": key, "identity": identity, "region": "moon", "kind": "added", "before": nil,
			"after":    map[string]any{"price": price, "effective_from": start, "effective_to": nil, "attributes": names},
			"periods":  []any{map[string]any{"from": start, "to": nil, "price": price, "effective_from": start}},
			"known_at": known, "crawl": "planted", "scope": "planted",
		},
	}
}

// message writes an event; on its own subject unless another is given.
func message(e map[string]any, subject string) planted {
	text, err := json.Marshal(e)
	if err != nil { // maps of texts always can be
		text = nil
	}
	if subject == "" {
		subject, _ = e["subject"].(string)
	}
	id, _ := e["id"].(string)
	return planted{subject, id, string(text)}
}
