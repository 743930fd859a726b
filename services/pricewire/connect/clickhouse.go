package connect

import (
	"context"
	"errors"
	"slices"

	"github.com/ClickHouse/clickhouse-go/v2"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/pkg/fault"
	historyclickhouse "github.com/pricewire/pricewire/pkg/history/clickhouse"
)

// Codes of ClickHouse for a user that it does not let in.
const (
	codeUnknownUser   = 192
	codeWrongPassword = 193
	codeAuthFailed    = 516
)

// History opens history in ClickHouse, waiting for a server that is not up yet. Its schema is brought up to date, or awaited where the process
// only reads. Faults: those of the store, and invalid when what we are or what we believe is wrong.
func (s *Servers) History(ctx context.Context, readOnly bool, log *zap.Logger) (*historyclickhouse.Store, error) {
	bare := *s.dsn
	password, _ := bare.User.Password()
	bare.User = identity(nil, bare.User.Username(), "")
	cfg := historyclickhouse.Config{DSN: bare.String(), Password: password, TLS: s.tls, Cluster: s.cluster, Replicated: s.replicated, ReadOnly: readOnly}
	var store *historyclickhouse.Store
	err := daemon.Await(ctx, s.Wait(), log, "ClickHouse", func(ctx context.Context) error {
		var err error
		store, err = historyclickhouse.Open(ctx, cfg)
		return s.clickhouseFault(err)
	})
	return store, err
}

// clickhouseFault tells what waiting may mend from what it does not.
func (s *Servers) clickhouseFault(err error) error {
	if err == nil {
		return nil
	}
	wrong := func(flag, hint string) error {
		return fault.New(fault.Invalid, "open history in ClickHouse at %s: %w", s.ClickHouseShown(), err).
			WithPlaces(fault.Place{Where: "flag." + flag, Problem: err.Error()}).WithHint("%s", hint)
	}
	exception, told := errors.AsType[*clickhouse.Exception](err)
	switch {
	case told && slices.Contains([]int32{codeUnknownUser, codeWrongPassword, codeAuthFailed}, exception.Code):
		return wrong("clickhouse-user", "look at --clickhouse-user and its password file; the server does not know them so")
	case badCertificate(err):
		return wrong("clickhouse-ca", "the server's certificate must be of one of the authorities, "+authorities("clickhouse-ca", s.ca)+", for the host that --clickhouse names, and of this time; "+
			"or the server does not believe ours, --clickhouse-cert")
	}
	err = fault.Wrap(err, "open history in ClickHouse at %s", s.ClickHouseShown())
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Kind == fault.Unavailable && f.Hint == "" {
		return f.WithHint("start that server, or look at --clickhouse; to a server with TLS, --clickhouse-ca or ?secure=true")
	}
	return err
}
