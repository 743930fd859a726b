package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/client"
)

// followKills is how often the subscriber is killed; PRICEWIRE_FOLLOW_KILLS says another number. A life lasts until the subscriber has stored some
// more, or as long as longestLife.
const (
	followKills = 50
	httpKills   = 12
	longestLife = 350 * time.Millisecond // from when it has begun to follow
)

// subscriberProgram is the built subscriber, made once for all tests.
var subscriberProgram = sync.OnceValues(func() (string, error) {
	first, err := program() // its folder is cleaned up in the end
	if err != nil {
		return "", err
	}
	path := filepath.Join(filepath.Dir(first), "subscriber")
	build := exec.Command("go", "build", "-o", path, "github.com/pricewire/pricewire/services/e2e/subscriber")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
})

// TestASubscriberKilledFiftyTimesEndsWithTheCurrentView follows over NATS while crawls, backfills and releases go on.
func TestASubscriberKilledFiftyTimesEndsWithTheCurrentView(t *testing.T) {
	killedSubscriber(t, killings(t, followKills), func(i *instance) []string { return []string{"--nats", i.NATS} })
}

// TestASubscriberOverHTTPEndsWithTheCurrentView is the same for those who do not reach NATS.
func TestASubscriberOverHTTPEndsWithTheCurrentView(t *testing.T) {
	killedSubscriber(t, killings(t, httpKills), func(i *instance) []string { return []string{"--http", i.HTTP} })
}

// killings is how often the subscriber is to be killed, where nobody says otherwise.
func killings(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv("PRICEWIRE_FOLLOW_KILLS")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("PRICEWIRE_FOLLOW_KILLS=%s is no number of kills", text)
	}
	return n
}

// bustling are the flags of a product in which a lot happens: half a day a second, so that crawls come and lists are published.
func bustling(source string) []string {
	rate := "43200"
	if source == "none" { // in which nothing happens any more
		rate = "1"
	}
	return []string{"--source", source, "--clock-start", "2026-10-20", "--clock-rate", rate}
}

func killedSubscriber(t *testing.T, kills int, where func(*instance) []string) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("PRICEWIRE_FOLLOW_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d: PRICEWIRE_FOLLOW_SEED repeats its choices", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	path, err := subscriberProgram()
	if err != nil {
		t.Fatal(err)
	}
	data, journal := t.TempDir(), filepath.Join(t.TempDir(), "journal")
	i := start(t, data, bustling("sample")...)
	worked := make(chan error, 1)
	go func() { worked <- commotion(t, i) }()
	for n := range kills {
		if n == kills*2/3 { // what is left is done before; the product itself is restarted as well
			if err := <-worked; err != nil {
				t.Fatal(err)
			}
			if n%2 == 0 {
				i.kill(t)
			} else {
				i.stop(t)
			}
			i = start(t, data, bustling("sample")...)
		}
		s := exec.Command(path, append(where(i), "--journal", journal)...)
		said := &safeBuffer{}
		s.Stderr = said
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		live(journal, random, said)
		_ = s.Process.Kill()
		_ = s.Wait()
	}
	i.stop(t)
	i = start(t, data, bustling("none")...)
	s := exec.Command(path, append(where(i), "--journal", journal)...)
	said := &safeBuffer{}
	s.Stderr = said
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Process.Kill(); _ = s.Wait() }()
	ends := ended(t, i)
	eventually(t, "the subscriber has come to the end of all streams", func() error {
		position, err := lastPosition(journal)
		if err != nil {
			return err
		}
		for name, last := range ends {
			if at := position[name]; at.Sequence < last || at.Snapshot > 0 {
				return fmt.Errorf("%s ends at %d, the subscriber is at %v: %s", name, last, at, tailOf(said.String(), 3))
			}
		}
		return nil
	})
	judgeJournal(t, i, journal, ends)
}

// live returns at a random moment: at once, a while later, or in the middle of what comes, a little after some batches were stored.
func live(journal string, random *rand.Rand, said *safeBuffer) {
	if random.IntN(4) == 0 {
		time.Sleep(time.Duration(random.Int64N(int64(longestLife / 2))))
		return
	}
	for end := time.Now().Add(patience); said.String() == "" && time.Now().Before(end); {
		time.Sleep(2 * time.Millisecond)
	}
	end := time.Now().Add(longestLife)
	var size int64 = -1
	for left := 1 + random.IntN(4); left > 0 && time.Now().Before(end); {
		if info, err := os.Stat(journal); err == nil && info.Size() != size {
			if size >= 0 {
				left--
			}
			size = info.Size()
		}
		time.Sleep(2 * time.Millisecond)
	}
	time.Sleep(time.Duration(random.Int64N(int64(5 * time.Millisecond))))
}

// commotion makes backfills and releases go on, beside the crawls that come by themselves.
func commotion(t *testing.T, i *instance) error {
	snapshots := t.TempDir()
	for day := range 8 {
		name := fmt.Sprintf("2026-03-%02d.json", day+1)
		if err := os.WriteFile(filepath.Join(snapshots, name), pounds(day), 0o600); err != nil {
			return err
		}
	}
	steps := [][]string{{"rate", "backfill", snapshots, "--currency", "GBP", "--scope", "pounds"}}
	for n, market := range []string{"US", "DE"} {
		sheet, err := exec1(i, "sample", "list", "--month", "2026-11", "--lines", strconv.Itoa(200+100*n), "--market", market)
		if err != nil {
			return err
		}
		later, err := exec1(i, "sample", "list", "--month", "2026-12", "--lines", strconv.Itoa(200+100*n), "--market", market)
		if err != nil {
			return err
		}
		november, december := filepath.Join(snapshots, market+"11.csv"), filepath.Join(snapshots, market+"12.csv")
		if err := errors.Join(os.WriteFile(november, []byte(sheet), 0o600), os.WriteFile(december, []byte(later), 0o600)); err != nil {
			return err
		}
		low := strings.ToLower(market)
		first, mended := "license-"+low+"-2026-11-r1", "license-"+low+"-2026-11-r2"
		steps = append(steps,
			[]string{"release", "create", november, "--list", "license", "--market", market, "--effective", "2026-11-01", "--as", "alice"},
			[]string{"release", "submit", first, "--as", "alice"},
			[]string{"release", "approve", first, "--short-notice", "a trial", "--as", "bob"},
			[]string{"release", "correct", first, december, "--reason", "the wrong list", "--as", "alice"},
			[]string{"release", "submit", mended, "--as", "alice"},
			[]string{"release", "approve", mended, "--short-notice", "a trial", "--acknowledge", "starts-after-month", "--as", "bob"},
		)
		if n == 1 {
			steps = append(steps, []string{"release", "withdraw", mended, "--reason", "a mistake", "--as", "carol"})
		}
	}
	for _, step := range steps {
		if _, err := exec1(i, step...); err != nil {
			return err
		}
	}
	return nil
}

// exec1 executes a client command, away from the test's own goroutine.
func exec1(i *instance, args ...string) (string, error) {
	path, err := program()
	if err != nil {
		return "", err
	}
	if args[0] != "sample" {
		args = append(args, "--server", i.HTTP)
	}
	var out, errs bytes.Buffer
	c := exec.Command(path, args...)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		return "", fmt.Errorf("pricewire %s: %w: %s", strings.Join(args, " "), err, errs.String())
	}
	return out.String(), nil
}

// pounds is a snapshot of some rates in pounds, of which a third move each day.
func pounds(day int) []byte {
	var rows []map[string]any
	for n := range 60 {
		price := 1 + float64(n)/8
		if n%3 == day%3 {
			price += float64(day) / 4
		}
		rows = append(rows, map[string]any{
			"currencyCode": "GBP", "tierMinimumUnits": 0, "retailPrice": price, "unitPrice": price, "armRegionName": "uksouth", "location": "UK South",
			"effectiveStartDate": "2026-01-01T00:00:00Z", "meterId": fmt.Sprintf("00000000-0000-4000-8000-%012d", n), "meterName": "M", "productId": "DZH318Z0BQ35",
			"skuId": "DZH318Z0BQ35/00KZ", "productName": "P", "skuName": "S", "serviceName": "V", "serviceId": "DZH313Z7MMC8", "serviceFamily": "Compute",
			"unitOfMeasure": "1 Hour", "type": "Consumption", "isPrimaryMeterRegion": true, "armSkuName": "A",
		})
	}
	raw, _ := json.Marshal(rows)
	return raw
}

// ended waits until nothing happens any more and everything is written, and returns where the streams end.
func ended(t *testing.T, i *instance) map[string]uint64 {
	t.Helper()
	ends := map[string]uint64{}
	eventually(t, "all that was published is in the tables", func() error {
		clear(ends)
		for _, s := range i.object(t, "status")["streams"].([]any) {
			s := s.(map[string]any)
			if s["lag"].(float64) != 0 {
				return fmt.Errorf("%v", s)
			}
			name, _, _ := strings.Cut(s["name"].(string), "@")
			ends[name] = uint64(s["last"].(float64))
		}
		return nil
	})
	if len(ends) < 3 {
		t.Fatalf("streams %v", ends)
	}
	return ends
}

// journalLine is a batch as the subscriber wrote it down.
type journalLine struct {
	Stream                string
	Snapshot, First, More bool
	Events                []journalEntry
	Position              client.Position
}

type journalEntry struct {
	Sequence uint64
	Subject  string
	Data     json.RawMessage
}

// lastPosition is the position at the end of a journal that is being written.
func lastPosition(path string) (client.Position, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	tail := make([]byte, min(size, 1<<20))
	if _, err := file.ReadAt(tail, size-int64(len(tail))); err != nil {
		return nil, err
	}
	at := bytes.LastIndex(tail, []byte("\n@ "))
	end := bytes.LastIndexByte(tail, '\n')
	if at < 0 || end <= at {
		return nil, errors.New("no position yet")
	}
	return client.ParsePosition(string(tail[at+3 : end]))
}

// eachLine reads a journal.
func eachLine(t *testing.T, path string, take func(journalLine)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewReaderSize(file, 1<<20)
	for {
		raw, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(raw, []byte("@ ")) {
			continue
		}
		var l journalLine
		if err := json.Unmarshal(raw, &l); err != nil {
			t.Fatal(err)
		}
		take(l)
	}
}
