package daemon

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
)

func TestPartsStopInReverseOrderAndOnlyAfterTheirDependents(t *testing.T) {
	defer goleak.VerifyNone(t)
	g := NewGroup(zap.NewNop())
	var order []string
	for _, name := range []string{"store", "writer", "api"} {
		g.Start(t.Context(), Part{name, func(ctx context.Context) error {
			<-ctx.Done()
			order = append(order, name) // no race: each stops only after the next has
			return nil
		}})
	}
	if err := g.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"api", "writer", "store"}; !slices.Equal(order, want) {
		t.Fatalf("stopped in order %v, want %v", order, want)
	}
	if err := g.Stop(t.Context()); err != nil {
		t.Fatal("stopping twice must be fine: ", err)
	}
}

func TestAPartThatEndsByItselfIsReported(t *testing.T) {
	defer goleak.VerifyNone(t)
	g := NewGroup(zap.NewNop())
	cause := errors.New("disk full")
	g.Start(t.Context(), Part{"writer", func(context.Context) error { return cause }})
	if err := <-g.Failed(); !errors.Is(err, cause) || !strings.Contains(err.Error(), "writer") {
		t.Fatalf("got %v", err)
	}
	if err := g.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAPartThatDoesNotStopInTimeIsNamed(t *testing.T) {
	g := NewGroup(zap.NewNop())
	release := make(chan struct{})
	defer close(release)
	g.Start(t.Context(), Part{"stuck", func(context.Context) error { <-release; return nil }})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := g.Stop(ctx); err == nil || !strings.Contains(err.Error(), "stuck") {
		t.Fatalf("got %v", err)
	}
}

func TestAFolderHasOneProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var")
	first, err := LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LockFolder(dir); !fault.Is(err, fault.Conflict) || fault.HintOf(err) == "" {
		t.Fatalf("second lock: %v", err)
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestAFileIsReplacedWholeWithItsMode(t *testing.T) {
	f, err := LockFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"one", "two"} {
		if err := f.WriteFile("endpoints.json", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(f.Path, "endpoints.json")
	got, err := os.ReadFile(path)
	info, statErr := os.Stat(path)
	if err != nil || statErr != nil || string(got) != "two" || info.Mode().Perm() != 0o600 {
		t.Fatalf("%q, mode %v, %v, %v", got, info.Mode(), err, statErr)
	}
	left, _ := os.ReadDir(f.Path)
	if len(left) != 2 { // the file and the lock
		t.Fatalf("left behind: %v", left)
	}
}

func TestLogsAreTextOrJSONAtALevel(t *testing.T) {
	var out bytes.Buffer
	log, err := NewLogger(&out, "info", "json")
	if err != nil {
		t.Fatal(err)
	}
	log.Debug("unseen")
	log.Info("seen", zap.String("release", "license-us-2026-12-r1"))
	if got := out.String(); strings.Contains(got, "unseen") || !strings.Contains(got, `"release":"license-us-2026-12-r1"`) {
		t.Fatal(got)
	}
	for _, bad := range [][2]string{{"loud", "json"}, {"info", "xml"}} {
		if _, err := NewLogger(&out, bad[0], bad[1]); err == nil {
			t.Errorf("accepted %v", bad)
		}
	}
}
