package deploy_test

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	watchlistkv "github.com/pricewire/pricewire/pkg/watchlist/natskv"
	"github.com/pricewire/pricewire/pkg/watchlist/watchlisttest"
	"github.com/pricewire/pricewire/pkg/webhook"
	webhookkv "github.com/pricewire/pricewire/pkg/webhook/natskv"
	"github.com/pricewire/pricewire/pkg/webhook/webhooktest"
)

// subscriptions opens what says who is told what, as a user.
func (p person) subscriptions(t *testing.T) (*watchlistkv.Store, *webhookkv.Store) {
	t.Helper()
	js, err := jetstream.New(p.Conn)
	if err != nil {
		t.Fatal(err)
	}
	lists, err := watchlistkv.Open(t.Context(), js, watchlistkv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := webhookkv.Open(t.Context(), js, webhookkv.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return lists, hooks
}

func TestWebhooksAreMadeByTheAPIAndServedByTheNotifier(t *testing.T) {
	bed := newNATSBed(t)
	bed.serve(t)
	notifier, api := bed.as(t, "notifier"), bed.as(t, "api")
	known, served := notifier.subscriptions(t)
	changed, err := served.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lists, hooks := api.subscriptions(t)
	if _, err := lists.Put(t.Context(), watchlisttest.Sample(t, "ours")); err != nil {
		t.Fatal(err)
	}
	made, err := hooks.Put(t.Context(), webhooktest.Sample(t, "ours"))
	if err != nil {
		t.Fatal(err)
	}
	<-changed
	if _, err := known.Get(t.Context(), "ours"); err != nil {
		t.Error(err)
	}
	if all, err := served.List(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := served.PutProgress(t.Context(), webhook.Progress{Name: "ours"}); err != nil {
		t.Error(err)
	}
	if _, err := served.Put(t.Context(), made.Turned(webhook.Disabled, "trial", made.CreatedAt)); err != nil {
		t.Error(err)
	}
	if _, err := hooks.Progress(t.Context(), "ours"); err != nil {
		t.Error(err)
	}
	if stored, err := hooks.Get(t.Context(), "ours"); err != nil || hooks.Delete(t.Context(), "ours", stored.Version) != nil {
		t.Errorf("%v", err)
	}
}
