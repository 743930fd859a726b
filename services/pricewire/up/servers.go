package up

import (
	"context"
	"net/url"
	"path/filepath"

	natsclient "github.com/nats-io/nats.go"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/embedded/clickhouse"
	"github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/fault"
)

// database is where everything is in ClickHouse.
const database = "pricewire"

// servers are the two that everything else stands on: embedded ones, which are closed with them, or existing ones.
type servers struct {
	natsURL  string
	dsn      string
	nats     *nats.Server       // nil when external
	engine   *clickhouse.Server // nil when external
	external bool
}

// openServers opens what is embedded, both at once.
func openServers(ctx context.Context, cfg Config, folder *daemon.Folder, log *zap.Logger) (*servers, error) {
	natsSecret, err := secret(folder, "nats")
	if err != nil {
		return nil, err
	}
	engineSecret, err := secret(folder, "clickhouse")
	if err != nil {
		return nil, err
	}
	s := &servers{natsURL: cfg.NATS, dsn: cfg.ClickHouse, external: external(cfg.NATS) || external(cfg.ClickHouse)}
	var group errgroup.Group
	if !external(cfg.NATS) {
		group.Go(func() error {
			opened, err := nats.Open(nats.Config{Dir: filepath.Join(folder.Path, "nats"), Address: cfg.NATS, User: user, Password: natsSecret}, log.Named("nats"))
			if err != nil {
				return fault.Wrap(err, "open embedded NATS")
			}
			s.nats, s.natsURL = opened, opened.URL()
			return nil
		})
	}
	if !external(cfg.ClickHouse) {
		group.Go(func() error {
			opened, err := clickhouse.Open(clickhouse.Config{
				Library: cfg.Engine, Dir: filepath.Join(folder.Path, "clickhouse"), Address: cfg.ClickHouse, User: user, Password: engineSecret, Database: database,
			}, log.Named("clickhouse"))
			if err != nil {
				return fault.Wrap(err, "open embedded ClickHouse")
			}
			s.engine, s.dsn = opened, opened.DSN()
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		s.close(ctx, log)
		return nil, err
	}
	return s, nil
}

// close ends what is embedded; errors are logged, because there is nothing else left to do.
func (s *servers) close(ctx context.Context, log *zap.Logger) {
	if s.engine != nil {
		if err := s.engine.Close(ctx); err != nil {
			log.Error("engine did not close cleanly", zap.Error(err))
		}
	}
	if s.nats != nil {
		if err := s.nats.Close(); err != nil {
			log.Error("NATS did not close cleanly", zap.Error(err))
		}
	}
}

// connectNATS connects and stays connected, whatever happens to the server.
func (s *servers) connectNATS(log *zap.Logger) (*natsclient.Conn, error) {
	options := []natsclient.Option{
		natsclient.Name("pricewire up"), natsclient.MaxReconnects(-1),
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
	if s.nats != nil {
		options = append(options, natsclient.InProcessServer(s.nats))
	}
	nc, err := natsclient.Connect(s.natsURL, options...)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "connect to NATS at %s: %w", withoutSecrets(s.natsURL), err).
			WithHint("start that server, or leave --nats out to use the embedded one")
	}
	return nc, nil
}

// withoutSecrets is a server's URL as it may be shown and logged.
func withoutSecrets(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "(unreadable URL)"
	}
	return u.Redacted()
}
