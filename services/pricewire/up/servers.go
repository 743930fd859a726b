package up

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	natsclient "github.com/nats-io/nats.go"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/embedded/clickhouse"
	"github.com/pricewire/pricewire/pkg/embedded/nats"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/api"
	"github.com/pricewire/pricewire/services/pricewire/connect"
	"github.com/pricewire/pricewire/services/pricewire/part"
)

// servers are the two that everything else stands on: embedded ones, which are closed with them, or existing ones.
type servers struct {
	*connect.Servers
	nats   *nats.Server       // nil when external
	engine *clickhouse.Server // nil when external
}

// openServers opens what is embedded, both at once, and reads what is needed to reach what is not.
func openServers(ctx context.Context, cfg Config, folder *daemon.Folder, log *zap.Logger) (*servers, error) {
	natsSecret, err := secret(folder, "nats")
	if err != nil {
		return nil, err
	}
	engineSecret, err := secret(folder, "clickhouse")
	if err != nil {
		return nil, err
	}
	s := &servers{}
	where := cfg.Servers
	var group errgroup.Group
	if !cfg.externalNATS() {
		group.Go(func() error {
			opened, err := nats.Open(nats.Config{
				Dir: filepath.Join(folder.Path, "nats"), Address: cfg.Servers.NATS.URL, User: user, Password: natsSecret, Cert: cfg.NATSCert, Key: cfg.NATSKey,
			}, log.Named("nats"))
			if err != nil {
				return fault.Wrap(err, "open embedded NATS")
			}
			s.nats, where.NATS.URL = opened, opened.URL()
			return nil
		})
	}
	if !cfg.externalClickHouse() {
		group.Go(func() error {
			opened, err := openEngine(cfg, folder, engineSecret, log.Named("clickhouse"))
			if err != nil {
				return fault.Wrap(err, "open embedded ClickHouse")
			}
			s.engine, where.ClickHouse.DSN = opened, opened.InternalDSN()
			return nil
		})
	}
	err = group.Wait()
	if err == nil {
		s.Servers, err = where.Resolve(cfg.environment)
	}
	if err != nil {
		s.close(ctx, log)
		return nil, err
	}
	return s, nil
}

func openEngine(cfg Config, folder *daemon.Folder, password string, log *zap.Logger) (*clickhouse.Server, error) {
	readers, err := cfg.SQL.readers(folder)
	if err != nil {
		return nil, err
	}
	secure, err := cfg.SQL.listenerTLS(log)
	if err != nil {
		return nil, err
	}
	return clickhouse.Open(clickhouse.Config{
		Library: cfg.Engine, Dir: filepath.Join(folder.Path, "clickhouse"), Address: cfg.Servers.ClickHouse.DSN, User: user, Password: password, Database: connect.Database,
		Readers: readers, TLS: secure,
	}, log)
}

// clickHouse are the addresses of ClickHouse for clients: for everything, and for analysts, who are of the embedded one.
func (s *servers) clickHouse(e *Endpoints) {
	e.ClickHouse = s.DSN()
	if s.engine != nil {
		e.ClickHouse, e.Analyst, e.AnalystCost = s.engine.DSN(), s.engine.ReaderDSN(analyst), s.engine.ReaderDSN(analystCost)
	}
}

// clickHouseShown is the address of ClickHouse as it may be shown.
func (s *servers) clickHouseShown() string {
	var e Endpoints
	if s.clickHouse(&e); s.engine == nil {
		return s.ClickHouseShown()
	}
	address, err := url.Parse(e.ClickHouse)
	if err != nil {
		return ""
	}
	return address.Redacted()
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

// environment looks variables up, but for secrets of servers that are embedded here and have their own.
func (c Config) environment(name string) (string, bool) {
	if strings.HasPrefix(name, "PRICEWIRE_NATS_") && !c.externalNATS() || strings.HasPrefix(name, "PRICEWIRE_CLICKHOUSE_") && !c.externalClickHouse() {
		return "", false
	}
	return os.LookupEnv(name)
}

// options are how the connection to NATS is made: without a socket where it is in this process.
func (s *servers) options() []natsclient.Option {
	if s.nats == nil {
		return nil
	}
	return []natsclient.Option{natsclient.InProcessServer(s.nats)}
}

// subscribers are those of the embedded NATS, nil where it is another.
func (s *servers) subscribers() api.Subscribers {
	if s.nats == nil {
		return nil
	}
	return subscribers{s.nats}
}

// feeding says whom the streams without cost are for.
func (s *servers) feeding(when string) part.Feeding {
	if s.nats == nil {
		return part.Feeding{When: when}
	}
	return part.Feeding{When: when, News: s.nats.News(), Wanted: subscribers{s.nats}.withoutCost}
}
