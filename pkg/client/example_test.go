package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"github.com/pricewire/pricewire/pkg/client"
	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/stream/memory"
)

// answering stands for a server, which these examples have none of.
func answering(body string, status int) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
}

// What does a licence cost on the fifth of December?
func ExampleClient_ListPrices() {
	server := answering(`{"items": [{"market": "US", "currency": "USD", "product": "CFQ7TTC0LH18", "sku": "0001", "term": "P1M", "billing": "Monthly", "tier": "0",
		"unit_price": "6.60", "erp_price": "8.25", "release": "license-us-2026-12-r1"}], "next": null}`, http.StatusOK)
	defer server.Close()

	c, err := client.New(server.URL, client.WithUser("alice"))
	if err != nil {
		fmt.Println(err)
		return
	}
	f := client.PriceFilter{Market: "US", Product: "CFQ7TTC0LH18", SKU: "0001"}
	at := client.AsOf{At: time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC)}
	for p, err := range c.ListPrices(context.Background(), f, at) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(p.Product, p.SKU, p.Term, p.ERPPrice, p.Currency, "by", p.Release)
	}
	// Output: CFQ7TTC0LH18 0001 P1M 8.25 USD by license-us-2026-12-r1
}

// Check a bill: every line is asked as of its own day, in one request.
func ExampleClient_LookupRates() {
	server := answering(`{"rates": [{"meter_id": "m1", "price": "0.0000166667"}]}`+"\n"+`{"rates": []}`+"\n", http.StatusOK)
	defer server.Close()

	c, err := client.New(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	lines := []client.RateLookupItem{
		{MeterID: "m1", SKUID: "DZH318Z0BPS6/003P", At: time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)},
		{MeterID: "m2", SKUID: "DZH318Z0BPS6/003P", At: time.Date(2026, 1, 11, 0, 0, 0, 0, time.UTC)},
	}
	n := 0
	for answer, err := range c.LookupRates(context.Background(), lines) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if len(answer.Rates) == 0 {
			fmt.Println(lines[n].MeterID, "has no price then")
		} else {
			fmt.Println(lines[n].MeterID, "costs", answer.Rates[0].Price)
		}
		n++
	}
	// Output:
	// m1 costs 0.0000166667
	// m2 has no price then
}

// Approve what was read, and nothing that has changed since.
func ExampleIfMatch() {
	server := answering(`{"type": "https://pricewire.dev/problems/conflict", "detail": "license-us-2026-12-r1 has changed since it was read",
		"hint": "read it again"}`, http.StatusPreconditionFailed)
	defer server.Close()

	c, err := client.New(server.URL, client.WithUser("bob"))
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = c.ApproveRelease(context.Background(), "license-us-2026-12-r1", client.Transition{}, client.IfMatch(`"7"`))
	var problem *client.Error
	if errors.Is(err, client.ErrConflict) && errors.As(err, &problem) {
		fmt.Println(problem)
		fmt.Println("hint:", problem.Hint())
	}
	// Output:
	// license-us-2026-12-r1 has changed since it was read
	// hint: read it again
}

// ledger keeps the price of every line, and where it is, in one file that is replaced as a whole: effect and position together. With a database, both
// would be written in one transaction.
type ledger struct {
	path     string
	Prices   map[string]string
	Position client.Position
	stop     func() // when the state is there; a real subscriber follows for ever
}

func (l *ledger) load() error {
	raw, err := os.ReadFile(l.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, &struct {
		Prices   *map[string]string
		Position *client.Position
	}{&l.Prices, &l.Position})
}

// subscriber is the ledger as Follow sees it.
type subscriber struct{ *ledger }

func (s subscriber) Position(context.Context) (client.Position, error) {
	err := s.load()
	return s.ledger.Position, err
}

func (s subscriber) Handle(_ context.Context, b client.Batch) error {
	if b.First || s.Prices == nil { // a snapshot: what was there before is void
		s.Prices = map[string]string{}
	}
	for _, e := range b.Events {
		c, ok := e.Payload.(*event.PriceChanged)
		switch {
		case !ok:
		case c.After == nil:
			delete(s.Prices, e.Subject)
		default:
			s.Prices[e.Subject] = c.After.ERPPrice
		}
	}
	raw, err := json.Marshal(map[string]any{"Prices": s.Prices, "Position": b.Position})
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.path+".next", raw, 0o600); err != nil {
		return err
	}
	if !b.More {
		defer s.stop()
	}
	return os.Rename(s.path+".next", s.path)
}

// Keep a copy of the prices up to date. Over NATS the reader is a jetstream.Adapter:
//
//	nc, err := nats.Connect(url, nats.MaxReconnects(-1))
//	reader, err := jetstream.New(nc, jetstream.Config{})
//	err = client.Follow(ctx, client.Streams(reader), client.Options{Subjects: []string{"pw.price.us.>"}}, subscriber)
//
// and over HTTP the feed is that of a client: c.Feed().
func ExampleFollow() {
	reader := memory.New(func() time.Time { return time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC) })
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := publishOne(ctx, reader); err != nil {
		fmt.Println(err)
		return
	}
	folder, err := os.MkdirTemp("", "ledger")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(folder) }()

	l := &ledger{path: filepath.Join(folder, "ledger.json"), stop: cancel}
	err = client.Follow(ctx, client.Streams(reader), client.Options{Subjects: []string{"pw.price.us.>"}}, subscriber{l})
	if !errors.Is(err, context.Canceled) {
		fmt.Println(err)
	}
	fmt.Println(l.Prices)
	// Output: map[pw.price.us.usd.cfq7ttc0lh18.0001.p1m.monthly.0:6.60]
}

// publishOne publishes the golden example of a line.
func publishOne(ctx context.Context, streams *memory.Adapter) error {
	if _, err := streams.Declare(ctx, stream.PricesDeclaration()); err != nil {
		return err
	}
	raw, err := os.ReadFile("../../schemas/events/examples/pricewire.price.changed.v1.json")
	if err != nil {
		return err
	}
	var envelope struct{ ID, Subject string }
	if err := json.Unmarshal(raw, &envelope); err != nil {
		return err
	}
	_, err = streams.Publish(ctx, stream.Prices, []stream.Message{{Subject: envelope.Subject, ID: envelope.ID, Data: raw}}, stream.Expectation{})
	return err
}

// A program that may do a thing twice keeps its position in a file of its own.
func ExampleStoring() {
	store := client.FilePosition(filepath.Join(os.TempDir(), "no-such-folder", "position"))
	handle := func(_ context.Context, b client.Batch) error {
		for _, e := range b.Events {
			fmt.Println(e.Time, e.Subject)
		}
		return nil
	}
	position, err := client.Storing(store, handle).Position(context.Background())
	fmt.Printf("%q %v\n", position, err)
	// Output: "" <nil>
}
