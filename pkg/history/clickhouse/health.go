package clickhouse

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Health is what a server says of itself.
type Health struct {
	Version    string
	Migrations int // of the schema that were made
	Disks      []Disk
	Broken     uint64 // parts of tables that were set aside because they could not be read
}

// Disk is where a server keeps tables; sizes are in bytes.
type Disk struct {
	Name, Path  string
	Free, Total uint64
}

// Health asks the server how it is. What its user may not see is an error; Version and Migrations are known then all the same, if they are.
func (s *Store) Health(ctx context.Context) (Health, error) {
	var h Health
	server, err := s.conn.ServerVersion()
	if err != nil {
		return h, explain("ask clickhouse for its version", err)
	}
	h.Version = server.Version.String()
	done, err := s.migrated(ctx)
	if err != nil {
		return h, err
	}
	h.Migrations = len(done)
	err = s.query(ctx, "list disks", statement{text: "SELECT name, path, free_space, total_space FROM system.disks ORDER BY name"}, func(rows driver.Rows) error {
		var d Disk
		err := rows.Scan(&d.Name, &d.Path, &d.Free, &d.Total)
		h.Disks = append(h.Disks, d)
		return err
	})
	if err != nil {
		return h, err
	}
	return h, s.query(ctx, "count broken parts", statement{
		text: "SELECT count() FROM system.detached_parts WHERE database = currentDatabase() AND reason LIKE 'broken%'",
	}, func(rows driver.Rows) error { return rows.Scan(&h.Broken) })
}
