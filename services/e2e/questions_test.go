package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"
)

// pageQuestion is one of the page, in its three forms.
type pageQuestion struct {
	title, cli, http, sql string
	fields                []string // of the answers in JSON, in the order of the columns in SQL
	in                    string   // name of the list of answers, where it is none of the usual ones
	where, is             string   // only answers that have this field, or have it as this
}

// pageQuestions reads the page.
func pageQuestions(t *testing.T) []pageQuestion {
	t.Helper()
	page, err := os.ReadFile("../../docs/questions.md")
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile("(?s)## \\d+\\. (.*?)\n.*?<!-- compared: (.*?) -->.*?```sh\n(.*?)\n```.*?```http\nGET (.*?)\n```.*?```sql\n(.*?);\n```")
	var all []pageQuestion
	for _, m := range form.FindAllStringSubmatch(string(page), -1) {
		q := pageQuestion{title: m[1], cli: m[3], http: m[4], sql: m[5]}
		parts := strings.Split(m[2], "; ")
		q.fields = strings.Split(parts[0], ", ")
		for _, part := range parts[1:] {
			word, rest, _ := strings.Cut(part, " ")
			switch word {
			case "in":
				q.in = rest
			case "where":
				q.where, q.is, _ = strings.Cut(rest, "=")
			default:
				t.Fatalf("%s: %q says nothing", q.title, part)
			}
		}
		all = append(all, q)
	}
	return all
}

// TestTheTwentyQuestionsHaveOneAnswerInEveryForm runs the page against a server, and everything that is in the database as who may and who
// may not see it.
func TestTheTwentyQuestionsHaveOneAnswerInEveryForm(t *testing.T) {
	i := start(t, t.TempDir(), "--clock-start", "2026-12-10", "--clock-rate", "1", "--crawl-schedule", "0 0 1 1 *")
	tellTheExample(t, i)
	all := pageQuestions(t)
	if len(all) != 20 {
		t.Fatalf("%d questions are on the page", len(all))
	}
	conn := connect(t, i.AnalystCost)
	for _, q := range all {
		want := q.answers(t, []byte(i.ok(t, append(words(q.cli)[1:], "-o", "json")...)))
		status, body := i.get(t, q.http)
		raw, err := json.Marshal(body)
		if err != nil || status != 200 {
			t.Errorf("%s: GET %s: %d, %v", q.title, q.http, status, err)
			continue
		}
		if got := q.answers(t, raw); !slices.Equal(got, want) {
			t.Errorf("%s\nover HTTP: %v\non the command line: %v", q.title, got, want)
		}
		if got := rowsOf(t, conn, q.sql); !slices.Equal(got, want) {
			t.Errorf("%s\nin SQL: %v\non the command line: %v", q.title, got, want)
		}
		if len(want) == 0 {
			t.Errorf("%s: there is no answer", q.title)
		}
	}
	checkWhoSeesWhat(t, i)
}

// words takes a command line apart.
func words(line string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		all = append(all, m[1]+m[2])
	}
	return all
}

// answers reads the answers of a form in JSON, each as one text of the compared fields, in order of the texts.
func (q pageQuestion) answers(t *testing.T, raw []byte) []string {
	t.Helper()
	var whole map[string]any
	if err := json.Unmarshal(raw, &whole); err != nil {
		t.Fatalf("%s: %v in %.200s", q.title, err, raw)
	}
	list := []any{whole}
	for _, name := range []string{"items", "lines", q.in} { // a diff of releases has both
		if found, ok := whole[name].([]any); ok {
			list = found
		}
	}
	var all []string
	for _, answer := range list {
		if q.where != "" {
			if found := field(answer, q.where); found == "" || q.is != "" && found != q.is {
				continue
			}
		}
		texts := make([]string, len(q.fields))
		for i, name := range q.fields {
			texts[i] = field(answer, name)
		}
		all = append(all, strings.Join(texts, " | "))
	}
	slices.Sort(all)
	return all
}

// field finds what a path leads to, as a text that is the same in all forms.
func field(from any, path string) string {
	for name := range strings.SplitSeq(path, ".") {
		inside, ok := from.(map[string]any)
		if !ok {
			return ""
		}
		from = inside[name]
	}
	if from == nil {
		return ""
	}
	return alike(fmt.Sprint(from))
}

// alike writes numbers and instants in one way.
func alike(text string) string {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.UTC().Format(time.RFC3339Nano)
	}
	if d, err := decimal.NewFromString(text); err == nil && !strings.HasPrefix(text, "0000") {
		return d.String()
	}
	return text
}

// rowsOf runs a select and returns its rows as answers does.
func rowsOf(t *testing.T, conn driver.Conn, sql string) []string {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql)
	if err != nil {
		t.Errorf("%s: %v", sql, err)
		return nil
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		values := make([]any, len(rows.ColumnTypes()))
		for i, c := range rows.ColumnTypes() {
			values[i] = reflect.New(c.ScanType()).Interface()
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = shown(reflect.ValueOf(v).Elem())
		}
		all = append(all, strings.Join(texts, " | "))
	}
	if err := rows.Err(); err != nil {
		t.Errorf("%s: %v", sql, err)
	}
	slices.Sort(all)
	return all
}

// shown writes a value of ClickHouse as JSON has it.
func shown(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	switch x := v.Interface().(type) {
	case time.Time:
		if x.Year() == 2262 || x.Year() == 1900 { // open, always
			return ""
		}
		return alike(x.UTC().Format(time.RFC3339Nano))
	case decimal.Decimal:
		return alike(x.String())
	default:
		return alike(fmt.Sprint(x))
	}
}

// tellTheExample loads what the page asks of: snapshots of a few meters, lists of three months with a correction, and the sample's.
func tellTheExample(t *testing.T, i *instance) {
	t.Helper()
	dir := t.TempDir()
	i.ok(t, "rate", "backfill", exampleSnapshots(t), "--currency", "EUR", "--scope", "example-eur")
	for _, m := range [][2]string{{"2026-10", "2026-09-01"}, {"2026-11", "2026-10-01"}, {"2026-12", "2026-11-01"}} {
		month, published := m[0], m[1]
		sheet := filepath.Join(dir, month+".csv")
		if err := os.WriteFile(sheet, []byte(i.ok(t, "sample", "list", "--month", month, "--lines", "60")), 0o600); err != nil {
			t.Fatal(err)
		}
		id := "license-us-" + month + "-r1"
		i.ok(t, "release", "backfill", sheet, "--market", "US", "--effective", month+"-01", "--published", published+"T00:00:00Z", "--reason", "a list of the past", "--as", "alice")
		i.ok(t, "release", "submit", id, "--as", "alice")
		i.ok(t, "release", "approve", id, "--as", "bob")
	}
	correctTheExample(t, i, dir)
	eventually(t, "the sample's lists are public", func() error {
		for _, list := range []string{"license", "offers", "documents"} {
			if out := i.object(t, "release", "list", "--list", list); !strings.Contains(fmt.Sprint(out), "effective") || list == "license" && !strings.Contains(fmt.Sprint(out), "license-nz") {
				return fmt.Errorf("%s is not", list)
			}
		}
		return nil
	})
}

// correctTheExample changes one price of the list in force.
func correctTheExample(t *testing.T, i *instance, dir string) {
	t.Helper()
	whole := strings.SplitAfter(i.ok(t, "release", "export", "license-us-2026-12-r1"), "\n")
	if len(whole) < 4 || !strings.Contains(whole[2], "424.90") {
		t.Fatalf("the sample's list is another: %s", whole[2])
	}
	file := filepath.Join(dir, "correction.csv")
	if err := os.WriteFile(file, []byte(whole[0]+strings.Replace(whole[2], "424.90", "420.90", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	i.ok(t, "release", "correct", "license-us-2026-12-r1", file, "--kind", "delta", "--reason", "a price of another list", "--as", "alice")
	i.ok(t, "release", "submit", "license-us-2026-12-r2", "--as", "alice")
	i.ok(t, "release", "approve", "license-us-2026-12-r2", "--as", "bob")
}
