package deploy_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const deployments = "../../deployments"

// metricNames reads the names of all metrics from the sources: what is given as a name where one is described.
func metricNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool {
			return i.Path.Value == `"github.com/prometheus/client_golang/prometheus"`
		}) {
			collect(file, names)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// collect adds the texts that calls begin with and options name, with the prefix that all metrics have.
func collect(file *ast.File, names map[string]bool) {
	add := func(e ast.Expr) {
		literal, ok := e.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return
		}
		if name, err := strconv.Unquote(literal.Value); err == nil && name != "" {
			names["pricewire_"+strings.TrimPrefix(name, "pricewire_")] = true
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if len(n.Args) >= 2 {
				add(n.Args[0])
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Name" {
				add(n.Value)
			}
		}
		return true
	})
}

var metric = regexp.MustCompile(`\b(?:pricewire|go|process)_[a-z0-9_]+\b`)

// shared are metrics of the libraries, as far as they are used here.
func shared() []string {
	return []string{"process_start_time_seconds", "process_resident_memory_bytes", "process_cpu_seconds_total", "go_goroutines"}
}

func unknown(expression string, names map[string]bool) []string {
	var list []string
	for _, m := range metric.FindAllString(expression, -1) {
		if !names[m] && !slices.Contains(shared(), m) {
			list = append(list, m)
		}
	}
	return list
}

func TestEveryAlertSpeaksOfMetricsThatThereAre(t *testing.T) {
	names := metricNames(t)
	if !names["pricewire_stream_written_sequence"] || !names["pricewire_crawls_refused"] || len(names) < 20 {
		t.Fatalf("the test does not find the metrics, only %d", len(names))
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	parseYAML(t, deployments+"/prometheus/alerts.yml", &file)
	count := 0
	for _, group := range file.Groups {
		for _, r := range group.Rules {
			count++
			for _, m := range unknown(r.Expr, names) {
				t.Errorf("%s: there is no metric %s", r.Alert, m)
			}
			if !slices.Contains([]string{"page", "warn"}, r.Labels["severity"]) || r.Annotations["summary"] == "" {
				t.Errorf("%s says neither how bad it is nor what", r.Alert)
			}
			if _, err := os.Stat(filepath.Join(deployments, filepath.FromSlash(r.Annotations["runbook"]))); err != nil || r.Annotations["runbook"] == "" {
				t.Errorf("%s names runbook %q", r.Alert, r.Annotations["runbook"])
			}
			if strings.Count(r.Expr, "(") != strings.Count(r.Expr, ")") || strings.Count(r.Expr, "[") != strings.Count(r.Expr, "]") {
				t.Errorf("%s: brackets of %s do not match", r.Alert, r.Expr)
			}
		}
	}
	if count < 10 {
		t.Errorf("%d alerts; the test looks at the wrong file", count)
	}
	if len(unknown("sum(pricewire_stream_written_sequences)", names)) != 1 {
		t.Error("a metric that does not exist goes unnoticed")
	}
}

func TestPrometheusAsksWhereTheServicesListen(t *testing.T) {
	var file struct {
		ScrapeConfigs []struct {
			JobName       string                       `yaml:"job_name"`
			StaticConfigs []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	parseYAML(t, deployments+"/prometheus/prometheus.yml", &file)
	project, err := load(t.Context(), composeFile)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]string{}
	for _, job := range file.ScrapeConfigs {
		asked[job.JobName] = job.StaticConfigs[0].Targets[0]
	}
	for _, name := range []string{"scheduler", "ingester", "materializer", "notifier", "feeder"} {
		_, port, _ := strings.Cut(*project.Services[name].Environment["PRICEWIRE_LISTEN"], ":")
		if want := name + ":" + port; asked[name] != want {
			t.Errorf("%s is asked at %s and listens at %s", name, asked[name], want)
		}
	}
	proxy, err := os.ReadFile(deployments + "/compose/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	if host, port, _ := strings.Cut(asked["api"], ":"); host != "proxy" || !strings.Contains(string(proxy), "\n:"+port+" {") {
		t.Errorf("metrics of the API are asked for at %s, where the proxy has nothing", asked["api"])
	}
}

func TestEveryPanelShowsMetricsThatThereAre(t *testing.T) {
	data, err := os.ReadFile(deployments + "/grafana/pricewire.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Title  string
		Panels []struct {
			ID      int
			Title   string
			Type    string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(data, &board); err != nil {
		t.Fatal(err)
	}
	names, seen := metricNames(t), map[int]bool{}
	for _, p := range board.Panels {
		if seen[p.ID] {
			t.Errorf("two panels have number %d", p.ID)
		}
		seen[p.ID] = true
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%s shows nothing", p.Title)
		}
		for _, target := range p.Targets {
			for _, m := range unknown(target.Expr, names) {
				t.Errorf("%s: there is no metric %s", p.Title, m)
			}
		}
	}
	if len(board.Panels) < 10 || board.Title == "" {
		t.Errorf("%d panels; the test looks at the wrong file", len(board.Panels))
	}
}

func parseYAML(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
