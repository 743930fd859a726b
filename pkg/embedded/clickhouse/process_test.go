package clickhouse_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	embedded "github.com/pricewire/pricewire/pkg/embedded/clickhouse"
)

// child starts the test binary in a role.
func child(t *testing.T, role string, args ...string) *exec.Cmd {
	t.Helper()
	library, err := embedded.Locate("")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, embedded.LibraryVariable+"="+library)
	cmd.Dir = t.TempDir()
	return cmd
}

// play runs a role to its end, which must be a good one, and returns what it wrote.
func play(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	return string(out)
}

// serving starts a server process and returns its data source name.
func serving(t *testing.T, dir string) (cmd *exec.Cmd, dsn string, out *bufio.Reader) {
	t.Helper()
	return servingAs(t, "serve", dir)
}

// servingAs starts a server process in one of the roles that serve.
func servingAs(t *testing.T, role, dir string) (cmd *exec.Cmd, dsn string, out *bufio.Reader) {
	t.Helper()
	cmd = child(t, role, dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if stderr.Len() > 0 {
			t.Errorf("the engine wrote to standard error:\n%s", stderr.String())
		}
	})
	out = bufio.NewReader(pipe)
	line, err := out.ReadString('\n')
	if !strings.HasPrefix(line, "dsn ") {
		t.Fatalf("child says %q, %v", line, err)
	}
	return cmd, strings.TrimSpace(strings.TrimPrefix(line, "dsn ")), out
}

func TestSignalsReachTheProcessAndItEndsWell(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			cmd, _, out := serving(t, t.TempDir())
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(out)
			if want := "signal " + signal.String() + "\n"; string(rest) != want || err != nil {
				t.Errorf("child says %q, want %q: %v", rest, want, err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("exit: %v", err)
			}
		})
	}
}

func TestAcknowledgedRowsSurviveKill(t *testing.T) {
	dir := t.TempDir()
	const rounds, rows = 3, 10_000
	for round := range uint64(rounds) {
		cmd, dsn, _ := serving(t, dir)
		conn := connect(t, dsn, true)
		execute(t, conn, `CREATE TABLE IF NOT EXISTS t (id UInt64, name LowCardinality(String), text String, price Decimal(38, 18)) ENGINE = MergeTree
			ORDER BY id SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 100`)
		checkRows(t, conn, round*rows)
		ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": fmt.Sprint(round)}))
		insertRows(t, conn, ctx, round*rows, (round+1)*rows)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	cmd, dsn, _ := serving(t, dir)
	conn := connect(t, dsn, true)
	checkRows(t, conn, rounds*rows)
	// A token is remembered over the kill: repeating the last insert changes nothing.
	ctx := clickhouse.Context(context.Background(), clickhouse.WithSettings(clickhouse.Settings{"insert_deduplication_token": fmt.Sprint(rounds - 1)}))
	insertRows(t, conn, ctx, (rounds-1)*rows, rounds*rows)
	checkRows(t, conn, rounds*rows)
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
}

func TestAFolderIsUsedByOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	serving(t, dir)
	out, err := child(t, "serve", dir).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another process uses the folder "+dir) {
		t.Errorf("second process: %v\n%s", err, out)
	}
}

func TestAProcessExitsWellHoweverItLeavesTheEngine(t *testing.T) {
	for _, way := range []string{"closed", "left open", "busy"} {
		t.Run(way, func(t *testing.T) {
			dir := t.TempDir()
			for range 3 {
				if out := play(t, child(t, "exit", dir, way)); out != "" {
					t.Errorf("the engine wrote:\n%s", out)
				}
			}
		})
	}
}

func TestAProcessHoldsOneEngineButMayOpenTheNextAfterClose(t *testing.T) {
	play(t, child(t, "reopen", t.TempDir()))
}

func TestRowsInStandardInputAreNotInserted(t *testing.T) {
	cmd := child(t, "stdin", t.TempDir())
	cmd.Stdin = strings.NewReader(strings.Repeat("(7),(8),(9)\n", 1000))
	if out := play(t, cmd); out != "ids [1 2 3]\n" {
		t.Errorf("child says %q", out)
	}
}

func TestLimitsHold(t *testing.T) { play(t, child(t, "limits", t.TempDir())) }

func TestCloseLetsQueriesEndAndKillsThoseThatDoNot(t *testing.T) {
	play(t, child(t, "drain", t.TempDir()))
}

func TestAStrayConfigurationIsNotRead(t *testing.T) {
	cmd := child(t, "exit", t.TempDir(), "closed")
	if err := os.WriteFile(filepath.Join(cmd.Dir, "config.xml"), []byte("<clickhouse><broken>"), 0o600); err != nil {
		t.Fatal(err)
	}
	play(t, cmd)
}

func TestAMissingEngineSaysWhatToRun(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "program")
	copyFile(t, os.Args[0], binary)
	for _, named := range []string{"", "/nowhere/libchdb.so"} {
		cmd := child(t, "missing", t.TempDir())
		cmd.Path = binary
		cmd.Env = append(cmd.Env, embedded.LibraryVariable+"="+named)
		out := play(t, cmd)
		if !strings.Contains(out, "kind unavailable\n") || !strings.Contains(out, "make engine") || strings.Count(out, "\n") != 3 {
			t.Errorf("child says:\n%s", out)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o700); err != nil {
		t.Fatal(err)
	}
}

// wantClosed connects, says nothing, and waits for the server to hang up.
func wantClosed(address string, patience time.Duration) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := conn.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return nil
}

// wantCrowded holds as many connections as are allowed and asks for one more.
func wantCrowded(server *embedded.Server) error {
	open := func() (clickhouse.Conn, error) {
		options, err := clickhouse.ParseDSN(server.DSN())
		if err != nil {
			return nil, err
		}
		options.MaxOpenConns = 1
		conn, err := clickhouse.Open(options)
		if err != nil {
			return nil, err
		}
		return conn, conn.Ping(context.Background())
	}
	var last error
	for range 4 {
		conn, err := open()
		if conn != nil {
			defer func() { _ = conn.Close() }()
		}
		last = err
	}
	return wantRoleCode(last, 203)
}
