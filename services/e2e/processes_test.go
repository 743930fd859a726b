package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// programs are the processes and the servers they stand on, built once into the folder of the program.
var programs = sync.OnceValues(func() (string, error) {
	path, err := program()
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(path)
	build := exec.Command("go", "build", "-o", dir+"/")
	for _, name := range []string{"scheduler/cmd/scheduler", "ingester/cmd/ingester", "materializer/cmd/materializer", "api/cmd/api", "e2e/servers"} {
		build.Args = append(build.Args, "github.com/pricewire/pricewire/services/"+name)
	}
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return dir, nil
})

// existing are a NATS and a ClickHouse that run already.
type existing struct {
	nats, clickhouse string // with user and password
	password         string
	process          *served
}

// serveExisting starts both as servers of their own.
func serveExisting(t *testing.T) *existing {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	e := &existing{password: "a-secret-of-servers"}
	cmd := exec.Command(filepath.Join(dir, "servers"), "--data", t.TempDir(), "--nats", "127.0.0.1:0", "--clickhouse", "127.0.0.1:0", "--password", e.password)
	if _, err := cmd.StdinPipe(); err != nil { // they end with it
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	e.process = &served{name: "servers", cmd: cmd}
	e.process.start(t)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("servers: %v\n%s", err, e.process.log)
	}
	var addresses struct{ NATS, ClickHouse string }
	if err := json.Unmarshal(line, &addresses); err != nil {
		t.Fatal(err)
	}
	e.nats, e.clickhouse = addresses.NATS, addresses.ClickHouse
	return e
}

// flags say where the servers are and who we are, without any secret.
func (e *existing) flags(t *testing.T) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(e.password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bare := func(raw string) string {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		u.User = nil
		return u.String()
	}
	return []string{
		"--nats", bare(e.nats), "--nats-user", "tester", "--nats-password-file", file,
		"--clickhouse", bare(e.clickhouse), "--clickhouse-user", "tester", "--clickhouse-password-file", file,
	}
}

// served is a process of one part.
type served struct {
	name, address string
	args          []string
	cmd           *exec.Cmd
	log           *safeBuffer // of all its lives
	exited        chan error
}

// launchPart starts a part at an address, which it keeps over restarts.
func launchPart(t *testing.T, name, address string, args ...string) *served {
	t.Helper()
	flag := "--listen"
	if name == "api" {
		flag = "--http"
	}
	p := &served{name: name, address: address, args: append([]string{flag, address}, args...)}
	p.again(t)
	return p
}

// again starts the process once more.
func (p *served) again(t *testing.T) {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.Command(filepath.Join(dir, p.name), p.args...)
	p.start(t)
}

func (p *served) start(t *testing.T) {
	t.Helper()
	if p.log == nil {
		p.log = &safeBuffer{}
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("log of %s at %s:\n%s", p.name, p.address, tailOf(p.log.String(), 40))
			}
		})
	}
	p.cmd.Stderr = p.log
	p.exited = make(chan error, 1)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	cmd, exited := p.cmd, p.exited
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if p.name != "servers" { // whose output is read, and must not be closed before
		go func() { exited <- cmd.Wait() }()
	}
}

// ready waits until the process says that it is.
func (p *served) ready(t *testing.T) {
	t.Helper()
	eventually(t, p.name+" is ready", func() error {
		select {
		case err := <-p.exited:
			t.Fatalf("%s ended instead of getting ready: %v\n%s", p.name, err, tailOf(p.log.String(), 20))
		default:
		}
		response, err := http.Get("http://" + p.address + "/readyz")
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s", response.Status)
		}
		return nil
	})
}

// kill ends the process as a power cut does.
func (p *served) kill(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// stop ends it as an operator does.
func (p *served) stop(t *testing.T) {
	t.Helper()
	began := time.Now()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s did not stop within 10 s\n%s", p.name, tailOf(p.log.String(), 20))
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("%s stopped with %d after %s\n%s", p.name, code, time.Since(began), tailOf(p.log.String(), 20))
	}
}

// freeAddress is one that nobody listens on at this moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// aSnapshot is a file of one rate.
func aSnapshot(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "2026-01-10.json")
	row := `[{"currencyCode":"USD","tierMinimumUnits":0.0,"retailPrice":1.5,"unitPrice":1.5,"armRegionName":"westeurope","location":"EU West",` +
		`"effectiveStartDate":"2026-01-01T00:00:00Z","meterId":"00000000-0000-4000-8000-00000000aaaa","meterName":"Hour","productId":"DZH318Z0AAAA","skuId":"DZH318Z0AAAA/0001",` +
		`"productName":"Machine","skuName":"M1","serviceName":"Virtual Machines","serviceId":"DZH313Z7MMC8","serviceFamily":"Compute","unitOfMeasure":"1 Hour","type":"Consumption",` +
		`"isPrimaryMeterRegion":true,"armSkuName":"M1"}]`
	if err := os.WriteFile(path, []byte(row), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// publishAtOnce takes a list through its life on short notice.
func (i *instance) publishAtOnce(t *testing.T, market string) {
	t.Helper()
	when := time.Now().UTC().AddDate(0, 0, 10)
	r := command(t, "sample", "list", "--month", when.Format("2006-01"), "--lines", "300", "--market", market)
	sheet := filepath.Join(t.TempDir(), market+".csv")
	if err := os.WriteFile(sheet, []byte(r.out), 0o600); err != nil || r.code != 0 {
		t.Fatal(err, r.err)
	}
	id := i.object(t, "release", "create", sheet, "--market", market, "--effective", when.Format(time.DateOnly), "--as", "alice")["id"].(string)
	i.ok(t, "release", "submit", id, "--as", "alice")
	if made := i.object(t, "release", "approve", id, "--as", "bob", "--short-notice", "a trial"); made["state"] != "published" {
		t.Fatalf("%s is %v after its approval", id, made["state"])
	}
	prices := i.object(t, "price", "list", "--market", market, "--at", when.AddDate(0, 0, 1).Format(time.DateOnly))["items"].([]any)
	if len(prices) < 250 {
		t.Fatalf("%d prices right after approval in %s", len(prices), market)
	}
	first := prices[0].(map[string]any)
	i.ok(t, "price", "get", "--market", market, "--product", first["product"].(string), "--sku", first["sku"].(string), "--term", first["term"].(string),
		"--billing", first["billing"].(string), "--currency", first["currency"].(string), "--at", when.AddDate(0, 0, 1).Format(time.DateOnly))
}

func TestEachPartIsAProcessOfItsOwnOnExistingServers(t *testing.T) {
	servers := serveExisting(t)
	shared, kept := filepath.Join(t.TempDir(), "ingester.secret"), filepath.Join(t.TempDir(), "materializer.secret")
	const sharedSecret, keptSecret = "a-secret-of-ingesters", "a-secret-of-materializers"
	if err := errors.Join(os.WriteFile(shared, []byte(sharedSecret), 0o600), os.WriteFile(kept, []byte(keptSecret), 0o600)); err != nil {
		t.Fatal(err)
	}
	flags := servers.flags(t)
	watching, keeping := freeAddress(t), freeAddress(t)
	parts := []*served{
		launchPart(t, "api", freeAddress(t), append(flags, "--ingester", "http://"+watching, "--ingester-secret-file", shared,
			"--materializer", "http://"+keeping, "--materializer-secret-file", kept)...),
		launchPart(t, "ingester", watching, append(flags, "--data", t.TempDir(), "--source", "sample", "--ingester-secret-file", shared)...),
		launchPart(t, "scheduler", freeAddress(t), flags...),
		launchPart(t, "materializer", keeping, append(flags, "--materializer-secret-file", kept)...),
		launchPart(t, "scheduler", freeAddress(t), flags...), // two of those are as good as one
		launchPart(t, "materializer", freeAddress(t), flags...),
	}
	for _, p := range parts {
		p.ready(t)
	}
	api, ingester, scheduler, materializer := parts[0], parts[1], parts[2], parts[3]
	i := &instance{endpoints: endpoints{HTTP: "http://" + api.address}}

	i.publishAtOnce(t, "US")
	if record := i.object(t, "crawl", "run"); record["refused"] != "" || record["source"] != "sample" {
		t.Errorf("crawl: %v", record)
	}
	if rates := i.object(t, "rate", "list")["items"].([]any); len(rates) < 1000 {
		t.Errorf("%d rates, want some thousand", len(rates))
	}
	if counts := i.object(t, "rate", "backfill", aSnapshot(t), "--scope", "mine", "--partial"); counts["added"] != 1.0 {
		t.Errorf("a snapshot: %v", counts)
	}
	i.ok(t, "rate", "get", "--meter", "00000000-0000-4000-8000-00000000aaaa", "--sku", "DZH318Z0AAAA/0001", "--at", "2026-01-11")
	if r := i.run(t, "rate", "backfill", aSnapshot(t), "--scope", "Not A Name", "--partial"); r.code != 2 || !strings.Contains(r.err, "lower-case letters") {
		t.Errorf("a scope that is none: exit %d: %s", r.code, r.err)
	}
	if r := i.run(t, "crawl", "accept", "nothing"); r.code != 3 {
		t.Errorf("accepting nothing: exit %d: %s", r.code, r.err)
	}

	for n, p := range []*served{materializer, scheduler, ingester, api} {
		killed := make(chan struct{})
		go func() { // while something is being done
			defer close(killed)
			p.kill(t)
			p.again(t)
		}()
		if p != api {
			i.publishAtOnce(t, []string{"GB", "DE", "FR"}[n])
		}
		<-killed
		p.ready(t)
		i.ok(t, "crawl", "run")
	}
	i.publishAtOnce(t, "JP")
	eventually(t, "everything can be queried", func() error {
		for _, s := range i.object(t, "status")["streams"].([]any) {
			if lag := s.(map[string]any)["lag"].(float64); lag != 0 {
				return fmt.Errorf("%v", s)
			}
		}
		return nil
	})
	i.checkKeeping(t, materializer)
	checkTables(t, servers.clickhouse)
	for table, least := range map[string]uint64{"releases": 5, "license_prices": 1250, "rates": 1000, "crawls": 3} {
		if n := count(t, servers.clickhouse, "SELECT count() FROM pricewire."+table); n < least {
			t.Errorf("%s has %d rows, want %d and more", table, n, least)
		}
	}
	for path, says := range map[string]string{
		"http://" + scheduler.address: "pricewire_releases_held", "http://" + materializer.address: "pricewire_stream_written_sequence",
		"http://" + ingester.address: "pricewire_crawl_rows", "http://" + api.address: "go_goroutines",
	} {
		if _, metrics := fetch(t, path+"/metrics"); !strings.Contains(metrics, says) {
			t.Errorf("metrics at %s lack %s", path, says)
		}
	}
	for _, p := range parts {
		p.stop(t)
		if log := p.log.String(); strings.Contains(log, servers.password) || strings.Contains(log, sharedSecret) || strings.Contains(log, keptSecret) {
			t.Errorf("%s logs a secret: %s", p.name, regexp.MustCompile(`.*a-secret-of.*`).FindString(log))
		}
	}
}

func fetch(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body strings.Builder
	if _, err := bufio.NewReader(response.Body).WriteTo(&body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body.String()
}

func TestAnAPIWithoutAnIngesterOrAMaterializerSaysSo(t *testing.T) {
	servers := serveExisting(t)
	flags := servers.flags(t)
	early := launchPart(t, "api", freeAddress(t), append(flags, "--wait", "300ms")...)
	if <-early.exited; early.cmd.ProcessState.ExitCode() != 6 || !strings.Contains(early.log.String(), "start the materializer") {
		t.Errorf("an API before there is a schema: %s", early.log)
	}
	keeping := freeAddress(t)
	materializer := launchPart(t, "materializer", strings.Replace(keeping, "127.0.0.1", "0.0.0.0", 1), flags...)
	materializer.ready(t)
	told := launchPart(t, "api", freeAddress(t), append(flags, "--materializer", "http://"+keeping)...)
	told.ready(t)
	asking := &instance{endpoints: endpoints{HTTP: "http://" + told.address}}
	if r := asking.run(t, "audit"); r.code != 5 || !strings.Contains(r.err, "--materializer-secret-file") {
		t.Errorf("a materializer that everybody reaches, without a secret: exit %d: %s", r.code, r.err)
	}
	told.stop(t)
	materializer.stop(t)
	api := launchPart(t, "api", freeAddress(t), flags...)
	api.ready(t)
	i := &instance{endpoints: endpoints{HTTP: "http://" + api.address}}
	for _, args := range [][]string{{"crawl", "run"}, {"crawl", "accept", "x"}, {"crawl", "running"}, {"rate", "backfill", aSnapshot(t)}} {
		if r := i.run(t, args...); r.code != 6 || !strings.Contains(r.err, "--ingester") {
			t.Errorf("%v without an ingester: exit %d: %s", args, r.code, r.err)
		}
	}
	for _, args := range [][]string{{"audit"}, {"audit", "--status"}, {"rebuild", "--list", "usage"}, {"rebuild", "--status"}} {
		if r := i.run(t, args...); r.code != 6 || !strings.Contains(r.err, "--materializer") {
			t.Errorf("%v without a materializer: exit %d: %s", args, r.code, r.err)
		}
	}
	i.ok(t, "crawl", "list")
	i.ok(t, "release", "list")
	made := i.object(t, "release", "create", list(t, "2027-03", 50), "--market", "US", "--effective", "2027-03-01", "--as", "alice")
	i.ok(t, "release", "submit", made["id"].(string), "--as", "alice")
	if alarms := fmt.Sprint(i.object(t, "status")["alarms"]); !strings.Contains(alarms, "how crawls go is not known") {
		t.Errorf("alarms %s", alarms)
	}
	api.stop(t)
}

func TestAProcessSaysWhatIsWrongWithItsServers(t *testing.T) {
	servers := serveExisting(t)
	flags := servers.flags(t)
	wrong := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(wrong, []byte("another-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"scheduler", []string{"--nats-password-file", wrong}, 2, "--nats-user"},
		{"materializer", []string{"--clickhouse-password-file", wrong}, 2, "--clickhouse-user"},
		{"scheduler", []string{"--nats", "nats://127.0.0.1:1", "--wait", "300ms"}, 6, "--nats"},
		{"materializer", []string{"--clickhouse", "clickhouse://127.0.0.1:1/pricewire", "--wait", "300ms"}, 6, "--clickhouse"},
		{"scheduler", []string{"--stream-replicas", "3", "--wait", "300ms"}, 6, "replicas"},
		{"ingester", []string{"--nats-ca", "/nowhere/ca.pem"}, 2, "--nats-ca: /nowhere/ca.pem"},
		{"api", []string{"--ingester", "ingester:8082"}, 2, "--ingester"},
		{"api", []string{"--materializer", "materializer:8083"}, 2, "--materializer"},
		{"api", []string{"--http", "0.0.0.0:0"}, 5, "authentication"},
		{"ingester", []string{"--listen", "0.0.0.0:0"}, 5, "--ingester-secret-file"},
		{"scheduler", []string{"--config", "/nowhere/pricewire.yaml"}, 2, "/nowhere/pricewire.yaml"},
		{"scheduler", []string{"--no-such-flag"}, 2, "no-such-flag"},
	} {
		p := launchPart(t, c.name, "127.0.0.1:0", append(append([]string{"--log-format", "json"}, flags...), c.args...)...)
		select {
		case <-p.exited:
		case <-time.After(patience):
			t.Fatalf("%s %v did not end", c.name, c.args)
		}
		if code, log := p.cmd.ProcessState.ExitCode(), p.log.String(); code != c.code || !strings.Contains(log, c.says) || strings.Contains(log, servers.password) || strings.Contains(log, "another-secret") {
			t.Errorf("%s %v: exit %d, want %d saying %q:\n%s", c.name, c.args, code, c.code, c.says, log)
		}
	}
}

func TestUpUsesExistingServersAndKeepsTheirSecrets(t *testing.T) {
	servers := serveExisting(t)
	data := t.TempDir()
	i := launch(t, data, append([]string{"--source", "sample"}, servers.flags(t)...)...)
	i.await(t)
	if i.NATS != servers.nats || i.ClickHouse != servers.clickhouse {
		t.Errorf("endpoints say %s and %s, want %s and %s", i.NATS, i.ClickHouse, servers.nats, servers.clickhouse)
	}
	if _, err := os.Stat(filepath.Join(data, "clickhouse")); !os.IsNotExist(err) {
		t.Errorf("an embedded engine was made: %v", err)
	}
	i.publishAtOnce(t, "US")
	i.ok(t, "crawl", "run")
	checkTables(t, servers.clickhouse)
	if code := i.stop(t); code != 0 {
		t.Errorf("stopped with %d", code)
	}
	if strings.Contains(i.log.String(), servers.password) {
		t.Error("a secret is shown")
	}
	simulated := launch(t, t.TempDir(), append([]string{"--clock-rate", "60"}, servers.flags(t)...)...)
	if code := simulated.wait(t, patience); code != 2 || !strings.Contains(simulated.log.String(), "--clock-rate") {
		t.Errorf("simulated time on existing servers: exit %d: %s", code, simulated.log)
	}
}
