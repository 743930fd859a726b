package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse"
)

// The scripts run the program as people do, one process a command line. `run` notes what a command line said and its exit code in the file said,
// which the end of a script compares with what it should be; UPDATE=1 writes that anew.

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pricewire": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := Run(ctx, "v1.2.3", os.Args[1:], Streams{Out: os.Stdout, Err: os.Stderr})
		stop()
		os.Exit(code)
	}})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), UpdateScripts: updating(), RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			server := httptest.NewServer(http.HandlerFunc(shelf))
			env.Defer(server.Close)
			env.Setenv("PRICEWIRE_SERVER", server.URL)
			env.Setenv("PRICEWIRE_AS", "alice")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"run": run, "hold": hold},
	})
}

// run runs a command line and appends what it said to the file said.
func run(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: run program argument...")
	}
	code := 0
	err := ts.Exec(args[0], args[1:]...)
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		code = ended.ExitCode()
	} else {
		ts.Check(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "$ %s\n%s", strings.Join(quoted(args), " "), ts.ReadFile("stdout"))
	if talk := ts.ReadFile("stderr"); talk != "" {
		fmt.Fprintf(&b, "[talk]\n%s", talk)
	}
	fmt.Fprintf(&b, "[exit %d]\n\n", code)
	text := strings.NewReplacer(ts.Getenv("PRICEWIRE_SERVER"), "http://SERVER", ts.Getenv("WORK"), "WORK").Replace(b.String())
	text = regexp.MustCompile(`2026-09-20T[0-9:.]+Z`).ReplaceAllString(text, "2026-09-20T...Z") // when the simulated clock was there
	f, err := os.OpenFile(ts.MkAbs("said"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	_, err = f.WriteString(text)
	ts.Check(errors.Join(err, f.Close()))
}

func quoted(args []string) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		if arg == "" || strings.ContainsAny(arg, " '*>") {
			args[i] = "'" + arg + "'"
		}
	}
	return args
}

// serverOf takes from a data folder where its server is.
func serverOf(ts *testscript.TestScript, _ bool, args []string) {
	var endpoints struct{ HTTP string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(filepath.Join(args[0], "endpoints.json"))), &endpoints))
	ts.Setenv("PRICEWIRE_SERVER", endpoints.HTTP)
}

// TestScriptsAgainstAServer runs a server on the bundled sample, in simulated time, as a person does.
func TestScriptsAgainstAServer(t *testing.T) {
	engine, err := clickhouse.Locate("")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "real"), UpdateScripts: updating(), RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv(clickhouse.LibraryVariable, engine)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"run": run, "hold": hold, "server": serverOf, "until": until},
	})
}

// hold waits until a file is there.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	for range 600 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		<-time.After(100 * time.Millisecond)
	}
	ts.Fatalf("%s did not come", args[0])
}

// until runs a command line until what it says holds a text.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until text program argument...")
	}
	var err error
	for range 600 {
		if err = ts.Exec(args[1], args[2:]...); err == nil && strings.Contains(ts.ReadFile("stdout"), args[0]) {
			return
		}
		<-time.After(100 * time.Millisecond)
	}
	ts.Fatalf("%s was not said: %v", args[0], err)
}

// TestEveryCommandIsInAScript makes sure that what a command says is written down somewhere.
func TestEveryCommandIsInAScript(t *testing.T) {
	var lines []string
	for _, dir := range []string{"script", "real"} {
		files, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no scripts in %s: %v", dir, err)
		}
		for _, f := range files {
			lines = append(lines, strings.Split(text(t, f), "\n")...)
		}
	}
	for _, cmd := range leaves() {
		ran := slices.ContainsFunc(lines, func(line string) bool {
			line += " "
			return strings.HasPrefix(line, "run "+cmd.CommandPath()+" ") || strings.HasPrefix(line, "exec "+cmd.CommandPath()+" ")
		})
		if !ran {
			t.Errorf("%s is in no script of testdata", cmd.CommandPath())
		}
	}
}
