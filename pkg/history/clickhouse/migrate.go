package clickhouse

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/fault"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// createMigrations makes the table that says which migrations have been made.
const createMigrations = `CREATE TABLE IF NOT EXISTS migrations (
    version UInt32 COMMENT 'Number that the file begins with.',
    name String COMMENT 'Name of the file.',
    checksum String COMMENT 'SHA-256 of the file, hex.'
) ENGINE = MergeTree ORDER BY version
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Migrations of the schema that have been made.'`

// migration is one file: statements that end with a semicolon at the end of a line. Each can be repeated ("IF NOT EXISTS"), because a
// crash may come between two of them.
type migration struct {
	version        uint32
	name, checksum string
	statements     []string
}

// migrations returns the embedded files in order of their versions, which count from 1.
func migrations() ([]migration, error) {
	entries, err := fs.ReadDir(migrationFiles, "migrations")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	list := make([]migration, 0, len(entries))
	for i, entry := range entries {
		text, err := fs.ReadFile(migrationFiles, "migrations/"+entry.Name())
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		number, _, _ := strings.Cut(entry.Name(), "_")
		version, err := strconv.ParseUint(number, 10, 32)
		if err != nil || version != uint64(i+1) {
			return nil, fmt.Errorf("read migration %s: its number is not %d", entry.Name(), i+1)
		}
		sum := sha256.Sum256(text)
		list = append(list, migration{uint32(version), entry.Name(), hex.EncodeToString(sum[:]), split(string(text))})
	}
	return list, nil
}

func split(text string) []string {
	var statements []string
	for part := range strings.SplitSeq(text, ";\n") {
		if part = strings.TrimSpace(part); part != "" {
			statements = append(statements, part)
		}
	}
	return statements
}

// migrate makes every migration that has not been made, in order. Two processes may do so at once: every statement does nothing when
// its work is done, ClickHouse runs the creations of one table one after the other, and the token of a migration's record lets only the
// first be kept.
func (s *Store) migrate(ctx context.Context) error {
	all, err := migrations()
	if err != nil {
		return err
	}
	if err := s.conn.Exec(ctx, s.cfg.dialect().write(createMigrations)); err != nil {
		return explain("create table of migrations", err)
	}
	done, err := s.migrated(ctx)
	if err != nil {
		return err
	}
	if err := checkMigrated(all, done); err != nil {
		return err
	}
	for _, m := range all {
		if _, ok := done[m.version]; ok {
			continue
		}
		if err := s.apply(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) migrated(ctx context.Context) (map[uint32]string, error) {
	done := map[uint32]string{}
	err := s.query(ctx, "list migrations made", statement{text: "SELECT version, checksum FROM migrations"}, func(rows driver.Rows) error {
		var version uint32
		var checksum string
		err := rows.Scan(&version, &checksum)
		done[version] = checksum
		return err
	})
	return done, err
}

// checkMigrated refuses a schema that this program did not make.
func checkMigrated(all []migration, done map[uint32]string) error {
	for version, checksum := range done {
		if int(version) > len(all) || version == 0 {
			return fault.New(fault.Refused, "migrate clickhouse: migration %d was made by a newer version of the product", version).
				WithHint("run the newer version, or start with another database: it is filled from the streams")
		}
		if m := all[version-1]; m.checksum != checksum {
			return fault.New(fault.Refused, "migrate clickhouse: migration %s was made from another file, with checksum %s", m.name, checksum).
				WithHint("run the version that made the database, or start with another database: it is filled from the streams")
		}
	}
	return nil
}

func (s *Store) apply(ctx context.Context, m migration) error {
	for i, text := range m.statements {
		if err := s.conn.Exec(s.filling(ctx), s.cfg.dialect().write(placed(text, s.database))); err != nil {
			return explain(fmt.Sprintf("make migration %s, statement %d", m.name, i+1), err)
		}
	}
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(s.insertSettings("migration:"+strconv.Itoa(int(m.version)))))
	err := s.conn.Exec(ctx, "INSERT INTO migrations (version, name, checksum) SELECT toUInt32(?), ?, ?", int(m.version), m.name, m.checksum)
	return explain("record migration "+m.name, err)
}
