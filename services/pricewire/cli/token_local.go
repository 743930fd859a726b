package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	natsclient "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/access/natskv"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/connect"
)

// localTokens makes tokens beside a server, in the NATS that it keeps them in: whoever may write there may do everything anyway.
type localTokens struct {
	data    string // folder of a running `pricewire up`
	servers connect.Config
}

func (l *localTokens) flags(flags *pflag.FlagSet) {
	l.servers = connect.Default()
	l.servers.NATS.URL, l.servers.Wait, l.servers.SecretsInURLs = "", 0, true
	flags.StringVar(&l.data, "data", "", "folder of a `pricewire up` that runs on this machine: the token is made in its NATS, without asking the API")
	l.servers.NATSFlags(flags, "URL of NATS, where the server's tokens are, to make it there without asking the API")
}

// named reports whether a token is to be made beside the server.
func (l *localTokens) named() bool { return l.data != "" || l.servers.NATS.URL != "" }

// connect connects to the NATS in which the server keeps its tokens.
func (l *localTokens) connect(ctx context.Context) (*natsclient.Conn, int, error) {
	if l.data != "" {
		var endpoints struct {
			NATS string `json:"nats"`
		}
		data, err := os.ReadFile(filepath.Join(l.data, "endpoints.json"))
		if err == nil {
			err = json.Unmarshal(data, &endpoints)
		}
		if err != nil {
			return nil, 0, fault.New(fault.Unavailable, "read where `pricewire up` runs: %w", err).WithHint("start it with --data %s, and wait until it is ready", l.data)
		}
		l.servers.NATS.URL = endpoints.NATS
	}
	servers, err := l.servers.Resolve(os.LookupEnv)
	if err != nil {
		return nil, 0, err
	}
	nc, err := servers.NATS(ctx, "pricewire token create", zap.NewNop())
	return nc, servers.Replicas(), err
}

// create makes a token and writes down that it did, as the API would.
func (l *localTokens) create(ctx context.Context, as string, ask newToken) (json.RawMessage, error) {
	nc, replicas, err := l.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	cfg := natskv.Config{Replicas: replicas}
	store, err := natskv.OpenStore(ctx, js, cfg)
	if err != nil {
		return nil, err
	}
	log, err := natskv.OpenLog(ctx, js, cfg)
	if err != nil {
		return nil, err
	}
	return made(ctx, access.NewTokens(store), log, by(as), ask, time.Now()) //nolint:forbidigo // tokens end in real time
}

// by is who makes a token here: who says so, else the user of this machine.
func by(as string) access.Principal {
	if as != "" {
		return access.Trusted(as)
	}
	if u, err := user.Current(); err == nil {
		return access.Trusted(u.Username)
	}
	return access.Trusted("")
}

func made(ctx context.Context, tokens *access.Tokens, log access.Log, by access.Principal, ask newToken, now time.Time) (json.RawMessage, error) {
	roles, err := access.ParseRoles(ask.Roles...)
	if err != nil {
		return nil, err
	}
	expires, err := instant(ask.ExpiresAt)
	if err != nil {
		return nil, err
	}
	record := access.Record{At: now.UTC(), Request: strings.ToLower(rand.Text()), Who: by.Name, Via: by.Via, Operation: "create-token", Address: "local", Outcome: access.Begun}
	if err := log.Append(ctx, record); err != nil {
		return nil, err
	}
	t, text, err := tokens.Create(ctx, by, access.Request{Name: ask.Name, Owner: ask.Owner, Roles: roles, Cost: ask.Cost, ExpiresAt: expires}, now)
	record.Outcome, record.Object = access.Done, t.ID
	if err != nil {
		record.Outcome = fault.KindOf(err).String()
	}
	if logged := log.Append(ctx, record); err == nil {
		err = logged
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{
		"id": t.ID, "name": t.Name, "owner": t.Owner, "roles": t.Roles.Strings(), "cost": t.Cost, "state": t.State(now), "created_by": t.CreatedBy,
		"created_at": t.CreatedAt, "expires_at": t.ExpiresAt, "revoked_by": "", "revoked_at": nil, "used_at": nil, "token": text,
	})
}

// instant reads RFC 3339 or a plain date.
func instant(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fault.New(fault.Invalid, "%q is not a time; write 2027-06-01 or 2027-06-01T00:00:00Z", text).WithPlaces(fault.Place{Where: "flag.expires", Problem: "not a time"})
}
