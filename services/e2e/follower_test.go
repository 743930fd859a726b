package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// asyncAPI is the document that the follower knows.
const asyncAPI = "../../schemas/asyncapi.yaml"

// install makes sure that the follower's packages are here, as the lock file has them. make test does it before.
func install(t *testing.T) {
	t.Helper()
	want, err := os.ReadFile("follower/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if here, err := os.ReadFile("follower/node_modules/.package-lock.json"); err == nil && sameLock(t, want, here) {
		return
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Fatalf("the JavaScript follower needs Node.js and npm: install them and run the test again: %v", err)
	}
	c := exec.CommandContext(t.Context(), npm, "ci", "--no-audit", "--no-fund", "--loglevel=error")
	c.Dir = "follower"
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("npm ci in services/e2e/follower: %v: is the registry reachable?\n%s", err, out)
	}
}

// sameLock reports whether what is installed is what the lock file says.
func sameLock(t *testing.T, want, here []byte) bool {
	t.Helper()
	type lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	var w, h lock
	if err := json.Unmarshal(want, &w); err != nil {
		t.Fatal(err)
	}
	if json.Unmarshal(here, &h) != nil {
		return false
	}
	delete(w.Packages, "") // ourselves
	for name, p := range w.Packages {
		if h.Packages[name] != p {
			return false
		}
	}
	return len(h.Packages) == len(w.Packages)
}

// javaScript is a running follower.
type javaScript struct {
	process *exec.Cmd
	orders  io.WriteCloser
	out     bytes.Buffer
	said    safeBuffer
}

func followWithJavaScript(t *testing.T, i *instance, more ...string) *javaScript {
	t.Helper()
	document, err := filepath.Abs(asyncAPI)
	if err != nil {
		t.Fatal(err)
	}
	j := &javaScript{process: exec.Command("node", append([]string{"follower.js", "--nats", i.NATS, "--asyncapi", document}, more...)...)}
	j.process.Dir, j.process.Stdout, j.process.Stderr = "follower", &j.out, &j.said
	if j.orders, err = j.process.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := j.process.Start(); err != nil {
		t.Fatalf("node: %v", err)
	}
	t.Cleanup(func() { _ = j.process.Process.Kill() })
	return j
}

// end gives the follower its last order and returns what it prints.
func (j *javaScript) end(t *testing.T, order any) []byte {
	t.Helper()
	raw, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(j.orders, "%s\n", raw); err != nil {
		t.Fatalf("%v: %s", err, j.said.String())
	}
	late := time.AfterFunc(patience, func() { _ = j.process.Process.Kill() })
	defer late.Stop()
	if err := j.process.Wait(); err != nil {
		t.Fatalf("the follower: %v: %s", err, tailOf(j.said.String(), 20))
	}
	return j.out.Bytes()
}

func TestAJavaScriptClientFollowsTheDocumentToTheSameState(t *testing.T) {
	install(t)
	data, saved := t.TempDir(), filepath.Join(t.TempDir(), "saved.json")
	i := start(t, data, bustling("sample")...)
	early := followWithJavaScript(t, i, "--save", saved)
	if err := commotion(t, i); err != nil {
		t.Fatal(err)
	}
	early.end(t, map[string]any{"stop": true})
	i.stop(t)
	i = start(t, data, bustling("none")...)
	ends := ended(t, i)
	now, err := time.Parse(time.RFC3339Nano, i.object(t, "status")["now"].(string))
	if err != nil {
		t.Fatal(err)
	}
	for what, follower := range map[string]*javaScript{
		"one that was there from the beginning, and was away meanwhile": followWithJavaScript(t, i, "--save", saved),
		"a new one": followWithJavaScript(t, i),
	} {
		t.Run(what, func(t *testing.T) {
			var said struct {
				Rates   map[string][3]string
				Prices  map[string][2]string
				Counts  struct{ Events, Batches, Unknown int }
				Streams map[string]struct{ Sequence uint64 }
			}
			out := follower.end(t, map[string]any{"ends": ends, "at": now.UTC().Format(time.RFC3339Nano)})
			if err := json.Unmarshal(out, &said); err != nil {
				t.Fatalf("%v in %d bytes: %.200s", err, len(out), out)
			}
			if said.Counts.Unknown > 0 {
				t.Errorf("%d events are not in the document", said.Counts.Unknown)
			}
			t.Logf("%+v", said.Counts)
			rates, prices := map[string]string{}, map[string]string{}
			for key, r := range said.Rates {
				rates[key] = plainly(t, r[0]) + " from " + r[1] + " " + r[2]
			}
			for key, p := range said.Prices {
				prices[key] = plainly(t, p[0]) + " " + plainly(t, p[1])
			}
			compare(t, "rates", ratesIn(t, i), rates)
			compare(t, "licence prices", pricesIn(t, i, now), prices)
		})
	}
}
