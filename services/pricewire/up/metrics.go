package up

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/pricewire/pricewire/pkg/release"
)

// gauges shows, whenever metrics are asked for, how the process's services are.
type gauges struct {
	process  *process
	received *prometheus.Desc
	written  *prometheus.Desc
	waiting  *prometheus.Desc
	rejected *prometheus.Desc
	failing  *prometheus.Desc
	refused  *prometheus.Desc
	missing  *prometheus.Desc
	daysLeft *prometheus.Desc
	held     *prometheus.Desc
}

// newMetrics returns a registry of this process's own.
func newMetrics(p *process) *prometheus.Registry {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("pricewire_"+name, help, labels, nil)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &gauges{
		process:  p,
		received: desc("stream_received_sequence", "Sequence up to which a stream has been received for the tables.", "stream"),
		written:  desc("stream_written_sequence", "Sequence up to which a stream can be queried.", "stream"),
		waiting:  desc("stream_waiting_messages", "Messages of a stream still to come when the last was received.", "stream"),
		rejected: desc("stream_rejected_messages", "Messages of a stream rejected since the process started.", "stream"),
		failing:  desc("crawls_failing", "Crawls of a scope that failed in a row.", "scope", "currency"),
		refused:  desc("crawls_refused", "Crawls of a scope that were refused in a row.", "scope", "currency"),
		missing:  desc("releases_missing", "Months of a list and market for which nothing is approved although publication is within seven days.", "list", "market"),
		daysLeft: desc("release_days_left", "Whole days until the next month of a list and market must be public; negative when that has passed.", "list", "market"),
		held:     desc("releases_held", "Releases that are due and wait for an approver."),
	})
	return registry
}

// Describe names what there is.
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.received, g.written, g.waiting, g.rejected, g.failing, g.refused, g.missing, g.daysLeft, g.held} {
		out <- d
	}
}

// lookTime bounds how long the metrics wait for the store of releases.
const lookTime = 3 * time.Second

// Collect reads the services' own accounts.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	g.collectReleases(gauge, func(d *prometheus.Desc, err error) { out <- prometheus.NewInvalidMetric(d, err) })
	for _, h := range g.process.materializer.Health() {
		gauge(g.received, float64(h.Received), h.Stream)
		gauge(g.written, float64(h.Position), h.Stream)
		gauge(g.waiting, float64(h.Waiting), h.Stream)
		gauge(g.rejected, float64(h.Rejected), h.Stream)
	}
	for _, h := range g.process.ingester.Status().Scopes {
		gauge(g.failing, float64(h.Failing), h.Scope, h.Currency)
		gauge(g.refused, float64(h.Refused), h.Scope, h.Currency)
	}
}

// collectReleases reads the calendar. When it cannot be read, that is what the gauges say.
func (g *gauges) collectReleases(gauge func(d *prometheus.Desc, value float64, labels ...string), fail func(*prometheus.Desc, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime) //nolint:forbidigo // a collector is given none
	defer cancel()
	releases, err := g.process.desk.List(ctx, release.Filter{})
	if err != nil {
		fail(g.held, err)
		return
	}
	held := 0
	for _, r := range releases {
		if r.Held != "" {
			held++
		}
	}
	gauge(g.held, float64(held))
	now := g.process.clock.Now()
	type line struct{ list, market string }
	left, missing := map[line]int{}, map[line]int{}
	for _, m := range release.Calendar(now, releases, g.process.policies) {
		at := line{m.Slot.List, m.Slot.Market}
		missing[at] = 0
		if days, known := left[at]; m.Stage != release.StageOut && (!known || m.DaysLeft < days) {
			left[at] = m.DaysLeft
		}
	}
	gaps, _ := release.Gaps(now, releases, g.process.policies)
	for _, m := range gaps {
		missing[line{m.Slot.List, m.Slot.Market}]++
	}
	for at, n := range missing {
		gauge(g.missing, float64(n), at.list, at.market)
	}
	for at, days := range left {
		gauge(g.daysLeft, float64(days), at.list, at.market)
	}
}
