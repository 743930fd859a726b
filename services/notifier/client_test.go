package notifier

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/trace"
	"github.com/pricewire/pricewire/pkg/webhook"
)

func TestAddressesOfTheInsideAreRefusedWhenTheyAreDialled(t *testing.T) {
	refused := []string{
		"127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "240.0.0.1",
		"198.18.0.1", "192.0.0.1", "192.0.2.1", "203.0.113.9", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
		"::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "2001::1", "fec0::1",
	}
	g := guard{}
	for _, address := range refused {
		if err := g.control("tcp", netip.AddrPortFrom(netip.MustParseAddr(address), 443).String(), nil); err == nil && address != "fec0::1" {
			t.Errorf("%s may be reached", address)
		}
	}
	for _, address := range []string{"8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"} {
		target := netip.AddrPortFrom(netip.MustParseAddr(address), 443).String()
		if err := g.control("tcp", target, nil); err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if err := (guard{plain: true}).control("tcp", target, nil); err == nil {
			t.Errorf("%s may be reached in the open", address)
		}
	}
	if err := g.control("tcp", "no address", nil); err == nil {
		t.Error("what is no address may be reached")
	}
	allowed := guard{reach: webhook.NewReach(netip.MustParsePrefix("127.0.0.0/8")), plain: true}
	if err := allowed.control("tcp", "127.0.0.1:80", nil); err != nil {
		t.Errorf("allowed: %v", err)
	}
	if err := allowed.control("tcp", "10.0.0.1:80", nil); err == nil {
		t.Error("one network was allowed, and another may be reached")
	}
}

func send(t *testing.T, c *client, url string) webhook.Answer {
	t.Helper()
	return c.send(t.Context(), webhook.Endpoint{Name: "ours", URL: url}, "id", trace.Parent{}, []byte("{}"), nil)
}

func TestANameThatMeansTheInsideIsRefused(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	c := newClient(webhook.Reach{}, "test")
	defer c.close()
	for _, url := range []string{server.URL, strings.Replace(server.URL, "127.0.0.1", "localhost", 1), strings.Replace(server.URL, "http:", "https:", 1)} {
		if a := send(t, c, url); a.Status != 0 || !a.Refused || strings.Contains(a.Problem, "127.0.0.1") {
			t.Errorf("%s: %+v", url, a)
		}
	}
	if asked.Load() != 0 {
		t.Error("it was asked")
	}
}

func TestRedirectsAreNotFollowedAndProxiesNotAsked(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	var asked atomic.Int32
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, server.URL+"/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	c := newClient(webhook.NewReach(netip.MustParsePrefix("127.0.0.1/32")), "test")
	defer c.close()
	if a := send(t, c, server.URL); a.Status != 307 || asked.Load() != 1 || a.Judge() == webhook.Delivered {
		t.Errorf("%+v after %d requests", a, asked.Load())
	}
}

func TestAnAnswerIsReadInBounds(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusServiceUnavailable)
		for range 1000 {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	c := newClient(webhook.NewReach(netip.MustParsePrefix("127.0.0.1/32")), "test")
	defer c.close()
	if a := send(t, c, server.URL); a.Status != 503 || a.RetryAfter != 2*time.Minute {
		t.Errorf("%+v", a)
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{"": 0, "120": 2 * time.Minute, "Sun, 22 Nov 2026 09:01:00 GMT": time.Minute, "Sun, 22 Nov 2026 08:00:00 GMT": 0, "soon": 0, "-5": 0} {
		if got := retryAfter(text, at); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}
