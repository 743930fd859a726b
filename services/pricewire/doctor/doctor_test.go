package doctor

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsjetstream "github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sys/unix"

	"github.com/pricewire/pricewire/pkg/embedded/nats/natstest"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/pricewire/connect"
	"github.com/pricewire/pricewire/services/pricewire/remote"
)

// now is the real time of these tests.
func now() time.Time { return time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) }

// patient is one of whom nothing but a server is known.
func patient(base string) Patient {
	p := Patient{Version: "v1", Server: &remote.Server{Base: base, HTTP: http.DefaultClient}, Named: true, Data: "/nowhere/at/all", Servers: connect.Default(), Now: now}
	p.Servers.NATS.URL, p.Servers.ClickHouse.DSN = "", ""
	return p
}

// find returns the findings of a part and check.
func find(all []Finding, part, check string) []Finding {
	var some []Finding
	for _, f := range all {
		if f.Part == part && f.Check == check {
			some = append(some, f)
		}
	}
	return some
}

// one returns the only finding of a part and check, and makes sure that it has a cure where it needs one.
func one(t *testing.T, all []Finding, part, check string) Finding {
	t.Helper()
	some := find(all, part, check)
	if len(some) != 1 {
		t.Fatalf("%s %s: %d findings in %+v", part, check, len(some), all)
	}
	if (some[0].State == Fine) != (some[0].Cure == "") && some[0].State != Skipped {
		t.Errorf("%+v", some[0])
	}
	return some[0]
}

// answers serves a text by path; a status stands before it where it is not 200.
func answers(t *testing.T, texts map[string]string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := texts[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		var status int
		if n, _ := fmt.Sscanf(text, "%d ", &status); n == 1 {
			w.WriteHeader(status)
			_, text, _ = strings.Cut(text, " ")
		}
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// healthy is what a server answers that is well, with some answers otherwise.
func healthy(otherwise map[string]string) map[string]string {
	all := map[string]string{
		"/livez": "alive\n", "/readyz": "ready\n", "/version": `{"version":"v1"}`,
		"/v1/status": `{"now":"2026-11-27T12:00:00Z","simulated":false,"streams":[{"name":"PRICES","last":7,"lag":0}],"alarms":[]}`,
	}
	for path, text := range otherwise {
		all[path] = text
	}
	return all
}

func TestAServerThatIsWellIsFoundWell(t *testing.T) {
	all := Examine(t.Context(), patient(answers(t, healthy(nil))))
	for _, f := range all {
		if f.Part == "server" && f.State != Fine {
			t.Errorf("%+v", f)
		}
	}
	if Count(all)[Away] != 0 || len(find(all, "server", "address")) != 1 || one(t, all, "nats", "address").State != Skipped {
		t.Errorf("%+v", all)
	}
}

func TestWhatIsWrongWithAServerIsSaidWithWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		otherwise          map[string]string
		check, says, cures string
		state              State
	}{
		"another program":  {map[string]string{"/livez": "404 "}, "address", "answers 404", "--server", Wrong},
		"another version":  {map[string]string{"/version": `{"version":"v2"}`}, "version", "it is v2, and this program is v1", "same version", Warning},
		"no version":       {map[string]string{"/version": `<html>`}, "version", "does not say", "--server", Wrong},
		"not ready":        {map[string]string{"/readyz": "503 NATS is not well\n"}, "ready", "NATS is not well", "log", Wrong},
		"nobody believed":  {map[string]string{"/v1/status": `401 {"detail":"say who you are","hint":"give a token"}`}, "access", "say who you are", "give a token", Wrong},
		"a clock behind":   {map[string]string{"/v1/status": `{"now":"2026-11-27T11:00:00Z"}`}, "clock", "1h0m0s behind", "NTP", Warning},
		"a clock ahead":    {map[string]string{"/v1/status": `{"now":"2026-11-27T12:01:00Z"}`}, "clock", "1m0s ahead of", "NTP", Warning},
		"simulated time":   {map[string]string{"/v1/status": `{"now":"2031-01-01T00:00:00Z","simulated":true}`}, "clock", "simulated, 2031", "", Fine},
		"somebody":         {map[string]string{"/v1/whoami": `{"name":"alice","roles":["reader","editor"],"cost":true}`}, "access", "alice: reader, editor, and sees what the partner pays", "", Fine},
		"an alarm":         {map[string]string{"/v1/status": `{"now":"2026-11-27T12:00:00Z","alarms":["tables stand still"]}`}, "alarm", "tables stand still", "pricewire status", Wrong},
		"tables a bit off": {map[string]string{"/v1/status": `{"now":"2026-11-27T12:00:00Z","streams":[{"name":"PRICES","lag":7}]}`}, "lag", "PRICES by 7", "", Fine},
		"tables far off":   {map[string]string{"/v1/status": `{"now":"2026-11-27T12:00:00Z","streams":[{"name":"PRICES","lag":70000}]}`}, "lag", "PRICES by 70000", "log", Warning},
	} {
		t.Run(name, func(t *testing.T) {
			f := one(t, Examine(t.Context(), patient(answers(t, healthy(c.otherwise)))), "server", c.check)
			if f.State != c.state || !strings.Contains(f.Says, c.says) || !strings.Contains(f.Cure, c.cures) {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestAServerThatIsAwayIsToldFromOneThatIsWrong(t *testing.T) {
	for base, cure := range map[string]string{
		"http://127.0.0.1:1": "pricewire up", "nonsense": "http://HOST:PORT", "ftp://127.0.0.1": "http://HOST:PORT", "https" + strings.TrimPrefix(answers(t, healthy(nil)), "http"): "http://",
	} {
		all := Examine(t.Context(), patient(base))
		if f := one(t, all, "server", "address"); f.State != Away || !strings.Contains(f.Cure, cure) || Count(all)[Away] != 1 {
			t.Errorf("%s: %+v", base, f)
		}
	}
}

func TestTheEnvironmentIsReadAndItsSecretsAreNotShown(t *testing.T) {
	p := patient("http://user:hunter3@127.0.0.1:1")
	p.Variables = []string{"PRICEWIRE_MARKET", "PRICEWIRE_NATS_PASSWORD"}
	p.Environment = []string{"PRICEWIRE_MARKT=hunter1", "PRICEWIRE_NATS_PASSWORD=hunter2", "HOME=/root", "PRICEWIRE_ZZZZZZ=1"}
	all := Examine(t.Context(), p)
	text, err := json.Marshal(all)
	if err != nil || strings.Contains(string(text), "hunter") {
		t.Errorf("%v: %s", err, text)
	}
	found := find(all, "client", "environment")
	if len(found) != 3 || found[0].State != Warning || !strings.Contains(found[0].Cure, "PRICEWIRE_MARKET?") || found[2].State != Fine {
		t.Errorf("%+v", found)
	}
}

func TestTheDataFolderIsLookedAtWithoutTouchingIt(t *testing.T) {
	dir := t.TempDir()
	look := func(named bool, path string) []Finding {
		p := patient("http://127.0.0.1:1")
		p.Data, p.DataNamed, p.Named = path, named, false
		return Examine(t.Context(), p)
	}
	if f := one(t, look(false, filepath.Join(dir, "none")), "data", "folder"); f.State != Skipped {
		t.Errorf("%+v", f)
	}
	if f := one(t, look(true, filepath.Join(dir, "none")), "data", "folder"); f.State != Warning || !strings.Contains(f.Cure, "pricewire up --data") {
		t.Errorf("%+v", f)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if f := one(t, look(true, file), "data", "folder"); f.State != Wrong {
		t.Errorf("%+v", f)
	}
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	all := look(true, data)
	if one(t, all, "data", "rights").State != Fine || one(t, all, "data", "process").State != Skipped || len(find(all, "data", "disk")) == 0 {
		t.Errorf("%+v", all)
	}
	if entries, _ := os.ReadDir(data); len(entries) > 0 {
		t.Errorf("it left %v", entries)
	}
	if err := os.Chmod(data, 0o755); err != nil {
		t.Fatal(err)
	}
	if f := one(t, look(true, data), "data", "rights"); f.State != Warning || !strings.Contains(f.Cure, "chmod 700") {
		t.Errorf("%+v", f)
	}
}

func TestAServerOnThisMachineIsFoundByItsFolder(t *testing.T) {
	data := t.TempDir()
	if err := os.Chmod(data, 0o700); err != nil {
		t.Fatal(err)
	}
	p := patient("http://127.0.0.1:1")
	p.Data, p.DataNamed, p.Named = data, true, false
	write := func(text string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(data, "endpoints.json"), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	text, _ := json.Marshal(endpoints{answers(t, healthy(nil)), "nats://pricewire:hunter2@127.0.0.1:1", "clickhouse://pricewire:hunter2@127.0.0.1:1/pricewire", os.Getpid()})
	write(string(text), 0o600)
	all := Examine(t.Context(), p)
	if one(t, all, "server", "address").State != Fine || one(t, all, "data", "process").State != Fine || one(t, all, "nats", "address").State != Wrong || one(t, all, "clickhouse", "address").State != Wrong {
		t.Errorf("%+v", all)
	}
	if shown, _ := json.Marshal(all); strings.Contains(string(shown), "hunter2") {
		t.Errorf("a password is shown: %s", shown)
	}
	p.Named = true // what was named is not replaced
	if f := one(t, Examine(t.Context(), p), "server", "address"); f.State != Away {
		t.Errorf("%+v", f)
	}
	for broken, says := range map[string]string{"{": "no JSON", `{"http":"http://127.0.0.1:1","pid":2147483600}`: "was killed"} {
		write(broken, 0o600)
		if f := one(t, Examine(t.Context(), p), "data", "process"); f.State == Fine || !strings.Contains(f.Says, says) {
			t.Errorf("%s: %+v", broken, f)
		}
	}
	if err := os.Chmod(filepath.Join(data, "endpoints.json"), 0o644); err != nil {
		t.Fatal(err)
	}
	if f := one(t, Examine(t.Context(), p), "data", "rights"); f.State != Wrong || !strings.Contains(f.Cure, "chmod 600") {
		t.Errorf("%+v", f)
	}
}

func TestAFolderThatIsHeldWhileNobodyIsReadyIsSaid(t *testing.T) {
	data := t.TempDir()
	lock, err := os.Create(filepath.Join(data, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	p := patient("http://127.0.0.1:1")
	p.Data, p.DataNamed = data, true
	if f := one(t, Examine(t.Context(), p), "data", "process"); f.State != Warning || !strings.Contains(f.Says, fmt.Sprint("process ", os.Getpid())) {
		t.Errorf("%+v", f)
	}
}

func TestRoomIsJudgedByWhatIsLeft(t *testing.T) {
	for free, want := range map[uint64]State{500 << 20: Wrong, 5 << 30: Warning, 50 << 30: Fine} {
		r := &report{part: "data"}
		if judgeRoom(r, "disk", "", free, 500<<30); r.findings[0].State != want {
			t.Errorf("%d: %+v", free, r.findings)
		}
	}
	r := &report{part: "data"}
	if judgeRoom(r, "disk", "", 5<<30, 8<<30); r.findings[0].State != Fine {
		t.Errorf("a small disk that is nearly empty: %+v", r.findings)
	}
}

func TestStreamsThatLoseWhatTheyMustKeepAreFound(t *testing.T) {
	srv := natstest.Serve(t)
	js := natstest.Connect(t, srv)
	p := patient("http://127.0.0.1:1")
	p.Servers.NATS.URL = srv.URL()
	all := Examine(t.Context(), p)
	if f := one(t, all, "nats", "stream"); f.State != Warning || !strings.Contains(f.Says, "no stream PRICES") {
		t.Errorf("%+v", f)
	}
	for _, d := range []stream.Declaration{stream.PricesDeclaration(), stream.RatesDeclaration("USD")} {
		cfg := natsjetstream.StreamConfig{Name: d.Name, Subjects: d.Subjects, MaxAge: time.Hour, AllowAtomicPublish: true}
		if _, err := js.CreateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	all = Examine(t.Context(), p)
	found := find(all, "nats", "stream")
	if len(found) != 2 || found[0].State != Wrong || !strings.Contains(found[1].Says, "max_age is 1h0m0s, not 0s") || !strings.Contains(found[1].Says, "deny_purge is false, not true") {
		t.Errorf("%+v", found)
	}
	if one(t, all, "nats", "batches").State != Fine || one(t, all, "nats", "version").State != Fine || one(t, all, "nats", "room").State != Fine {
		t.Errorf("%+v", all)
	}
}

func TestAnEngineIsFoundWithItsVersion(t *testing.T) {
	dir := t.TempDir()
	library := filepath.Join(dir, "libchdb.so")
	p := patient("http://127.0.0.1:1")
	if p.Engine = library; one(t, p.engine(), "engine", "library").State != Warning {
		t.Error("there is none")
	}
	for name, text := range map[string]string{library: "x", filepath.Join(dir, "package.json"): `{"version":"26.7.3-stable.1"}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if f := one(t, p.engine(), "engine", "library"); f.State != Fine || !strings.Contains(f.Says, "26.7.3-stable.1") {
		t.Errorf("%+v", f)
	}
}
