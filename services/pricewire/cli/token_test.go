package cli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/access/memory"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/remote"
)

const madeToken = `{"id":"abcdefghijkl","name":"n","owner":"alice","roles":["reader"],"token":"pw_abcdefghijkl_secret"}`

func TestATokenIsShownOnceOrPutIntoAFileOfItsOwner(t *testing.T) {
	f := serve(t, madeToken)
	out, errs, code := invoke(t, "token", "create", "--name", "n", "--roles", "reader", "--server", f.URL)
	if code != exitOK || out != "pw_abcdefghijkl_secret\n" || !strings.Contains(errs, "shown once") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	file := filepath.Join(t.TempDir(), "x.token")
	out, errs, code = invoke(t, "token", "create", "--name", "n", "--roles", "reader", "--to", file, "-o", "json", "--server", f.URL)
	info, err := os.Stat(file)
	if code != exitOK || strings.Contains(out+errs, "secret") || err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("exit %d: %s%s, %v, %v", code, out, errs, info, err)
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "pw_abcdefghijkl_secret\n" {
		t.Errorf("%q, %v", data, err)
	}
	if _, errs, code := invoke(t, "token", "create", "--name", "n", "--roles", "reader", "--to", file, "--server", f.URL); code != exitUsage || !strings.Contains(errs, "is there already") {
		t.Errorf("exit %d: %s", code, errs)
	}
	f.status, f.answer = http.StatusForbidden, `{"type":"https://pricewire.dev/problems/forbidden","detail":"no","hint":"ask an operator"}`
	other := filepath.Join(t.TempDir(), "y.token")
	if _, errs, code := invoke(t, "token", "create", "--name", "n", "--roles", "reader", "--to", other, "--server", f.URL); code != exitRefused || !strings.Contains(errs, "ask an operator") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if _, err := os.Stat(other); err == nil {
		t.Error("a file without a token stays")
	}
}

func TestClientCommandsShowTheTokenOfTheFileOrTheEnvironment(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.token")
	if err := os.WriteFile(file, []byte("pw_file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var shown []string
	server := fakeHandler(t, func(w http.ResponseWriter, r *http.Request) {
		shown = append(shown, r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`{"name":"alice"}`))
	})
	t.Setenv(tokenVariable, "pw_environment")
	invoke(t, "whoami", "--server", server)
	invoke(t, "whoami", "--server", server, "--token-file", file)
	if strings.Join(shown, ",") != "Bearer pw_environment,Bearer pw_file" {
		t.Errorf("%v", shown)
	}
	for _, wrong := range []string{"", "two words", "two\nlines"} {
		t.Setenv(tokenVariable, wrong)
		if _, errs, code := invoke(t, "whoami", "--server", server); code != exitUsage || !strings.Contains(errs, "PRICEWIRE_TOKEN") {
			t.Errorf("%q: exit %d: %s", wrong, code, errs)
		}
	}
	if _, errs, code := invoke(t, "whoami", "--server", server, "--token-file", file+"x"); code != exitUsage || !strings.Contains(errs, "--token-file") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if len(shown) != 2 {
		t.Errorf("%d requests", len(shown))
	}
}

func TestATokenIsMadeBesideAServerAndWrittenDown(t *testing.T) {
	tokens, log, now := access.NewTokens(memory.NewStore()), memory.NewLog(), time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	ask := newToken{Name: "first", Roles: []string{"operator"}, Cost: true, ExpiresAt: "2026-12-01"}
	if _, err := made(t.Context(), tokens, log, access.Trusted("root"), ask, now); err != nil {
		t.Fatal(err)
	}
	ask.ExpiresAt = "2028-12-01"
	if _, err := made(t.Context(), tokens, log, access.Trusted("root"), ask, now); !fault.Is(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	records, err := log.List(t.Context(), 0, 10)
	if err != nil || len(records) != 4 || records[0].Outcome != "invalid" || records[2].Outcome != access.Done || records[2].Object == "" || records[2].Who != "root" {
		t.Errorf("%+v, %v", records, err)
	}
}

func TestDaysFromNowEndAToken(t *testing.T) {
	now := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{"90d": "2027-01-31T12:00:00Z", "2027-06-01": "2027-06-01"} {
		if got, err := ending(text, now); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"0d", "367d", "xd", "-1d"} {
		if _, err := ending(text, now); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func TestATokenIsNeverShownInErrors(t *testing.T) {
	s := remote.Server{Base: "http://127.0.0.1:1", Token: "pw_secret", HTTP: http.DefaultClient}
	if _, err := s.Get(t.Context(), "/", nil); err == nil || strings.Contains(err.Error(), "pw_secret") {
		t.Errorf("%v", err)
	}
}

// fakeHandler is a server that answers as a function does.
func fakeHandler(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL
}
