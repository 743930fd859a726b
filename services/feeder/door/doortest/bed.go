package doortest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Bed is a server with the streams PRICES, RATES_USD and those without cost, the records of releases and their lists, in which something is,
// and an open door.
type Bed struct {
	// Owner may look at everything, in the account of the streams.
	Owner *nats.Conn
	// As connects as a subscriber: reseller and shop may not see cost, billing and audit may.
	As func(t *testing.T, name string, options ...nats.Option) *nats.Conn
}

// Names of the product's own records.
const (
	records = "KV_pricewire_releases"
	lists   = "OBJ_pricewire_lists"
)

// person is a subscriber's connection, and what the server refused it.
type person struct {
	*nats.Conn
	name    string
	cost    bool
	refused chan error
}

func (b Bed) person(t *testing.T, name string) person {
	t.Helper()
	p := person{name: name, cost: name == "billing" || name == "audit", refused: make(chan error, 256)}
	p.Conn = b.As(t, name, nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		select {
		case p.refused <- err:
		default:
		}
	}))
	return p
}

// own is a stream that a subscriber may read.
func (p person) own() string {
	if p.cost {
		return "PRICES"
	}
	return "ERP_PRICES"
}

// forbidden are streams that a subscriber may not read.
func (p person) forbidden() []string {
	if p.cost {
		return []string{records, lists, "NOTHING"}
	}
	return []string{records, lists, "NOTHING", "PRICES", "RATES_USD"}
}

// isRefused fails unless the server refuses what do does.
func (p person) isRefused(t *testing.T, what string, do func() error) {
	t.Helper()
	if err := do(); err != nil {
		if !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("%s: %s: %v", p.name, what, err)
		}
		return
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.refused:
		if !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("%s: %s gives %v instead of a refusal", p.name, what, err)
		}
	case <-time.After(5 * time.Second):
		t.Errorf("%s: %s is not refused", p.name, what)
	}
}

// ask asks a question and returns the answer.
func (p person) ask(t *testing.T, subject, body string) *nats.Msg {
	t.Helper()
	m, err := p.Request(subject, []byte(body), 5*time.Second)
	for end := time.Now().Add(5 * time.Second); errors.Is(err, nats.ErrNoResponders) && time.Now().Before(end); { // the door is not open yet
		m, err = p.Request(subject, []byte(body), 5*time.Second)
	}
	if err != nil {
		t.Fatalf("%s: %s: %v", p.name, subject, err)
	}
	return m
}

// refusal is what an answer refuses, empty when it refuses nothing.
func refusal(m *nats.Msg) string {
	if status := m.Header.Get("Status"); status != "" {
		return status + " " + m.Header.Get("Description")
	}
	var answer struct {
		Error *struct {
			Code        int    `json:"code"`
			Description string `json:"description"`
		} `json:"error"`
	}
	if json.Unmarshal(m.Data, &answer) != nil || answer.Error == nil {
		return ""
	}
	return fmt.Sprint(answer.Error.Code, " ", answer.Error.Description)
}

// State is all that subscribers must not change: what streams hold and how they are made, and where the consumers of others are.
func (b Bed) State(t *testing.T, but ...string) string {
	t.Helper()
	js, err := jetstream.New(b.Owner)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	all := map[string]any{}
	streams := js.ListStreams(ctx)
	for info := range streams.Info() {
		s, err := js.Stream(ctx, info.Config.Name)
		if err != nil {
			t.Fatal(err)
		}
		consumers := s.ListConsumers(ctx)
		for c := range consumers.Info() {
			if !slices.Contains(but, c.Config.Metadata["pricewire.subscriber"]) {
				all[info.Config.Name+" "+c.Name] = []any{c.Config, c.AckFloor, c.Delivered, c.NumPending, c.NumAckPending}
			}
		}
		if consumers.Err() != nil {
			t.Fatal(consumers.Err())
		}
		all[info.Config.Name] = []any{info.State.FirstSeq, info.State.LastSeq, info.State.Msgs, info.Created, info.Config}
	}
	if streams.Err() != nil {
		t.Fatal(streams.Err())
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// unchanged fails when anything is another than it was.
func (b Bed) unchanged(t *testing.T, before string, but ...string) {
	t.Helper()
	if after := b.State(t, but...); after != before {
		t.Errorf("something changed: %s\n\n%s", before, after)
	}
}
