package clickhouse

import (
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	"github.com/pricewire/pricewire/pkg/history"
)

func openHere(t *testing.T, cfg Config) *Store {
	t.Helper()
	cfg.DSN = clickhousetest.Start(t)
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestAuditsAndCopiesAskReplicasForAllThatWasAcknowledged(t *testing.T) {
	for _, replicated := range []bool{false, true} {
		s := openHere(t, Config{})
		s.cfg.Replicated = replicated
		want := uint64(0)
		if replicated {
			want = 1
		}
		const asked = "SELECT toUInt64(getSetting('select_sequential_consistency'))"
		if n, err := s.measure(t.Context(), "ask", statement{text: asked}); err != nil || n != want {
			t.Errorf("an audit asks with %d, %v", n, err)
		}
		rows, err := s.conn.Query(s.copying(t.Context(), "token"), asked)
		if err != nil {
			t.Fatal(err)
		}
		var n uint64
		if !rows.Next() || rows.Scan(&n) != nil || n != want {
			t.Errorf("a copy reads with %d", n)
		}
		_ = rows.Close()
	}
}

func TestTablesBesideAreReplicatedAtAPlaceOfTheirOwn(t *testing.T) {
	s := openHere(t, Config{})
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	schema := schemaOf(all)
	d := dialect{cluster: "pricewire", replicated: true}
	for _, table := range history.Tables() {
		of := tableName(table)
		name := of + besideSuffix + "0a1b2c"
		for i := range schema {
			if schema[i].name != of {
				continue
			}
			for j, text := range d.beside(&schema[i], name) {
				var formatted string
				if err := s.conn.QueryRow(t.Context(), "SELECT formatQuery(?)", text).Scan(&formatted); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				if !strings.Contains(formatted, " "+name+" ON CLUSTER pricewire") || strings.Contains(formatted, "{table}") || strings.Contains(formatted, of+" ") {
					t.Errorf("statement %d of %s is not for a table beside: %s", j+1, of, formatted)
				}
				if j == 0 && !strings.Contains(formatted, "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/"+name+"', '{replica}')") {
					t.Errorf("%s is not replicated at a place of its own: %s", of, formatted)
				}
			}
		}
	}
}

// What migrations say of a table makes, on one server, the same as a copy of its definition does.
func TestTablesBesideAreOfTheSameShape(t *testing.T) {
	s := openHere(t, Config{})
	all, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	schema := schemaOf(all)
	for i := range schema {
		of := &schema[i]
		if of.view || !strings.HasSuffix(of.name, "_store") {
			continue
		}
		name := of.name + besideSuffix + "0a1b2c"
		for _, text := range (dialect{}).beside(of, name) {
			if err := s.conn.Exec(t.Context(), text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		there, err := s.definitions(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		if got, want := strings.ReplaceAll(there[name], name, of.name), there[of.name]; got != want {
			t.Errorf("%s\nis not\n%s", got, want)
		}
	}
}

func TestACopyWithoutExceptionsCopiesEverything(t *testing.T) {
	s := openHere(t, Config{})
	if err := s.conn.Exec(t.Context(), "INSERT INTO rejects_store (subject, stream, seq, row) SELECT 's', arrayJoin(['a@1', 'b@1']), 1, 0"); err != nil {
		t.Fatal(err)
	}
	made, err := s.Beside(t.Context(), []history.Table{history.TableRejects})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = made.Drop(t.Context()) }()
	if err := made.Copy(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	for _, stream := range []string{"a@1", "b@1"} {
		if n, err := made.Stored(t.Context(), history.TableRejects, stream, 1, 1); err != nil || n != 1 {
			t.Errorf("%d rows of %s, %v", n, stream, err)
		}
	}
}

func TestRatesThatShareAKeyAreFound(t *testing.T) {
	s := openHere(t, Config{})
	insert := func(meter string, sequence int) {
		t.Helper()
		const text = "INSERT INTO rate_changes_store (key, meter_id, currency, stream, seq, row) SELECT 7, ?, 'USD', 'RATES_USD@1', ?, 0"
		if err := s.conn.Exec(t.Context(), text, meter, sequence); err != nil {
			t.Fatal(err)
		}
	}
	insert("a", 1)
	insert("a", 2)
	if found, err := s.InspectKeys(t.Context()); err != nil || len(found) != 0 {
		t.Errorf("one rate: %+v, %v", found, err)
	}
	insert("b", 3)
	found, err := s.InspectKeys(t.Context())
	if err != nil || len(found) != 1 || found[0].Kind != history.FindingShared || found[0].First != 3 || found[0].Rows != 3 || found[0].Stream != "RATES_USD@1" {
		t.Errorf("two rates: %+v, %v", found, err)
	}
}
