package feeder

import (
	"context"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

// everything is what all of a stream without cost is under: each batch expects to follow the last, so that of two feeders one is refused.
const everything = event.WithoutCostPrefix + "pw.>"

// teller tells one stream without cost. It is for one goroutine.
type teller struct {
	feeder *Feeder
	of, to string
	log    *zap.Logger
	desk   *desk

	name stream.Name // the life of the stream that is told
	from uint64      // last sequence of it that was told, or left out
	last uint64      // last sequence of the stream without cost

	open     []stream.Record // of the batch that is being received
	reported time.Time
}

// run tells until ctx ends.
func (t *teller) run(ctx context.Context) {
	pause := t.feeder.cfg.Retry
	for ctx.Err() == nil {
		before := t.from
		err := t.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		if t.from > before {
			pause = t.feeder.cfg.Retry
		}
		t.desk.failed(err)
		t.log.Warn("telling without cost failed", zap.Error(err), zap.Uint64("seq", t.from))
		wait(ctx, pause)
		pause = min(2*pause, t.feeder.cfg.RetryMost)
	}
}

// follow finds out what was told last and tells what follows, until something fails. After a failure of storing nobody knows whether the
// batch was stored: what was told last says so.
func (t *teller) follow(ctx context.Context) error {
	if err := t.resume(ctx); err != nil {
		return err
	}
	sub, err := t.feeder.deps.Reader.Subscribe(ctx, stream.Query{Stream: t.of, Start: stream.Start{Sequence: t.from + 1}})
	if err != nil {
		return err
	}
	defer sub.Stop()
	t.desk.resumed(t.name.String(), t.from, sub.Pending())
	t.open = nil
	for {
		record, err := sub.Next(ctx)
		if err != nil {
			return err
		}
		if record.Stream != t.name {
			return fault.New(fault.Refused, "read stream %s: it was made again as %s", t.name, record.Stream)
		}
		if err := t.take(ctx, record); err != nil {
			return err
		}
	}
}

// resume declares the stream without cost and finds out how far it has come.
func (t *teller) resume(ctx context.Context) error {
	deps := t.feeder.deps
	info, err := deps.Reader.Info(ctx, t.of)
	if err != nil {
		return err
	}
	if _, err := deps.Declarer.Declare(ctx, stream.WithoutCostDeclaration(t.of)); err != nil {
		return err
	}
	t.name, t.from, t.last = info.Name, 0, 0
	told, err := deps.Reader.Last(ctx, t.to, ">")
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	life, from, err := parseOrigin(told.Origin)
	if err != nil {
		return fault.New(fault.Refused, "read where %s has come to: %w", t.to, err).WithHint("somebody else wrote to it: %s", t.anew())
	}
	if life != info.Name.String() || from > info.Last {
		return fault.New(fault.Refused, "%s has told %s up to %d, and there is %s up to %d", t.to, life, from, info.Name, info.Last).
			WithHint("%s was made again or is older than it was: %s", t.of, t.anew())
	}
	t.from, t.last = from, told.Sequence
	return nil
}

// anew says how a stream without cost is made again.
func (t *teller) anew() string {
	return "delete " + t.to + " (nats stream rm " + t.to + "), it is told again from the beginning; subscribers start anew"
}

// take adds a record to its batch, and tells the batch when it is whole.
func (t *teller) take(ctx context.Context, record stream.Record) error {
	t.open = append(t.open, record)
	t.desk.received(&record)
	if !record.Commit {
		return nil
	}
	whole := t.open
	t.open = nil
	if err := t.tell(ctx, whole); err != nil {
		return err
	}
	t.from = record.Sequence
	t.desk.told(record.Sequence)
	t.report(record.Pending)
	return nil
}

// tell stores what a batch says without cost, as a batch.
func (t *teller) tell(ctx context.Context, whole []stream.Record) error {
	batch := make([]stream.Message, len(whole))
	for i := range whole {
		batch[i] = stream.Message{Subject: whole[i].Subject, ID: whole[i].ID, Data: whole[i].Data}
	}
	made, err := event.BatchWithoutCost(batch, func(subject string) (event.Payload, error) { return t.recall(ctx, subject) })
	if err != nil {
		return err
	}
	for _, err := range made.Unreadable {
		t.log.Warn("message is left out: it does not decode", zap.Uint64("seq", whole[len(whole)-1].Sequence), zap.Error(err))
	}
	t.desk.unreadable(len(made.Unreadable))
	if len(made.Told) == 0 {
		return nil
	}
	told := make([]stream.Message, len(made.Told))
	for i := range made.Told {
		told[i] = made.Told[i].Message
		told[i].Origin = origin(t.name, whole[made.Told[i].From].Sequence)
		told[i].Trace = whole[made.Told[i].From].Trace
	}
	// The whole batch is told: whoever goes on does so behind it, though its own end may have been left out.
	told[len(told)-1].Origin = origin(t.name, whole[len(whole)-1].Sequence)
	t.last, err = t.feeder.deps.Publisher.Publish(ctx, t.to, told, stream.Expectation{Subject: everything, Sequence: t.last})
	return err
}

// recall returns what was told last under a subject. What does not decode tells nothing.
func (t *teller) recall(ctx context.Context, subject string) (event.Payload, error) {
	if t.last == 0 {
		return nil, nil
	}
	record, err := t.feeder.deps.Reader.Last(ctx, t.to, subject)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	e, err := event.DecodeWithoutCost(record.Subject, record.Data)
	if err != nil {
		return nil, nil //nolint:nilerr // nothing is known of it then
	}
	return e.Payload, nil
}

// report tells now and then of a long way to go.
func (t *teller) report(pending uint64) {
	now := time.Now() //nolint:forbidigo // how long it takes is real time
	if t.reported.IsZero() {
		t.reported = now
	}
	if pending == 0 || now.Sub(t.reported) < t.feeder.cfg.Report {
		return
	}
	t.reported = now
	t.log.Info("telling without cost", zap.Uint64("seq", t.from), zap.Uint64("left", pending))
}

// origin says which message of which life of a stream a message is made of.
func origin(of stream.Name, sequence uint64) string {
	return of.String() + ":" + strconv.FormatUint(sequence, 10)
}

func parseOrigin(text string) (life string, sequence uint64, err error) {
	at := strings.LastIndexByte(text, ':')
	if at < 0 {
		return "", 0, fault.New(fault.Invalid, "%q is not the place of a message", text)
	}
	sequence, err = strconv.ParseUint(text[at+1:], 10, 64)
	if err != nil {
		return "", 0, fault.New(fault.Invalid, "%q is not the place of a message", text)
	}
	return text[:at], sequence, nil
}

// wait sleeps, or until ctx ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
