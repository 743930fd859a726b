package client_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/client"
)

func TestASubscriberIsMadeListedAndRevoked(t *testing.T) {
	var got []string
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = append(got, r.Method+" "+r.URL.EscapedPath()+" "+strings.TrimSpace(string(body)))
		if r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") == "" {
			t.Errorf("%s has no key, and may not be sent again", r.URL)
		}
		const billing = `"name":"billing","cost":true,"created_by":"alice","created_at":"2026-11-22T09:00:00Z"`
		switch {
		case strings.HasSuffix(r.URL.Path, "/revoke"):
			_, _ = io.WriteString(w, `{`+billing+`}`)
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{`+billing+`,"url":"nats://billing:SECRET@127.0.0.1:4222"}`)
		default:
			_, _ = io.WriteString(w, `{"items":[{`+billing+`}],"next":null}`)
		}
	})
	made, err := c.CreateSubscriber(t.Context(), client.NATSSubscriberInput{Name: "billing", Cost: true})
	if err != nil || made.URL != "nats://billing:SECRET@127.0.0.1:4222" || made.Name != "billing" || !made.Cost || made.CreatedBy != "alice" || made.CreatedAt.Day() != 22 {
		t.Errorf("made %+v, %v", made, err)
	}
	if all, err := c.ListSubscribers(t.Context()); err != nil || len(all) != 1 || all[0] != made.NATSSubscriber {
		t.Errorf("listed %+v, %v", all, err)
	}
	if revoked, err := c.RevokeSubscriber(t.Context(), "a/b"); err != nil || revoked != made.NATSSubscriber {
		t.Errorf("revoked %+v, %v", revoked, err)
	}
	want := []string{`POST /v1/subscribers {"name":"billing","cost":true}`, "GET /v1/subscribers ", "POST /v1/subscribers/a%2Fb/revoke "}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("asked %q", got)
	}
}

func TestSubscribersOfANATSThatRunsByItselfAreRefused(t *testing.T) {
	c := serving(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, `{"type":"https://pricewire.dev/problems/refused","title":"Refused by a rule","status":422,"detail":"the subscribers of this NATS are in its own configuration"}`)
	})
	if _, err := c.ListSubscribers(t.Context()); !errors.Is(err, client.ErrRefused) {
		t.Errorf("listed: %v", err)
	}
	if _, err := c.CreateSubscriber(t.Context(), client.NATSSubscriberInput{Name: "billing"}); !errors.Is(err, client.ErrRefused) {
		t.Errorf("made: %v", err)
	}
}

func TestAllWebhooksAreListedHoweverManyPagesTheyTake(t *testing.T) {
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cursor") == "a" {
			_, _ = io.WriteString(w, `{"items":[{"name":"b"}],"next":null}`)
			return
		}
		_, _ = io.WriteString(w, `{"items":[{"name":"a"}],"next":"a"}`)
	})
	var names []string
	for hook, err := range c.ListWebhooks(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, hook.Name)
	}
	if strings.Join(names, " ") != "a b" {
		t.Errorf("listed %q", names)
	}
}
