package part

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/services/materializer"
)

// NewMetrics returns a registry of a process's own, with what every process shows and what its parts do.
func NewMetrics(parts ...prometheus.Collector) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(parts...)
	return registry
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("pricewire_"+name, help, labels, nil)
}

// streamGauges shows, whenever metrics are asked for, how the writing of the tables goes.
type streamGauges struct {
	health                               func() []materializer.Health
	received, written, waiting, rejected *prometheus.Desc
	writing                              writingGauges
}

// StreamMetrics shows how the writing of the tables goes.
func StreamMetrics(health func() []materializer.Health) prometheus.Collector {
	return &streamGauges{
		health:   health,
		received: describe("stream_received_sequence", "Sequence up to which a stream has been received for the tables.", "stream"),
		written:  describe("stream_written_sequence", "Sequence up to which a stream can be queried.", "stream"),
		waiting:  describe("stream_waiting_messages", "Messages of a stream still to come when the last was received.", "stream"),
		rejected: describe("stream_rejected_messages", "Messages of a stream rejected since the process started.", "stream"),
		writing:  newWritingGauges(describe),
	}
}

// Describe names what there is.
func (g *streamGauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.received, g.written, g.waiting, g.rejected} {
		out <- d
	}
	g.writing.describe(out)
}

// Collect reads the writer's own account.
func (g *streamGauges) Collect(out chan<- prometheus.Metric) {
	for _, h := range g.health() {
		for d, value := range map[*prometheus.Desc]float64{
			g.received: float64(h.Received), g.written: float64(h.Position), g.waiting: float64(h.Waiting), g.rejected: float64(h.Rejected),
		} {
			out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, h.Stream)
		}
		g.writing.collect(out, &h, time.Now()) //nolint:forbidigo // streams store messages in real time
	}
}

// releaseGauges shows, whenever metrics are asked for, what of the releases is missing or waits.
type releaseGauges struct {
	store                   release.Store
	policies                release.Policies
	now                     func() time.Time
	missing, daysLeft, held *prometheus.Desc
}

// ReleaseMetrics shows what of the releases is missing or waits.
func ReleaseMetrics(store release.Store, policies release.Policies, now func() time.Time) prometheus.Collector {
	return &releaseGauges{
		store: store, policies: policies, now: now,
		missing:  describe("releases_missing", "Months of a list and market for which nothing is approved although publication is within seven days.", "list", "market"),
		daysLeft: describe("release_days_left", "Whole days until the next month of a list and market must be public; negative when that has passed.", "list", "market"),
		held:     describe("releases_held", "Releases that are due and wait for an approver."),
	}
}

// Describe names what there is.
func (g *releaseGauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.missing, g.daysLeft, g.held} {
		out <- d
	}
}

// lookTime bounds how long the metrics wait for the store of releases.
const lookTime = 3 * time.Second

// Collect reads the calendar. When it cannot be read, that is what the gauges say.
func (g *releaseGauges) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTime) //nolint:forbidigo // a collector is given none
	defer cancel()
	releases, err := g.store.List(ctx, release.Filter{})
	if err != nil {
		out <- prometheus.NewInvalidMetric(g.held, err)
		return
	}
	held := 0
	for _, r := range releases {
		if r.Held != "" {
			held++
		}
	}
	gauge(g.held, float64(held))
	now := g.now()
	type line struct{ list, market string }
	left, missing := map[line]int{}, map[line]int{}
	for _, m := range release.Calendar(now, releases, g.policies) {
		at := line{m.Slot.List, m.Slot.Market}
		missing[at] = 0
		if days, known := left[at]; m.Stage != release.StageOut && (!known || m.DaysLeft < days) {
			left[at] = m.DaysLeft
		}
	}
	gaps, _ := release.Gaps(now, releases, g.policies)
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
