package clickhouse

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

// made is a table or view as migrations make it.
type made struct {
	name       string
	view       bool
	statements []string // a view: the last that makes it; a table: all that make and alter it
}

// schemaOf reads what a list of migrations makes, in order of first mention.
func schemaOf(all []migration) []made {
	head := regexp.MustCompile("(?is)^(?:\\s*--[^\n]*\n)*\\s*(CREATE(?:\\s+OR\\s+REPLACE)?\\s+VIEW|CREATE\\s+TABLE|ALTER\\s+TABLE|DROP\\s+VIEW|DROP\\s+TABLE)\\s+(?:IF\\s+(?:NOT\\s+)?EXISTS\\s+)?(\\w+)")
	var schema []made
	for _, m := range all {
		for _, text := range m.statements {
			at := head.FindStringSubmatchIndex(text)
			if at == nil {
				continue
			}
			verb, name, rest := strings.ToUpper(strings.Join(strings.Fields(text[at[2]:at[3]]), " ")), text[at[4]:at[5]], text[at[5]:]
			i := slices.IndexFunc(schema, func(x made) bool { return x.name == name })
			switch {
			case strings.HasPrefix(verb, "DROP"):
				if i >= 0 {
					schema = slices.Delete(schema, i, i+1)
				}
				continue
			case i < 0:
				schema = append(schema, made{name: name})
				i = len(schema) - 1
			}
			if strings.HasSuffix(verb, "VIEW") {
				schema[i].view, schema[i].statements = true, []string{rest}
				continue
			}
			schema[i].statements = append(schema[i].statements, text)
		}
	}
	return schema
}

// InspectSchema looks at tables and views as history.Auditor says. A view is compared with one that the server makes of the same text.
func (s *Store) InspectSchema(ctx context.Context, mend bool) ([]history.Finding, error) {
	all, err := migrations()
	if err != nil {
		return nil, err
	}
	there, err := s.definitions(ctx, "")
	if err != nil {
		return nil, err
	}
	var found []history.Finding
	for _, m := range schemaOf(all) {
		f, err := s.inspectMade(ctx, m, there)
		if err != nil {
			return found, err
		}
		if f == nil {
			continue
		}
		if mend {
			if err := s.makeAgain(ctx, m); err != nil {
				return found, err
			}
			f.Repaired = true
		}
		found = append(found, *f)
	}
	return found, nil
}

func (s *Store) inspectMade(ctx context.Context, m made, there map[string]string) (*history.Finding, error) {
	finding := func(detail string) *history.Finding {
		return &history.Finding{Kind: history.FindingSchema, Table: history.Table(m.name), Detail: detail}
	}
	definition, ok := there[m.name]
	if !ok && m.view {
		return finding("the view is missing"), nil
	}
	if !ok {
		return finding("the table is missing, with all of its rows"), nil
	}
	if !m.view {
		return nil, nil //nolint:nilnil // nothing is wrong with it
	}
	if s.proven.has(m.name, definition) {
		return nil, nil //nolint:nilnil // nothing is wrong with it
	}
	want, err := s.tryView(ctx, &m)
	if err != nil {
		return nil, err
	}
	if want != definition {
		return finding("the view is not what its migration made"), nil
	}
	s.proven.add(m.name, definition)
	return nil, nil //nolint:nilnil // nothing is wrong with it
}

// tryView returns how the server tells the definition of a view that it makes of its migration's text.
func (s *Store) tryView(ctx context.Context, m *made) (string, error) {
	one, err := s.alone()
	if err != nil {
		return "", err
	}
	defer func() { _ = one.Close() }()
	trial := scratchName(m.name)
	if err := one.conn.Exec(ctx, "CREATE VIEW "+trial+m.statements[0]); err != nil {
		return "", explain("make view "+m.name+" for comparison", err)
	}
	defer func() { _ = one.conn.Exec(context.WithoutCancel(ctx), "DROP VIEW IF EXISTS "+trial) }()
	made, err := one.definitions(ctx, trial)
	if err == nil && !strings.HasPrefix(made[trial], "CREATE VIEW") {
		err = cutOff(m.name)
	}
	return strings.Replace(made[trial], trial, m.name, 1), err
}

// cutOff is the error for a view that a server made and cannot tell: its disk is full, and what is compared or replaced now would be lost.
func cutOff(view string) error {
	return fault.New(fault.Unavailable, "make view %s: the server does not tell how it was made", view).WithHint("look whether its disk is full")
}

// proven remembers definitions of views that were found to be what migrations make, so that none is tried twice. The zero value is empty and
// ready.
type proven struct {
	mu          sync.Mutex
	definitions map[string]string
}

func (p *proven) has(name, definition string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.definitions[name] == definition
}

func (p *proven) add(name, definition string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.definitions == nil {
		p.definitions = map[string]string{}
	}
	p.definitions[name] = definition
}

// definitions returns how tables and views were made, by name: one, or all when name is empty.
func (s *Store) definitions(ctx context.Context, name string) (map[string]string, error) {
	var f filters
	f.equal("name", name)
	found := map[string]string{}
	q := statement{"SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase()" + f.and(), f.args}
	err := s.query(ctx, "list tables", q, func(rows driver.Rows) error {
		var name, definition string
		err := rows.Scan(&name, &definition)
		found[name] = definition
		return err
	})
	return found, err
}

// makeAgain makes a table or view as its migrations do.
func (s *Store) makeAgain(ctx context.Context, m made) error {
	statements := m.statements
	if m.view {
		if _, err := s.tryView(ctx, &m); err != nil { // whoever cannot make another one must not replace this one
			return err
		}
		statements = []string{"CREATE OR REPLACE VIEW " + m.name + m.statements[0]}
	}
	for _, text := range statements {
		if err := s.conn.Exec(ctx, s.cfg.dialect().write(text)); err != nil {
			return explain("make "+m.name+" again", err)
		}
	}
	return nil
}
