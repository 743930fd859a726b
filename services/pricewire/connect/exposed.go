package connect

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/daemon"
)

// Exposed says, a sentence each with the flag that mends it, which passwords go over the network as anyone on the way can read them: without
// TLS, to a host that is neither this machine nor in a private network. The seed of a credentials file never leaves us.
func (s *Servers) Exposed() []string {
	var all []string
	for _, u := range s.nats {
		if s.natsTLS == nil && s.creds == "" && u.User != nil && !daemon.Near(u.Host) {
			all = append(all, "the password of NATS goes to "+u.Host+" unencrypted unless that server asks for TLS: use tls:// in --nats, or --nats-ca")
		}
	}
	if s.tls == nil && hasPassword(s.dsn) {
		for host := range strings.SplitSeq(s.dsn.Host, ",") {
			if !daemon.Near(host) {
				all = append(all, "the password of ClickHouse goes to "+host+" unencrypted: use --clickhouse-ca, or ?secure=true in --clickhouse")
			}
		}
	}
	return all
}
