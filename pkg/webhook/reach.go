package webhook

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// ErrInside refuses to reach an address.
var ErrInside = errors.New("its address is one of the inside, which webhooks may not reach")

// ErrPlain refuses to send in the open.
var ErrPlain = errors.New("events are sent to addresses outside over https only")

// Reach says where events may be sent to: to the internet over https, and to some networks of the inside over http too. The zero value names none. Whoever
// keeps endpoints and whoever sends to them ask the same one.
type Reach struct{ allow []netip.Prefix }

// NewReach makes one that allows networks of the inside.
func NewReach(allow ...netip.Prefix) Reach { return Reach{slices.Clone(allow)} }

// Dial says whether an address may be reached that a name was found to mean, over plain http or over https: nil, ErrInside or ErrPlain.
func (r Reach) Dial(address netip.Addr, plain bool) error {
	ip := address.Unmap().WithZone("")
	if slices.ContainsFunc(r.allow, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return nil
	}
	switch {
	case !public(ip):
		return ErrInside
	case plain:
		return ErrPlain
	}
	return nil
}

// refusal says why sending to a URL would always be refused, whatever its name means by then, and what to do; empty where it need not be.
func (r Reach) refusal(u *url.URL) string {
	plain := u.Scheme == "http"
	addresses := fixed(u.Hostname())
	if len(addresses) == 0 {
		if plain && len(r.allow) == 0 {
			return "must begin with https://: over http events are sent to networks only that --webhook-allow names, and it names none"
		}
		return ""
	}
	var refused error
	for _, address := range addresses {
		if refused = r.Dial(address, plain); refused == nil {
			return ""
		}
	}
	if errors.Is(refused, ErrPlain) {
		return "must begin with https://: over http events are sent to networks only that --webhook-allow names, and " + addresses[0].String() + " is in none of them"
	}
	return "leads to " + addresses[0].String() + ", an address of the inside, which webhooks may not reach: take one of the internet, or start the server and the sender with --webhook-allow and its network"
}

// fixed are the addresses that a host means whatever the name service says, none where that has to be asked.
func fixed(host string) []netip.Addr {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}
	}
	name := "." + strings.ToLower(strings.TrimSuffix(host, "."))
	if strings.HasSuffix(name, ".localhost") {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	}
	return nil
}

// public reports whether an address is one of the internet at large.
func public(ip netip.Addr) bool {
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, prefix := range inside() {
		if prefix.Contains(ip) {
			return false
		}
	}
	return true
}

// inside are further ranges that are not of the internet at large: shared and reserved ones, for documentation and benchmarks, and those in
// which an IPv4 address of the inside can hide.
func inside() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "::/96",
	} {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}
