package cli

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// told is a progress whose clock is moved by hand, and what it wrote.
func told(total, width int, terminal bool) (*progress, *bytes.Buffer, *time.Time) {
	var out bytes.Buffer
	at := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	return &progress{w: &out, terminal: terminal, width: width, what: "snapshots", total: int64(total), now: func() time.Time { return at }, began: at}, &out, &at
}

func TestProgressSaysHowFarItIsAndHowLongItWillTake(t *testing.T) {
	p, out, at := told(4, 0, true)
	*at = at.Add(time.Second)
	p.step()
	if want := "\r\x1b[K[#####---------------]  25 %  1 of 4 snapshots"; out.String() != want {
		t.Errorf("%q, want %q", out, want)
	}
	out.Reset()
	*at = at.Add(9 * time.Second)
	p.step()
	if want := "\r\x1b[K[##########----------]  50 %  2 of 4 snapshots, 10s left"; out.String() != want {
		t.Errorf("%q, want %q", out, want)
	}
	out.Reset()
	p.note("2026-01-01.json refused")
	p.reach(4)
	p.end()
	if want := "\r\x1b[K2026-01-01.json refused\n\r\x1b[K[####################] 100 %  4 of 4 snapshots\r\x1b[K"; out.String() != want {
		t.Errorf("%q, want %q", out, want)
	}
}

func TestProgressIsDrawnTenTimesASecondAtMostAndNeverWraps(t *testing.T) {
	p, out, at := told(1000, 40, true)
	for range 999 {
		*at = at.Add(time.Millisecond)
		p.step()
	}
	if drawn := strings.Count(out.String(), "\r"); drawn < 9 || drawn > 11 {
		t.Errorf("drawn %d times in a second", drawn)
	}
	for line := range strings.SplitSeq(out.String(), "\r\x1b[K") {
		if output.Width(line) > 39 {
			t.Errorf("it wraps: %q", line)
		}
	}
}

func TestNothingIsToldWhereNobodyReads(t *testing.T) {
	p, out, _ := told(2, 0, false)
	p.step()
	p.show("x")
	p.end()
	if out.Len() > 0 {
		t.Errorf("%q", out)
	}
	dumb := &app{streams: Streams{Err: out}, terminal: func(io.Writer) bool { return true }, environment: func(name string) (string, bool) { return "dumb", name == "TERM" }}
	line := dumb.progress("x", 1)
	line.step()
	line.end()
	if out.Len() > 0 {
		t.Errorf("a terminal that cannot move its cursor: %q", out)
	}
}

func TestBytesAreCountedAsPeopleReadThem(t *testing.T) {
	p, out, _ := told(0, 0, true)
	p.bytes, p.total, p.what = true, 3<<20, "of list.csv sent"
	all, err := io.ReadAll(&counted{strings.NewReader(strings.Repeat("x", 3<<20)), p})
	if err != nil || len(all) != 3<<20 || !strings.HasSuffix(out.String(), "100 %  3.0 MiB of 3.0 MiB of list.csv sent") {
		t.Errorf("%d, %v: %q", len(all), err, out)
	}
	for n, want := range map[int64]string{512: "0.5 KiB", 1536: "1.5 KiB", 5 << 20: "5.0 MiB", 3 << 30: "3.0 GiB"} {
		if got := sizeOf(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// hungUp is a pipe whose reader has gone.
type hungUp struct{}

func (hungUp) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestAReaderWhoHasEnoughEndsACommandQuietly(t *testing.T) {
	f := serve(t, releases)
	for _, form := range []string{"table", "json", "ndjson", "csv"} {
		var errs bytes.Buffer
		code := Run(t.Context(), "test", []string{"release", "list", "-o", form, "--server", f.URL}, Streams{Out: hungUp{}, Err: &errs})
		if code != exitOK || errs.Len() > 0 {
			t.Errorf("%s: exit %d, %q", form, code, errs.String())
		}
	}
}

func TestATerminalHasColoursUnlessTheEnvironmentSaysOtherwise(t *testing.T) {
	f := serve(t, releases)
	out, _, _ := f.onTerminal(t, "release", "list")
	if !strings.HasPrefix(out, "\x1b[1mID") {
		t.Errorf("no colours on a terminal: %q", out)
	}
	_, errs, _ := f.onTerminal(t, "release", "lst")
	if !strings.HasPrefix(errs, "\x1b[31merror:\x1b[0m ") || !strings.Contains(errs, "\n\x1b[1mhint:\x1b[0m ") {
		t.Errorf("%q", errs)
	}
	out, errs, _ = f.run(t, "release", "list")
	if strings.Contains(out+errs, "\x1b") {
		t.Errorf("colours in a pipe: %q", out)
	}
	var plain, talk bytes.Buffer
	a := &app{streams: Streams{Out: &plain, Err: &talk}, terminal: func(io.Writer) bool { return true }, environment: func(name string) (string, bool) { return "1", name == "NO_COLOR" }}
	if a.run(t.Context(), []string{"release", "list", "--server", f.URL}); strings.Contains(plain.String()+talk.String(), "\x1b") {
		t.Errorf("colours in spite of NO_COLOR: %q", plain.String())
	}
}

func TestTheFirstLineIsLeftOutHoweverItIsWritten(t *testing.T) {
	for _, size := range []int{1, 3, 100} {
		var out bytes.Buffer
		h := &headless{Writer: &out}
		rest := "\ufeffa,b\n1,2\n3,4\n"
		for len(rest) > 0 {
			n := min(size, len(rest))
			if got, err := h.Write([]byte(rest[:n])); got != n || err != nil {
				t.Fatalf("%d of %d, %v", got, n, err)
			}
			rest = rest[n:]
		}
		if out.String() != "1,2\n3,4\n" {
			t.Errorf("in pieces of %d: %q", size, out.String())
		}
	}
	h := &headless{Writer: hungUp{}}
	if _, err := h.Write([]byte("a\nb\n")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("%v", err)
	}
}

func TestWhatTheEnvironmentSaysForAllCommandsDisturbsNone(t *testing.T) {
	t.Setenv("PRICEWIRE_OUTPUT", "table")
	t.Setenv("PRICEWIRE_FIELDS", "id,state")
	t.Setenv("PRICEWIRE_NO_HEADERS", "true")
	f := serve(t, releases)
	if out, errs, code := f.run(t, "release", "list"); code != exitOK || out != "license-us-2026-12-r1  draft\n" {
		t.Errorf("exit %d: %q, %s", code, out, errs)
	}
	if out, errs, code := f.run(t, "release", "export", "license-us-2026-12-r1"); code != exitOK {
		t.Errorf("an export has no table, and all its columns: exit %d: %q, %s", code, out, errs)
	}
	if out, errs, code := invoke(t, "sample", "list", "--lines", "1"); code != exitOK || !strings.Contains(out, "ProductId") {
		t.Errorf("exit %d: %q, %s", code, out, errs)
	}
}

func TestChosenFieldsGoIntoAFileToo(t *testing.T) {
	f := serve(t, prices)
	path := filepath.Join(t.TempDir(), "prices.csv")
	_, errs, code := f.run(t, "price", "history", "--market", "US", "--product", "P", "--sku", "1", "--term", "P1M", "--billing", "Monthly", "-o", "csv", "--fields", "currency", "--file", path)
	if code != exitOK || !strings.HasPrefix(text(t, path), "currency\n") {
		t.Errorf("exit %d: %s, %q", code, errs, text(t, path))
	}
}
