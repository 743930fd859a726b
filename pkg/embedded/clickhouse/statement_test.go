package clickhouse

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStatementsAreSortedByHowTheEngineIsAsked(t *testing.T) {
	for text, want := range map[string]statement{
		"SELECT 1":                                    {kind: selectStatement, text: "SELECT 1"},
		"  /* a /* b */ */ select 1 ; ;":              {kind: selectStatement, text: "  /* a /* b */ */ select 1"},
		"SELECT ';' -- ; two\n":                       {kind: selectStatement, text: "SELECT ';'"},
		"(SELECT 1) UNION ALL SELECT 2":               {kind: selectStatement, text: "(SELECT 1) UNION ALL SELECT 2"},
		"WITH 1 AS x SELECT x":                        {kind: selectStatement, text: "WITH 1 AS x SELECT x"},
		"SELECT 1 FORMAT JSON":                        {kind: selectStatement, text: "SELECT 1 "},
		"SELECT 1 FORMAT JSON SETTINGS a=1":           {kind: selectStatement, text: "SELECT 1  SETTINGS a=1"},
		"SELECT x AS format FROM t":                   {kind: selectStatement, text: "SELECT x AS format FROM t"},
		"SELECT $tag$ ; ' $tag$, 1":                   {kind: selectStatement, text: "SELECT $tag$ ; ' $tag$, 1"},
		"SET a = 1":                                   {kind: setStatement, text: "SET a = 1"},
		"CREATE TABLE t (a UInt8)":                    {kind: otherStatement, text: "CREATE TABLE t (a UInt8)"},
		"INSERT INTO t SELECT 1":                      {kind: otherStatement, text: "INSERT INTO t SELECT 1"},
		"INSERT INTO t (a) WITH 1 SELECT 1":           {kind: otherStatement, text: "INSERT INTO t (a) WITH 1 SELECT 1"},
		"INSERT INTO t (SELECT 1)":                    {kind: otherStatement, text: "INSERT INTO t (SELECT 1)"},
		"INSERT INTO t VALUES (1)":                    {kind: otherStatement, text: "INSERT INTO t VALUES (1)"},
		"INSERT INTO t FORMAT CSV 1,2":                {kind: otherStatement, text: "INSERT INTO t FORMAT CSV 1,2"},
		"INSERT INTO t FROM INFILE 'x'":               {kind: otherStatement, text: "INSERT INTO t FROM INFILE 'x'"},
		"INSERT INTO FUNCTION null('a UInt8') VALUES": {kind: otherStatement, text: "INSERT INTO FUNCTION null('a UInt8') VALUES"},
		"INSERT INTO t":                               {kind: insertStatement, text: "INSERT INTO t", target: "t"},
		"insert into table db.`a b` values":           {kind: insertStatement, text: "insert into table db.`a b`", target: "db.`a b`"},
		"INSERT INTO t (a, `b)`) FORMAT Native": {
			kind: insertStatement, text: "INSERT INTO t (a, `b)`)", target: "t", columns: "a, `b)`",
		},
		"INSERT INTO t (* EXCEPT(a)) SETTINGS async_insert = 0 VALUES;": {
			kind: insertStatement, text: "INSERT INTO t (* EXCEPT(a)) SETTINGS async_insert = 0", target: "t", columns: "* EXCEPT(a)",
		},
	} {
		got, err := parseStatement(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(statement{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestStatementsThatNoServerTakesAreRefused(t *testing.T) {
	for text, code := range map[string]int32{
		"":                               codeSyntaxError,
		" ; ":                            codeSyntaxError,
		"-- nothing":                     codeSyntaxError,
		"SELECT 1; DROP TABLE t":         codeSyntaxError,
		"SELECT 'a":                      codeSyntaxError,
		"SELECT 1 INTO OUTFILE '/tmp/x'": codeNotImplemented,
	} {
		_, err := parseStatement(text)
		if refusal, ok := errors.AsType[*exception](err); !ok || refusal.code != code {
			t.Errorf("%q: %v, want code %d", text, err, code)
		}
	}
}

func FuzzParseStatement(f *testing.F) {
	for _, seed := range []string{"SELECT 1", "INSERT INTO t (a) VALUES", "INSERT INTO a.b.", "INSERT INTO", "$a$", "'\\'", "((", "))", "/*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseStatement(text)
		if err == nil && s.kind == insertStatement && s.target == "" {
			t.Errorf("%q: an insert into nothing", text)
		}
	})
}
