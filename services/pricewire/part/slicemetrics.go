package part

import (
	"github.com/prometheus/client_golang/prometheus"

	historyclickhouse "github.com/pricewire/pricewire/pkg/history/clickhouse"
)

// sliceGauges show how the slices are from which lists are read.
type sliceGauges struct {
	states                     func() []historyclickhouse.SliceState
	slices, appended, failures *prometheus.Desc
}

// SliceMetrics shows how the slices are that the process fills.
func (b *Base) SliceMetrics() prometheus.Collector {
	return &sliceGauges{
		states:   b.History.Slices,
		slices:   describe("slices", "Slices of the history of a stream's rates, from which lists are read.", "stream"),
		appended: describe("slice_appended_rows", "Periods that came into the last slice since it was made.", "stream"),
		failures: describe("slice_failures_total", "Slices that could not be made since the process started; lists read more until one is.", "stream"),
	}
}

// Describe names what there is.
func (g *sliceGauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.slices, g.appended, g.failures} {
		out <- d
	}
}

// Collect reads the store's own account.
func (g *sliceGauges) Collect(out chan<- prometheus.Metric) {
	for _, s := range g.states() {
		out <- prometheus.MustNewConstMetric(g.slices, prometheus.GaugeValue, float64(s.Slices), s.Stream)
		out <- prometheus.MustNewConstMetric(g.appended, prometheus.GaugeValue, float64(s.Appended), s.Stream)
		out <- prometheus.MustNewConstMetric(g.failures, prometheus.CounterValue, float64(s.Failures), s.Stream)
	}
}
