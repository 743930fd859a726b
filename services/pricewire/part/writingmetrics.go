package part

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pricewire/pricewire/services/materializer"
)

// writingGauges show how the tables follow each stream.
type writingGauges struct {
	lag, age, retries, wrong, repaired, rows, messages, seconds *prometheus.Desc
}

func newWritingGauges(desc func(name, help string, labels ...string) *prometheus.Desc) writingGauges {
	return writingGauges{
		lag:      desc("stream_lag_messages", "Messages of a stream that cannot be queried yet.", "stream"),
		age:      desc("stream_lag_seconds", "Age of the oldest message of a stream that was received and cannot be queried yet; 0 when all can.", "stream"),
		retries:  desc("stream_retries_total", "Reads and insertions of a stream that were tried again.", "stream"),
		wrong:    desc("stream_wrong_findings", "Things that the last audit of a stream found wrong and that were not repaired.", "stream"),
		repaired: desc("stream_repaired_findings_total", "Holes that audits of a stream filled.", "stream"),
		rows:     desc("stream_insertion_rows", "Rows an insertion into one table.", "stream"),
		messages: desc("stream_insertion_messages", "Messages that became queryable at once.", "stream"),
		seconds:  desc("stream_insertion_seconds", "Seconds an insertion into one table.", "stream"),
	}
}

func (g *writingGauges) describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.lag, g.age, g.retries, g.wrong, g.repaired, g.rows, g.messages, g.seconds} {
		out <- d
	}
}

// collect shows how the writing of one stream goes.
func (g *writingGauges) collect(out chan<- prometheus.Metric, h *materializer.Health, now time.Time) {
	age := 0.0
	if !h.Oldest.IsZero() {
		age = max(0, now.Sub(h.Oldest).Seconds())
	}
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	out <- prometheus.MustNewConstMetric(g.lag, gauge, float64(h.Lag()), h.Stream)
	out <- prometheus.MustNewConstMetric(g.age, gauge, age, h.Stream)
	out <- prometheus.MustNewConstMetric(g.retries, counter, float64(h.Retries), h.Stream)
	out <- prometheus.MustNewConstMetric(g.wrong, gauge, float64(h.Wrong), h.Stream)
	out <- prometheus.MustNewConstMetric(g.repaired, counter, float64(h.Repaired), h.Stream)
	for d, of := range map[*prometheus.Desc]*materializer.Histogram{g.rows: &h.Rows, g.messages: &h.Messages, g.seconds: &h.Inserts} {
		out <- prometheus.MustNewConstHistogram(d, of.Count, of.Sum, of.Cumulative(), h.Stream)
	}
}
