package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	embedded "github.com/pricewire/pricewire/pkg/embedded/clickhouse"
	"github.com/pricewire/pricewire/pkg/embedded/clickhouse/clickhousetest"
	history "github.com/pricewire/pricewire/pkg/history/clickhouse"
	"github.com/pricewire/pricewire/services/deploy"
)

func TestMain(m *testing.M) { os.Exit(clickhousetest.Main(m)) }

const clickhouseDir = "../../deployments/clickhouse"

func users(t *testing.T) element {
	t.Helper()
	return parseXML(t, clickhouseDir+"/users.d/pricewire.xml")
}

func grants(t *testing.T, users element, name string) []string {
	t.Helper()
	var list []string
	for _, q := range users.at(t, "users", name, "grants").Children {
		list = append(list, q.text())
	}
	return list
}

// schema returns the names of views and of tables that the migrations make, and the statements that make them.
func schema(t *testing.T) (views, tables, statements []string) {
	t.Helper()
	files, err := filepath.Glob("../../pkg/history/clickhouse/migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	created := regexp.MustCompile(`^CREATE (?:OR REPLACE )?(VIEW|TABLE) (?:IF NOT EXISTS )?(\w+)`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for statement := range strings.SplitSeq(string(text), ";\n") {
			var lines []string
			for line := range strings.SplitSeq(statement, "\n") {
				if !strings.HasPrefix(line, "--") {
					lines = append(lines, line)
				}
			}
			statement = strings.TrimSpace(strings.Join(lines, "\n"))
			if statement == "" {
				continue
			}
			statements = append(statements, statement)
			if m := created.FindStringSubmatch(statement); m != nil && m[1] == "VIEW" {
				views = append(views, m[2])
			} else if m != nil {
				tables = append(tables, m[2])
			}
		}
	}
	slices.Sort(views)
	return slices.Compact(views), tables, statements
}

func TestAnalystsReadEveryViewAndNothingElse(t *testing.T) {
	views, tables, _ := schema(t)
	if len(views) < 20 || len(tables) < 10 {
		t.Fatalf("%d views and %d tables; the test looks at the wrong schema", len(views), len(tables))
	}
	names, err := history.AnalystViews()
	if err != nil || !slices.Equal(slices.Sorted(slices.Values(names)), views) {
		t.Errorf("embedded, analysts read %v, %v; want %v", names, err, views)
	}
	for user, databases := range map[string][]string{"analyst": {"pricewire_erp"}, "analyst_cost": {"pricewire", "pricewire_erp"}} {
		var want []string
		for _, database := range databases {
			for _, v := range views {
				want = append(want, "GRANT SELECT ON "+database+"."+v)
			}
		}
		got := grants(t, users(t), user)
		for _, g := range want {
			if !slices.Contains(got, g) {
				t.Errorf("%s lacks %s: the schema has that view", user, g)
			}
		}
		for _, g := range got {
			if !slices.Contains(want, g) {
				t.Errorf("%s has %s, which is not a view of the schema", user, g)
			}
		}
		if profile := users(t).at(t, "users", user, "profile").text(); profile != "analyst" {
			t.Errorf("%s asks within the limits of %s", user, profile)
		}
	}
}

func TestTheWriterMayMakeTheSchemaAndTouchNoOtherDatabase(t *testing.T) {
	may := strings.Join(grants(t, users(t), "writer"), "\n")
	for _, g := range grants(t, users(t), "writer") {
		if !strings.HasSuffix(g, " ON pricewire.*") && !strings.HasSuffix(g, " ON pricewire_erp.*") && !strings.HasPrefix(g, "GRANT SELECT ON system.") {
			t.Errorf("%s reaches beyond the database", g)
		}
	}
	_, _, statements := schema(t)
	needs := []struct{ prefix, privilege string }{
		{"CREATE DATABASE", "CREATE DATABASE"},
		{"CREATE TABLE", "CREATE TABLE"},
		{"CREATE VIEW", "CREATE VIEW"},
		{"CREATE OR REPLACE VIEW", "DROP VIEW"},
		{"ALTER TABLE", "ALTER TABLE"},
		{"INSERT", "INSERT"},
		{"RENAME", "DROP TABLE"},
		{"EXCHANGE", "DROP TABLE"},
		{"DROP TABLE", "DROP TABLE"},
		{"DROP VIEW", "DROP VIEW"},
	}
	for _, s := range statements {
		i := slices.IndexFunc(needs, func(n struct{ prefix, privilege string }) bool { return strings.HasPrefix(s, n.prefix) })
		if i < 0 {
			t.Errorf("nobody said what a writer needs for %.60s", s)
		} else if !strings.Contains(may, needs[i].privilege) {
			t.Errorf("the writer lacks %s for %.60s", needs[i].privilege, s)
		}
	}
	if got := users(t).at(t, "profiles", "writer", "default_normal_view_sql_security").text(); got != "DEFINER" {
		t.Errorf("views read with the rights of %s: analysts would need rights on tables", got)
	}
	// Without this word the server lets such a view read with the rights of who asks, whatever the profile says.
	if got := parseXML(t, clickhouseDir+"/config.d/pricewire.xml").at(t, "ignore_empty_sql_security_in_create_view_query").text(); got != "0" {
		t.Errorf("the profile's word on views is ignored: %s", got)
	}
	if got := grants(t, users(t), "reader"); !slices.Equal(got, []string{"GRANT SHOW, SELECT ON pricewire.*"}) {
		t.Errorf("the reader may %v", got)
	}
}

func TestInAClusterTheWriterHasTheSameRightsAndThatOfStatementsForAll(t *testing.T) {
	cluster := parseXML(t, clickhouseDir+"/cluster/writer-cluster.xml")
	want := append([]string{"GRANT CLUSTER ON *.*"}, grants(t, users(t), "writer")...)
	if got := grants(t, cluster, "writer"); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// The server reads the files of a folder in order of their names, and the last word counts: the port that replicas need is taken away before.
	replicas := parseXML(t, clickhouseDir+"/cluster/replicas.xml")
	if replicas.at(t, "interserver_http_port").text() == "" {
		t.Error("replicas have no port for each other")
	}
	files, err := filepath.Glob(clickhouseDir + "/cluster/*.xml")
	if err != nil || len(files) < 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		if name := filepath.Base(file); name != "keeper.xml" && name < "pricewire.xml" {
			t.Errorf("what %s says is taken back by pricewire.xml", name)
		}
	}
	if name := replicas.at(t, "macros", "cluster").text(); name != replicas.at(t, "remote_servers").Children[0].name() {
		t.Errorf("the macro names cluster %s, and there is none", name)
	}
}

func TestNobodyReachesClickHouseUnasked(t *testing.T) {
	root := users(t)
	dir := t.TempDir()
	if err := (deploy.Secrets{Dir: dir}).Make(nil); err != nil {
		t.Fatal(err)
	}
	passwords := parseXML(t, filepath.Join(dir, "clickhouse-users.xml")).at(t, "users")
	var names []string
	for _, u := range root.at(t, "users").Children {
		if u.name() == "default" {
			if u.attribute("remove") == "" {
				t.Error("the default user is there")
			}
			continue
		}
		names = append(names, u.name())
		if len(u.at(t, "networks").Children) == 0 {
			t.Errorf("%s comes from anywhere", u.name())
		}
		for _, n := range u.at(t, "networks").Children {
			if n.name() != "ip" || n.text() == "::/0" || n.text() == "0.0.0.0/0" {
				t.Errorf("%s comes from %s", u.name(), n.text())
			}
		}
		root.at(t, "profiles", u.at(t, "profile").text())
		root.at(t, "quotas", u.at(t, "quota").text())
		if hash := passwords.at(t, u.name(), "password_sha256_hex").text(); len(hash) != 64 {
			t.Errorf("%s has password %s", u.name(), hash)
		}
	}
	if len(passwords.Children) != len(names) {
		t.Errorf("passwords of %d users, but there are %v", len(passwords.Children), names)
	}
	config := parseXML(t, clickhouseDir+"/config.d/pricewire.xml")
	for _, port := range []string{"mysql_port", "postgresql_port", "interserver_http_port"} {
		if config.at(t, port).attribute("remove") == "" {
			t.Errorf("%s is open", port)
		}
	}
	if config.at(t, "user_directories").attribute("replace") == "" {
		t.Error("users may be made by SQL")
	}
}

// TestLimitsOfReadersCannotBeLifted: a limit that a session may set to 0 is none.
func TestLimitsOfReadersCannotBeLifted(t *testing.T) {
	root := users(t)
	for profile, c := range map[string]struct {
		readonly string
		limits   []string
	}{
		"reader": {"2", []string{"max_memory_usage", "max_execution_time"}},
		"analyst": {"1", []string{
			"max_memory_usage", "max_memory_usage_for_user", "max_execution_time", "max_rows_to_read", "max_result_rows", "max_result_bytes",
			"max_concurrent_queries_for_user", "max_threads",
		}},
	} {
		p := root.at(t, "profiles", profile)
		if got := p.at(t, "readonly").text(); got != c.readonly {
			t.Errorf("%s is readonly %s: he may write, or may not set what clients set", profile, got)
		}
		for _, limit := range c.limits {
			value := number(t, p.at(t, limit))
			bound, may := p.child("constraints", limit)
			if !may && c.readonly == "1" {
				continue
			}
			if least, most := number(t, bound.at(t, "min")), number(t, bound.at(t, "max")); least < 1 || value < least || value > most {
				t.Errorf("%s of %s is %d and may be set from %d to %d", limit, profile, value, least, most)
			}
		}
	}
}

// TestAnalystsSetNothingThatHoldsBehindAView: what is not said to be theirs cannot be set, and what is said is what the embedded engine's readers
// may set, limits within their bounds, and how answers are compressed on their way.
func TestAnalystsSetNothingThatHoldsBehindAView(t *testing.T) {
	limits := []string{"max_memory_usage", "max_execution_time", "max_rows_to_read", "max_result_rows", "max_result_bytes", "max_threads", "max_block_size"}
	want := slices.Concat(limits, embedded.FreeSettings(), []string{"network_compression_method", "network_zstd_compression_level"})
	var got []string
	for _, s := range users(t).at(t, "profiles", "analyst", "constraints").Children {
		got = append(got, s.name())
		if _, may := s.child("changeable_in_readonly"); !may {
			t.Errorf("%s cannot be set: clients set it", s.name())
		}
		_, least := s.child("min")
		if _, most := s.child("max"); slices.Contains(limits, s.name()) != (least && most) {
			t.Errorf("%s is a limit and has no bounds, or is none and has", s.name())
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("analysts may set %v, want %v", got, want)
	}
	// Without this word the server refuses such a profile.
	if got := parseXML(t, clickhouseDir+"/config.d/pricewire.xml").at(t, "access_control_improvements", "settings_constraints_replace_previous").text(); got != "true" {
		t.Errorf("settings_constraints_replace_previous is %s", got)
	}
}

func number(t *testing.T, e element) int64 {
	t.Helper()
	n, err := strconv.ParseInt(e.text(), 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", e.name(), err)
	}
	return n
}

// systemLogs are the logs that the server can keep of itself, by their elements.
func systemLogs() []string {
	return []string{
		"aggregated_zookeeper_log", "asynchronous_insert_log", "asynchronous_metric_log", "background_schedule_pool_log", "backup_log", "blob_storage_log",
		"crash_log", "dead_letter_queue", "delta_lake_metadata_log", "error_log", "filesystem_cache_log", "filesystem_read_prefetches_log",
		"iceberg_metadata_log", "latency_log", "metric_log", "opentelemetry_span_log", "part_log", "processors_profile_log", "query_log",
		"query_metric_log", "query_thread_log", "query_views_log", "s3queue_log", "session_log", "text_log", "trace_log", "transactions_info_log",
		"transposed_metric_log", "zookeeper_connection_log", "zookeeper_log",
	}
}

func TestNoSystemLogGrowsWithoutEnd(t *testing.T) {
	logs := parseXML(t, clickhouseDir+"/config.d/system-logs.xml")
	for _, name := range systemLogs() {
		l := logs.at(t, name)
		if l.attribute("remove") != "" {
			continue
		}
		if l.attribute("replace") == "" || !strings.Contains(l.at(t, "engine").text(), "TTL event_date + INTERVAL") {
			t.Errorf("%s is kept for ever", name)
		}
		if _, split := l.child("partition_by"); split {
			t.Errorf("%s has both an engine and parts of one, which the server refuses", name)
		}
	}
	logger := parseXML(t, clickhouseDir+"/config.d/pricewire.xml").at(t, "logger")
	if logger.at(t, "log").attribute("remove") == "" || logger.at(t, "errorlog").attribute("remove") == "" {
		t.Error("the server writes log files beside the data")
	}
}

// TestTheEngineKnowsWhatTheConfigurationNames asks the engine of the same version, which has no users of its own but the same words.
func TestTheEngineKnowsWhatTheConfigurationNames(t *testing.T) {
	conn := clickhousetest.Connect(t)
	root := users(t)
	for _, name := range []string{"writer", "reader", "analyst", "analyst_cost", "operator"} {
		for _, g := range grants(t, root, name) {
			var formatted string
			if err := conn.QueryRow(t.Context(), "SELECT formatQuerySingleLine("+quote(g+" TO "+name)+")").Scan(&formatted); err != nil {
				t.Errorf("%s: %v", g, err)
			}
		}
	}
	cluster := parseXML(t, clickhouseDir+"/cluster/writer-cluster.xml")
	for _, profile := range append(root.at(t, "profiles").Children, cluster.at(t, "profiles").Children...) {
		settings := profile.Children
		if constraints, ok := profile.child("constraints"); ok {
			settings = append(settings, constraints.Children...)
		}
		for _, s := range settings {
			if s.name() == "constraints" {
				continue
			}
			var known uint64
			if err := conn.QueryRow(t.Context(), "SELECT count() FROM system.settings WHERE name = "+quote(s.name())).Scan(&known); err != nil {
				t.Fatal(err)
			}
			if known != 1 {
				t.Errorf("there is no setting %s", s.name())
			}
		}
	}
	var unknown string
	if err := conn.QueryRow(t.Context(), "SELECT formatQuerySingleLine('GRANT DANCE ON pricewire.* TO writer')").Scan(&unknown); err == nil {
		t.Error("the engine takes any privilege: the test proves nothing")
	}
	for _, name := range []string{"query_log", "error_log"} {
		engine := parseXML(t, clickhouseDir+"/config.d/system-logs.xml").at(t, name, "engine").text()
		engine = strings.TrimPrefix(engine, "ENGINE = ")
		if err := conn.Exec(t.Context(), "CREATE TABLE "+name+" (event_date Date, event_time DateTime) ENGINE = "+engine); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `\'`) + "'" }
