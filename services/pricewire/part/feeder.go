package part

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/services/feeder"
	"github.com/pricewire/pricewire/services/feeder/door"
)

// When streams without cost are told.
const (
	ERPAuto = "auto" // once somebody reads them, or where they are there already
	ERPOn   = "on"
	ERPOff  = "off"
)

// feedLook is how often it is looked whether streams without cost are wanted.
const feedLook = time.Second

// Feeder serves subscribers of NATS: streams without cost, and the door through which all of them read.
type Feeder struct {
	*feeder.Feeder
	door   *door.Door
	base   *Base
	when   string
	wanted func() bool
}

// Feeding says whom a feeder serves.
type Feeding struct {
	When   string          // ERPAuto, ERPOn or ERPOff
	News   <-chan struct{} // of subscribers; nil: the server tells those who listen itself
	Wanted func() bool     // somebody reads streams without cost; nil: nobody is known to
}

// Feeder makes a feeder.
func (b *Base) Feeder(f Feeding, log *zap.Logger) (*Feeder, error) {
	made, err := feeder.New(feeder.Config{}, feeder.Deps{Reader: b.Streams, Publisher: b.Streams, Declarer: b.Streams, Log: log})
	if err != nil {
		return nil, err
	}
	return &Feeder{made, door.New(b.nats, f.News, log), b, f.When, f.Wanted}, nil
}

// Run tells the streams without cost until ctx ends, from when on they are wanted.
func (f *Feeder) Run(ctx context.Context) error {
	if f.when == ERPOff {
		<-ctx.Done()
		return nil
	}
	look := time.NewTicker(feedLook)
	defer look.Stop()
	for f.when == ERPAuto && !f.isWanted(ctx) {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
	return f.Feeder.Run(ctx)
}

// Open answers subscribers until ctx ends.
func (f *Feeder) Open(ctx context.Context) error { return f.door.Run(ctx) }

// isWanted reports whether somebody reads a stream without cost, or did: then it is there, and is to go on.
func (f *Feeder) isWanted(ctx context.Context) bool {
	if f.wanted != nil && f.wanted() {
		return true
	}
	infos, err := f.base.Streams.Streams(ctx)
	if err != nil {
		return false // it is looked again
	}
	for _, info := range infos {
		if _, err := f.base.Streams.Info(ctx, stream.WithoutCost(info.Name.Name)); !fault.Is(err, fault.NotFound) && err == nil {
			return true
		}
	}
	return false
}

// Alarms are what a person should look at.
func (f *Feeder) Alarms() []string {
	return f.Feeder.Alarms(time.Now()) //nolint:forbidigo // how long something stands still is real time
}

// feederGauges shows, whenever metrics are asked for, how the telling goes and what subscribers ask.
type feederGauges struct {
	feeder                                          *Feeder
	told, lag, age, unreadable, retries, asked, bad *prometheus.Desc
}

// Metrics shows how the telling goes, and what subscribers ask.
func (f *Feeder) Metrics() prometheus.Collector {
	return &feederGauges{
		feeder:     f,
		told:       describe("feed_told_sequence", "Sequence of a stream up to which it is told without cost.", "stream"),
		lag:        describe("feed_lag_messages", "Messages of a stream that are not told without cost yet.", "stream"),
		age:        describe("feed_oldest_seconds", "Seconds since the oldest message that was received and is not told without cost was stored.", "stream"),
		unreadable: describe("feed_unreadable_messages", "Messages of a stream left out since the process started because they do not decode.", "stream"),
		retries:    describe("feed_retries_total", "Times that telling a stream without cost was tried again.", "stream"),
		asked:      describe("subscriber_questions_total", "Questions and acknowledgements of subscribers that were passed on to JetStream."),
		bad:        describe("subscriber_refusals_total", "Questions and acknowledgements of subscribers that were not."),
	}
}

// Describe names what there is.
func (g *feederGauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{g.told, g.lag, g.age, g.unreadable, g.retries, g.asked, g.bad} {
		out <- d
	}
}

// Collect reads the feeder's own account.
func (g *feederGauges) Collect(out chan<- prometheus.Metric) {
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	for _, h := range g.feeder.Health() {
		age := 0.0
		if !h.Oldest.IsZero() {
			age = max(0, time.Since(h.Oldest).Seconds()) // streams store messages in real time
		}
		out <- prometheus.MustNewConstMetric(g.told, gauge, float64(h.Position), h.Stream)
		out <- prometheus.MustNewConstMetric(g.lag, gauge, float64(h.Lag()), h.Stream)
		out <- prometheus.MustNewConstMetric(g.age, gauge, age, h.Stream)
		out <- prometheus.MustNewConstMetric(g.unreadable, gauge, float64(h.Unreadable), h.Stream)
		out <- prometheus.MustNewConstMetric(g.retries, counter, float64(h.Retries), h.Stream)
	}
	counts := g.feeder.door.Counts()
	out <- prometheus.MustNewConstMetric(g.asked, counter, float64(counts.Passed))
	out <- prometheus.MustNewConstMetric(g.bad, counter, float64(counts.Refused+counts.Dropped))
}
