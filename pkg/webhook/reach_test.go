package webhook_test

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/webhook"
)

func made(address string, allow ...string) error {
	var networks []netip.Prefix
	for _, text := range allow {
		networks = append(networks, netip.MustParsePrefix(text))
	}
	_, err := webhook.New("ours", "", address, webhook.Filter{}, webhook.Request{}, webhook.NewReach(networks...))
	return err
}

func TestAnEndpointThatWouldNeverBeReachedIsNotMade(t *testing.T) {
	for _, c := range []struct {
		address, allow string
		says           string // nothing: it is made
	}{
		{"https://example.com/hook", "", ""},
		{"https://8.8.8.8/hook", "", ""},
		{"https://[2606:4700:4700::1111]:8443/hook", "", ""},
		{"https://10.1.2.3/hook", "10.1.0.0/16", ""},
		{"http://10.1.2.3/hook", "10.1.0.0/16", ""},
		{"http://[fd00::7]/hook", "fd00::/8", ""},
		{"http://localhost:9000/hook", "127.0.0.0/8", ""},
		{"https://receiver.inside/hook", "", ""},           // what its name means is seen when it is dialled
		{"http://receiver.inside/hook", "10.1.0.0/16", ""}, // so it is here
		{"https://localhost.example.com/hook", "", ""},

		{"http://example.com/hook", "", "names none"},
		{"http://receiver.inside/hook", "", "names none"},
		{"HTTP://EXAMPLE.COM/hook", "", "names none"},
		{"http://8.8.8.8/hook", "", "8.8.8.8 is in none"},
		{"http://8.8.8.8/hook", "10.1.0.0/16", "8.8.8.8 is in none"},
		{"https://10.1.2.3/hook", "", "leads to 10.1.2.3"},
		{"http://10.1.2.3/hook", "", "leads to 10.1.2.3"},
		{"https://10.2.2.3/hook", "10.1.0.0/16", "leads to 10.2.2.3"},
		{"https://169.254.169.254/latest", "", "leads to 169.254.169.254"},
		{"https://[::1]/hook", "", "leads to ::1"},
		{"https://[::ffff:127.0.0.1]/hook", "", "127.0.0.1"},
		{"https://[fe80::1%25eth0]/hook", "", "leads to fe80::1"},
		{"https://[64:ff9b::7f00:1]/hook", "", "leads to 64:ff9b::7f00:1"},
		{"https://localhost/hook", "", "leads to 127.0.0.1"},
		{"https://API.LocalHost./hook", "", "leads to 127.0.0.1"},
		{"https://0.0.0.0/hook", "", "leads to 0.0.0.0"},
	} {
		var allow []string
		if c.allow != "" {
			allow = []string{c.allow}
		}
		err := made(c.address, allow...)
		if c.says == "" {
			if err != nil {
				t.Errorf("%s, allowed %q: %v", c.address, c.allow, err)
			}
			continue
		}
		places := fault.PlacesOf(err)
		if !fault.Is(err, fault.Invalid) || len(places) != 1 || places[0].Where != "url" || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "--webhook-allow") {
			t.Errorf("%s, allowed %q: %v", c.address, c.allow, err)
		}
	}
}

func TestWhatIsWrongWithAURLIsSaidOnce(t *testing.T) {
	if err := made("http://u:p@10.0.0.1/#x"); len(fault.PlacesOf(err)) != 1 || !strings.Contains(err.Error(), "password") {
		t.Errorf("%v", err)
	}
}

// TestAnAddressIsRefusedWhereItIsMadeIfAndOnlyIfItIsRefusedWhereItIsSent is the law that both sides ask one rule.
func TestAnAddressIsRefusedWhereItIsMadeIfAndOnlyIfItIsRefusedWhereItIsSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "v4")
		if rapid.Bool().Draw(t, "wide") {
			raw = append(rapid.SampledFrom([][]byte{{0x20, 1}, {0xfd, 0}, {0xfe, 0x80}, {0, 0}, {0x26, 6}}).Draw(t, "v6"), rapid.SliceOfN(rapid.Byte(), 14, 14).Draw(t, "rest")...)
		} else if rapid.Bool().Draw(t, "near") {
			copy(raw, rapid.SampledFrom([][]byte{{10, 1}, {127, 0}, {192, 168}, {172, 16}, {100, 64}}).Draw(t, "network"))
		}
		ip, _ := netip.AddrFromSlice(raw)
		plain := rapid.Bool().Draw(t, "plain")
		var allow []netip.Prefix
		for _, text := range rapid.SliceOf(rapid.SampledFrom([]string{"10.0.0.0/8", "127.0.0.0/8", "fd00::/8", "8.0.0.0/5", "::/1"})).Draw(t, "allow") {
			allow = append(allow, netip.MustParsePrefix(text))
		}
		reach := webhook.NewReach(allow...)
		u := url.URL{Scheme: "https", Host: netip.AddrPortFrom(ip, 8443).String(), Path: "/hook"}
		if plain {
			u.Scheme = "http"
		}
		_, err := webhook.New("ours", "", u.String(), webhook.Filter{}, webhook.Request{}, reach)
		sent := reach.Dial(ip, plain)
		if (err == nil) != (sent == nil) {
			t.Errorf("%s allowing %v: made %v, sent %v", u.String(), allow, err, sent)
		}
		if sent != nil && !errors.Is(sent, webhook.ErrInside) && !errors.Is(sent, webhook.ErrPlain) {
			t.Errorf("%v", sent)
		}
	})
}
