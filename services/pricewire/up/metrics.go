package up

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
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
	})
	return registry
}

// Describe names what there is.
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.received, g.written, g.waiting, g.rejected, g.failing, g.refused} {
		out <- d
	}
}

// Collect reads the services' own accounts.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
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
