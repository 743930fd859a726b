package clickhouse

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2/lib/proto"

	"github.com/pricewire/pricewire/pkg/fault"
)

// The oldest ClickHouse whose SQL the schema may use. What the product is tested with is the embedded engine's, 26.7.
const leastMajor, leastMinor = 25, 8

// prepare makes sure of the server and its schema.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.checkVersion(); err != nil {
		return err
	}
	if s.cfg.ReadOnly {
		return s.awaited(ctx)
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	return s.secure(ctx)
}

// awaited reports a schema that is not up to date as unavailable: whoever writes it makes it so.
func (s *Store) awaited(ctx context.Context) error {
	all, err := migrations()
	if err != nil {
		return err
	}
	done, err := s.migrated(ctx)
	if err == nil {
		err = checkMigrated(all, done)
	}
	if fault.Is(err, fault.Refused) {
		return err
	}
	if err == nil && len(done) == len(all) {
		return nil
	}
	f := fault.New(fault.Unavailable, "the schema has %d of %d migrations", len(done), len(all))
	if err != nil {
		f = fault.New(fault.Unavailable, "read the schema: %w", err)
	}
	return f.WithHint("start the materializer, which makes the schema")
}

// checkVersion refuses a server that is too old for the schema.
func (s *Store) checkVersion() error {
	server, err := s.conn.ServerVersion()
	if err != nil {
		return explain("ask clickhouse for its version", err)
	}
	if recent(server.Version) {
		return nil
	}
	return fault.New(fault.Refused, "ClickHouse has version %d.%d, which is too old", server.Version.Major, server.Version.Minor).
		WithHint("run ClickHouse %d.%d or later", leastMajor, leastMinor)
}

func recent(v proto.Version) bool {
	return v.Major > leastMajor || v.Major == leastMajor && v.Minor >= leastMinor
}
