package part

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester"
)

// crawlGauges shows how the crawls go, since the process started.
type crawlGauges struct {
	status func() ingester.Status
	clock  func() time.Time // by which crawls are stamped
	real   func() time.Time // by which reading is

	failing, refused, refusal, age                             *prometheus.Desc
	pages, rows, identities, traversals, shards, shardsRefused *prometheus.Desc
	quarantined                                                *prometheus.Desc
	runningPages, runningRows, runningExpected                 *prometheus.Desc
	runningShards, runningShardsRead, runningLeft              *prometheus.Desc
}

// CrawlMetrics shows how the crawls of an ingester go; clock is what crawls are stamped by.
func CrawlMetrics(status func() ingester.Status, clock func() time.Time) prometheus.Collector {
	return newCrawlGauges(status, clock, time.Now) //nolint:forbidigo // how long reading takes is real time
}

func newCrawlGauges(status func() ingester.Status, clock, real func() time.Time) *crawlGauges {
	of := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("pricewire_"+name, help, append([]string{"scope", "currency"}, labels...), nil)
	}
	return &crawlGauges{
		status: status, clock: clock, real: real,
		failing: of("crawls_failing", "Crawls of a scope that failed in a row."),
		refused: of("crawls_refused", "Crawls of a scope that were refused in a row."),
		refusal: of("crawl_refusal", "1 for the class of reason for which the last crawl of a scope was refused: empty, shrunk, incomplete, shards or other.", "reason"),
		age:     of("crawl_taken_age_seconds", "Time of the clock since the last crawl of a scope that was taken was begun."),

		pages:         of("crawl_pages", "Pages of the last crawl of a scope that ended."),
		rows:          of("crawl_rows", "Rows of the last crawl of a scope that ended, repetitions included."),
		identities:    of("crawl_identities", "Distinct rates of the last crawl of a scope that ended."),
		traversals:    of("crawl_traversals", "How often the shard of the last crawl of a scope that took longest to settle was read."),
		shards:        of("crawl_shards", "Shards of the last crawl of a scope that ended."),
		shardsRefused: of("crawl_shards_refused", "Shards of the last crawl of a scope that were refused, by class of reason.", "reason"),
		quarantined: prometheus.NewDesc("pricewire_quarantined_rows_total", "Rows that crawls brought since the process started and that are not believed, by reason.",
			[]string{"reason"}, nil),

		runningPages:      of("crawl_running_pages", "Pages that a running crawl has read, of all traversals."),
		runningRows:       of("crawl_running_rows", "Rows that a running crawl has read, of all traversals."),
		runningExpected:   of("crawl_running_expected_rows", "Rows of one traversal of a running crawl, by what the last crawls found."),
		runningShards:     of("crawl_running_shards", "Shards of a running crawl."),
		runningShardsRead: of("crawl_running_shards_read", "Shards of a running crawl that were read to their end."),
		runningLeft:       of("crawl_running_left_seconds", "How long a running crawl reads yet, while that is known."),
	}
}

// Describe names what there is.
func (g *crawlGauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		g.failing, g.refused, g.refusal, g.age, g.pages, g.rows, g.identities, g.traversals, g.shards, g.shardsRefused, g.quarantined,
		g.runningPages, g.runningRows, g.runningExpected, g.runningShards, g.runningShardsRead, g.runningLeft,
	} {
		out <- d
	}
}

// Collect reads the ingester's own account.
func (g *crawlGauges) Collect(out chan<- prometheus.Metric) {
	s := g.status()
	for i := range s.Scopes {
		g.collectScope(out, &s.Scopes[i])
	}
	for i := range s.Running {
		g.collectRunning(out, &s.Running[i])
	}
	for reason, n := range s.Quarantined {
		out <- prometheus.MustNewConstMetric(g.quarantined, prometheus.CounterValue, float64(n), reason)
	}
}

func (g *crawlGauges) collectScope(out chan<- prometheus.Metric, h *ingester.Health) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, append([]string{h.Scope, h.Currency}, labels...)...)
	}
	gauge(g.failing, float64(h.Failing))
	gauge(g.refused, float64(h.Refused))
	if h.Last.ID == "" {
		return
	}
	if h.Last.Refused != "" {
		gauge(g.refusal, 1, refusalClass(h.Last.Refused))
	}
	if !h.Since.IsZero() {
		gauge(g.age, g.clock().Sub(h.Since).Seconds())
	}
	gauge(g.pages, float64(h.Last.Pages))
	gauge(g.rows, float64(h.Last.Rows))
	gauge(g.identities, float64(h.Last.Identities))
	gauge(g.traversals, float64(h.Last.Traversals))
	if len(h.Last.Shards) == 0 {
		return
	}
	gauge(g.shards, float64(len(h.Last.Shards)))
	for class, n := range refusedByClass(h.Last.Shards) {
		gauge(g.shardsRefused, float64(n), class)
	}
}

func (g *crawlGauges) collectRunning(out chan<- prometheus.Metric, p *ingester.Progress) {
	gauge := func(d *prometheus.Desc, value float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, p.Scope, p.Currency)
	}
	gauge(g.runningPages, float64(p.Pages))
	gauge(g.runningRows, float64(p.Rows))
	gauge(g.runningShards, float64(p.Shards))
	gauge(g.runningShardsRead, float64(p.ShardsRead))
	if p.Expected > 0 {
		gauge(g.runningExpected, float64(p.Expected))
	}
	if left := p.Left(g.real()); left > 0 {
		gauge(g.runningLeft, left.Seconds())
	}
}

// refusedByClass counts refused shards by class of reason; the classes that shards have are always there.
func refusedByClass(shards []rate.ShardRecord) map[string]int {
	counts := map[string]int{classShrunk: 0, classIncomplete: 0}
	for _, s := range shards {
		if s.Refused != "" {
			counts[refusalClass(s.Refused)]++
		}
	}
	return counts
}

// Classes of reasons for which crawls and shards are refused. A reason is for people and names numbers; metrics need few values.
const (
	classEmpty      = "empty"
	classShrunk     = "shrunk"
	classIncomplete = "incomplete"
	classShards     = "shards" // every shard was refused
	classOther      = "other"
)

func refusalClass(reason string) string {
	for _, class := range []string{classEmpty, classShrunk, classIncomplete} {
		if reason == class || strings.HasPrefix(reason, class+":") {
			return class
		}
	}
	if strings.HasPrefix(reason, "every shard was refused") {
		return classShards
	}
	return classOther
}
