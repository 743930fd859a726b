package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// subscribersOfTests keeps subscribers in memory.
type subscribersOfTests struct{ all []Subscriber }

func (s *subscribersOfTests) List() []Subscriber { return s.all }

func (s *subscribersOfTests) Add(name string, cost bool, by string, now time.Time) (string, error) {
	for _, v := range s.all {
		if v.Name == name {
			return "", fault.New(fault.Conflict, "subscriber %s is there already", name)
		}
	}
	s.all = append(s.all, Subscriber{name, cost, by, now})
	return "nats://" + name + ":SECRET@127.0.0.1:4222", nil
}

func (s *subscribersOfTests) Remove(name string) error {
	for i, v := range s.all {
		if v.Name == name {
			s.all = slices.Delete(s.all, i, i+1)
			return nil
		}
	}
	return fault.New(fault.NotFound, "there is no subscriber %s", name)
}

func TestASubscriberIsMadeListedAndRevoked(t *testing.T) {
	p := populate(t)
	as := func(roles ...string) []string {
		return []string{"Authorization", "Bearer " + p.token(t, "alice", roles...)}
	}
	operator, cost := as("operator"), []string{"Authorization", "Bearer alice/operator+cost"}
	if answer, raw := p.raw(t, "POST", "/v1/subscribers", `{"name":"billing","cost":true}`, operator...); answer.status != 403 {
		t.Errorf("who may not see cost gives the right away: %d %s", answer.status, raw)
	}
	answer, raw := p.raw(t, "POST", "/v1/subscribers", `{"name":"billing","cost":true}`, cost...)
	if answer.status != 201 || !strings.Contains(string(raw), "SECRET") || answer.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s", answer.status, raw)
	}
	if answer, raw := p.raw(t, "POST", "/v1/subscribers", `{"name":"billing"}`, operator...); answer.status != 409 {
		t.Errorf("twice: %d %s", answer.status, raw)
	}
	if answer, raw := p.raw(t, "GET", "/v1/subscribers", "", operator...); answer.status != 200 || !strings.Contains(string(raw), "billing") || strings.Contains(string(raw), "SECRET") {
		t.Errorf("%d %s", answer.status, raw)
	}
	if answer, raw := p.raw(t, "POST", "/v1/subscribers/nobody/revoke", "", operator...); answer.status != 404 {
		t.Errorf("nobody: %d %s", answer.status, raw)
	}
	if answer, raw := p.raw(t, "POST", "/v1/subscribers/billing/revoke", "", operator...); answer.status != 200 {
		t.Errorf("%d %s", answer.status, raw)
	}
	if answer, raw := p.raw(t, "GET", "/v1/subscribers", "", operator...); answer.status != 200 || strings.Contains(string(raw), "billing") {
		t.Errorf("a subscriber that was revoked: %d %s", answer.status, raw)
	}
	p.server.deps.Subscribers = nil
	if answer, raw := p.raw(t, "GET", "/v1/subscribers", "", operator...); answer.status != 422 || !strings.Contains(string(raw), "own configuration") {
		t.Errorf("another's NATS: %d %s", answer.status, raw)
	}
}
