package daemon

import (
	"net"
	"strings"
)

// Loopback reports whether a host, with or without a port, is one that this machine alone can reach under that name: localhost or a loopback
// address. An address of IPv6 may stand in brackets, as it does in a URL and in the Host of a request. No name is looked up.
func Loopback(host string) bool {
	name := hostOf(host)
	return name == "localhost" || net.ParseIP(name).IsLoopback()
}

// Near reports whether a host, as Loopback takes it, is this machine or in a private network, as far as its name tells: a loopback, private or
// link-local address, a name without a point, as containers of one network have, or one that ends in .local, .internal, .svc or .localhost.
func Near(host string) bool {
	name := hostOf(host)
	if ip := net.ParseIP(name); ip != nil {
		return ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast()
	}
	if name == "" || !strings.Contains(name, ".") {
		return name != ""
	}
	for _, private := range [...]string{".local", ".internal", ".svc", ".localhost"} {
		if strings.HasSuffix(name, private) {
			return true
		}
	}
	return false
}

// hostOf is a host without its port and brackets.
func hostOf(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	if inner, opened := strings.CutPrefix(host, "["); opened {
		if name, closed := strings.CutSuffix(inner, "]"); closed {
			return name
		}
	}
	return host
}
