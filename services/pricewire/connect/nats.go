package connect

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"

	natsclient "github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
)

// attemptTime bounds one attempt to connect, so that a stop is not held up by a server that does not answer.
const attemptTime = 3 * time.Second

// NATS connects under a name, waiting for a server that is not up yet, and stays connected, whatever happens to the server. Faults:
// unavailable when none answered in time, invalid when what we are or what we believe is wrong.
func (s *Servers) NATS(ctx context.Context, name string, log *zap.Logger, more ...natsclient.Option) (*natsclient.Conn, error) {
	options := append(s.natsOptions(name, log), more...)
	var nc *natsclient.Conn
	err := daemon.Await(ctx, s.Wait(), log, "NATS", func(context.Context) error {
		var err error
		nc, err = natsclient.Connect(s.natsHosts(), options...)
		return s.natsFault(err)
	})
	return nc, err
}

// natsHosts are the addresses without who we are: errors and logs of the client name them.
func (s *Servers) natsHosts() string {
	all := make([]string, len(s.nats))
	for i, u := range s.nats {
		bare := *u
		bare.User = nil
		all[i] = bare.String()
	}
	return strings.Join(all, ",")
}

func (s *Servers) natsOptions(name string, log *zap.Logger) []natsclient.Option {
	options := []natsclient.Option{
		natsclient.Name(name), natsclient.MaxReconnects(-1), natsclient.Timeout(attemptTime),
		natsclient.DisconnectErrHandler(func(_ *natsclient.Conn, err error) {
			if err != nil {
				log.Warn("NATS connection lost", zap.Error(err))
			}
		}),
		natsclient.ReconnectHandler(func(*natsclient.Conn) { log.Info("NATS connection restored") }),
		natsclient.ErrorHandler(func(_ *natsclient.Conn, sub *natsclient.Subscription, err error) {
			subject := ""
			if sub != nil {
				subject = sub.Subject
			}
			log.Warn("NATS reported an error", zap.String("subject", subject), zap.Error(err))
		}),
	}
	if s.creds != "" {
		options = append(options, natsclient.UserCredentials(s.creds))
	} else if who := s.natsUser(); who != nil {
		password, _ := who.Password()
		options = append(options, natsclient.UserInfo(who.Username(), password))
		if token.MatchString(who.Username()) {
			options = append(options, natsclient.CustomInboxPrefix("_INBOX."+who.Username()))
		}
	}
	if s.natsTLS != nil {
		options = append(options, natsclient.Secure(s.natsTLS))
	}
	return options
}

// token is what a name may be that is one of the tokens of a subject. Answers to a user of such a name come below it, so that a server can keep them
// from its other users, among whose answers are records that are not everybody's.
var token = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// natsUser is who we are to NATS: servers of one cluster know the same users.
func (s *Servers) natsUser() *url.Userinfo {
	for _, u := range s.nats {
		if u.User != nil {
			return u.User
		}
	}
	return nil
}

// natsFault tells what waiting may mend from what it does not.
func (s *Servers) natsFault(err error) error {
	if err == nil {
		return nil
	}
	wrong := func(flag, hint string) error {
		return fault.New(fault.Invalid, "connect to NATS at %s: %w", s.NATSShown(), err).
			WithPlaces(fault.Place{Where: "flag." + flag, Problem: err.Error()}).WithHint("%s", hint)
	}
	switch {
	case refusedUser(err):
		return wrong("nats-user", "look at --nats-user and its password file, or at --nats-creds; the server does not know them so")
	case badCertificate(err):
		return wrong("nats-ca", "the server's certificate must be of one of the authorities, "+authorities("nats-ca", s.natsCA)+", for the host that --nats names, and of this time; "+
			"or the server does not believe ours, --nats-cert")
	case errors.Is(err, natsclient.ErrSecureConnWanted):
		return wrong("nats", "the server speaks no TLS: give it a certificate, or leave --nats-ca and tls:// out")
	}
	return fault.New(fault.Unavailable, "connect to NATS at %s: %w", s.NATSShown(), err).WithHint("start that server, or look at --nats")
}

func refusedUser(err error) bool {
	for _, known := range []error{natsclient.ErrAuthorization, natsclient.ErrAuthExpired, natsclient.ErrAuthRevoked, natsclient.ErrAccountAuthExpired} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// badCertificate reports whether one end did not believe the other's certificate.
func badCertificate(err error) bool {
	if _, unverified := errors.AsType[*tls.CertificateVerificationError](err); unverified || errors.Is(err, natsclient.ErrTLS) {
		return true
	}
	said, told := errors.AsType[*net.OpError](err)
	return told && said.Op == "remote error" && strings.Contains(said.Error(), "certificate")
}
