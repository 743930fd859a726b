package part

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/services/materializer"
)

// behind is a stream whose tables are 7 messages and 3 seconds behind.
type behind struct{ gauges writingGauges }

func (b *behind) Describe(out chan<- *prometheus.Desc) { b.gauges.describe(out) }

func (b *behind) Collect(out chan<- prometheus.Metric) {
	b.gauges.collect(out, &materializer.Health{
		Stream: "PRICES@x", Position: 10, Received: 12, Waiting: 5, Retries: 4, Wrong: 2, Repaired: 1, Oldest: noon.Add(-3 * time.Second),
		Rows:     materializer.Histogram{Bounds: []float64{1, 10}, Counts: []uint64{2, 3}, Count: 6, Sum: 99},
		Messages: materializer.Histogram{Bounds: []float64{1}, Counts: []uint64{1}, Count: 1, Sum: 1},
		Inserts:  materializer.Histogram{Bounds: []float64{.5}, Counts: []uint64{6}, Count: 6, Sum: 1.5},
	}, noon)
}

func TestMetricsSayHowFarTheTablesAreBehindAndHowWritingGoes(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(&behind{newWritingGauges(func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	})})
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, line := range []string{
		`stream_lag_messages{stream="PRICES@x"} 7`, `stream_lag_seconds{stream="PRICES@x"} 3`, `stream_retries_total{stream="PRICES@x"} 4`,
		`stream_wrong_findings{stream="PRICES@x"} 2`, `stream_repaired_findings_total{stream="PRICES@x"} 1`, `stream_insertion_rows_bucket{stream="PRICES@x",le="10"} 5`,
		`stream_insertion_rows_bucket{stream="PRICES@x",le="+Inf"} 6`, `stream_insertion_messages_count{stream="PRICES@x"} 1`, `stream_insertion_seconds_sum{stream="PRICES@x"} 1.5`,
	} {
		if !strings.Contains(answer.Body.String(), line+"\n") {
			t.Errorf("%s is not in\n%s", line, answer.Body)
		}
	}
}

func TestAnAuditThatLeftSomethingWrongIsAnAlarm(t *testing.T) {
	audit := func(id string, change func(*materializer.Audit)) materializer.Audit {
		a := materializer.Audit{Job: materializer.Job{ID: id, State: materializer.Done, Ended: noon}}
		change(&a)
		return a
	}
	running := materializer.Audit{Job: materializer.Job{ID: "audit-9", State: materializer.Running}}
	wrong := audit("audit-3", func(a *materializer.Audit) { a.Wrong = 2 })
	mended := audit("audit-2", func(a *materializer.Audit) { a.Repaired, a.Restored = 1, 5 })
	failed := audit("audit-4", func(a *materializer.Audit) { a.State, a.Failure = materializer.Failed, "gone" })
	clean := audit("audit-5", func(*materializer.Audit) {})
	for _, c := range []struct {
		audits []materializer.Audit
		want   []string
	}{
		{nil, nil},
		{[]materializer.Audit{running, wrong, clean}, []string{"audit-3 found something wrong with the tables, 2 in all; see pricewire audit"}},
		{[]materializer.Audit{mended}, []string{"audit-2 repaired the tables, 1 findings and 5 rows; its findings say what was lost"}},
		{[]materializer.Audit{failed, wrong}, []string{"audit-4 of the tables failed: gone"}},
		{[]materializer.Audit{clean, wrong}, nil},
	} {
		if diff := cmp.Diff(c.want, auditAlarms(c.audits)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAWriterTellsWhatNobodyElseCan(t *testing.T) {
	health := []materializer.Health{{Stream: "PRICES@x", Failing: "disk full", Rejected: 2, Incomplete: 1}, {Stream: "RATES_USD@x"}}
	wrong := materializer.Audit{Job: materializer.Job{ID: "audit-3", State: materializer.Done, Ended: noon}, Wrong: 2}
	want := []string{
		"writing PRICES@x fails: disk full", "1 releases or withdrawals of PRICES@x stay invisible because a message of them was rejected",
		"audit-3 found something wrong with the tables, 2 in all; see pricewire audit",
	}
	if diff := cmp.Diff(want, ownAlarms(health, []materializer.Audit{wrong})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2 messages of PRICES@x were rejected; see pricewire rejects list"}, rejectAlarms(health)); diff != "" {
		t.Error(diff)
	}
	if all := ownAlarms(health[1:], nil); all == nil || len(all) > 0 {
		t.Errorf("%#v", all)
	}
}

func TestTheAPISaysAnAuditInItsOwnWords(t *testing.T) {
	row := uint32(3)
	v := auditView(&materializer.Audit{
		Job:   materializer.Job{ID: "audit-1", State: materializer.Running, Phase: "hashing rows", On: "RATES_USD@x", Done: 1, Total: 2, Started: noon},
		Order: materializer.Order{Stream: "RATES_USD", Deep: true}, Wrong: 1,
		Findings: []history.Finding{{Kind: history.FindingAltered, Table: history.TableRates, Stream: "RATES_USD@x", First: 7, Last: 7, Row: &row, Columns: []string{"price"}}},
	})
	if v.State != "running" || v.Ended != nil || *v.Started != noon || v.On != "RATES_USD@x" || v.Stream != "RATES_USD" || !v.Deep {
		t.Errorf("%+v", v)
	}
	if f := v.Findings[0]; f.Kind != "altered" || *f.Row != 3 || f.Cure != "pricewire rebuild --list usage" || f.Columns[0] != "price" {
		t.Errorf("%+v", f)
	}
	for cure, f := range map[string]history.Finding{
		"":                                 {Kind: history.FindingHole, Repaired: true},
		"pricewire audit --repair":         {Kind: history.FindingHole, Stream: "PRICES@x"},
		"pricewire audit --deep --repair":  {Kind: history.FindingHole, Stream: "PRICES@x", Table: history.TableLicensePrices},
		"pricewire rebuild --list license": {Kind: history.FindingDouble, Stream: "PRICES@x"},
		"pricewire rebuild --list usage":   {Kind: history.FindingOutdated, Stream: "RATES_EUR@x"},
		"pricewire audit --repair; where that does not help, pricewire audit --deep says why": {Kind: history.FindingCount, Stream: "PRICES@x"},
	} {
		if got := materializer.Cure(&f); got != cure {
			t.Errorf("%+v: %q, want %q", f, got, cure)
		}
	}
}
