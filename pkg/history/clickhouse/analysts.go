package clickhouse

import (
	"context"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ERPDatabase is the database beside another that holds the same views without cost: no unit price of licences, and usage rates of the price
// list retail only.
func ERPDatabase(database string) string { return database + "_erp" }

// AnalystViews are the names of the views that analysts may ask, each there in the database and in the one without cost.
func AnalystViews() ([]string, error) {
	all, err := migrations()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range schemaOf(all) {
		if m.view {
			names = append(names, m.name)
		}
	}
	return names, nil
}

// placed puts the names of a database and of that without cost into a statement of a migration.
func placed(text, database string) string {
	return strings.NewReplacer("{main}", quoteName(database), "{erp}", quoteName(ERPDatabase(database))).Replace(text)
}

// definer is what the definition of a view says that reads with the rights of who made it.
const definer = "SQL SECURITY DEFINER"

// secure makes views again that read with the rights of who asks, where the server is set to let them read with those of who makes them:
// those that were made before it was. It makes views without cost again that are missing.
func (s *Store) secure(ctx context.Context) error {
	if s.cfg.Cluster != "" { // each server has to be looked at, and none is asked for
		return nil
	}
	all, err := migrations()
	if err != nil {
		return err
	}
	there, err := s.definitions(ctx, "")
	if err != nil {
		return err
	}
	for _, m := range schemaOf(all) {
		if !m.view || there[m.name] == "" || strings.Contains(there[m.name], definer) {
			continue
		}
		trial, err := s.tryView(ctx, &m)
		if err != nil {
			return err
		}
		if !strings.Contains(trial, definer) { // the server is not set so
			return nil
		}
		if err := s.makeAgain(ctx, m); err != nil {
			return err
		}
	}
	return s.secureERP(ctx, all)
}

// secureERP is secure for the views without cost.
func (s *Store) secureERP(ctx context.Context, all []migration) error {
	there := map[string]bool{}
	q := statement{"SELECT name, create_table_query LIKE '%" + definer + "%' FROM system.tables WHERE database = ?", []any{ERPDatabase(s.database)}}
	err := s.query(ctx, "list views without cost", q, func(rows driver.Rows) error {
		var name string
		var secure bool
		err := rows.Scan(&name, &secure)
		there[name] = secure
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range all {
		for _, text := range m.statements {
			_, after, found := strings.Cut(text, "VIEW {erp}.")
			name, _, _ := strings.Cut(after, " ")
			if !found || there[name] {
				continue
			}
			if err := s.conn.Exec(ctx, s.cfg.dialect().write(placed(text, s.database))); err != nil {
				return explain("make view "+name+" without cost", err)
			}
		}
	}
	return nil
}
