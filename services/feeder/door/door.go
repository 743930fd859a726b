package door

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
)

const (
	// together is the queue in which the doors of several processes answer, one each question.
	together = "pricewire-door"
	// waitingQuestions and waitingBytes bound what may wait for an answer; what comes beyond is lost, and asked again by clients.
	waitingQuestions, waitingBytes = 64 << 10, 64 << 20
	// waitingWork is how many questions may wait for an answer that comes back to the door, and workers how many do so at once.
	waitingWork, workers = 4096, 8
	// askTime bounds a question of the door itself.
	askTime = 5 * time.Second
	// inbox begins where subscribers hear answers. A question that wants its answer elsewhere, such as where acknowledgements go, is none of
	// a subscriber that only reads.
	inbox = "_INBOX."
	// service begins where answers go of the one question that the server's configuration makes a request to another account.
	service = "_R_."
)

// Door answers subscribers. Make one with New.
type Door struct {
	nc     *nats.Conn
	news   <-chan struct{}
	log    *zap.Logger
	rates  rates
	counts counts
}

// counts are what became of questions since the process started.
type counts struct {
	passed, refused, dropped atomic.Uint64
}

// Counts are what became of questions since the process started.
type Counts struct {
	Passed  uint64 // to JetStream, acknowledgements too
	Refused uint64 // with an answer that says why
	Dropped uint64 // without one: nobody waits for it, or it was not to be answered
}

// New returns a door that is closed until it runs. The connection is one of an account in which the streams are. News, which may be nil, tells
// that there may be subscribers that the server does not connect with whoever listens already.
func New(nc *nats.Conn, news <-chan struct{}, log *zap.Logger) *Door {
	return &Door{nc: nc, news: news, log: log}
}

// Counts returns what became of questions.
func (d *Door) Counts() Counts {
	return Counts{Passed: d.counts.passed.Load(), Refused: d.counts.refused.Load(), Dropped: d.counts.dropped.Load()}
}

// Run answers until ctx ends; then it returns nil. While no door runs, subscribers are told that nobody answers. Several may run at once.
func (d *Door) Run(ctx context.Context) error {
	q := queues{creations: make(chan work, waitingWork), relayed: make(chan work, waitingWork)}
	sub, err := d.listen(q)
	if err != nil {
		return err
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only on a closed connection
	var working sync.WaitGroup
	defer working.Wait()
	work := func(from <-chan work, do func(context.Context, work)) {
		for {
			select {
			case <-ctx.Done():
				return
			case w := <-from:
				do(ctx, w)
			}
		}
	}
	working.Go(func() { work(q.creations, d.create) }) // one at a time, so that counting holds
	for range workers {
		working.Go(func() { work(q.relayed, d.relay) })
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.news:
			fresh, err := d.listen(q)
			if err != nil {
				return err
			}
			_ = sub.Drain() // fails only on a closed connection
			sub = fresh
		}
	}
}

// queues are where questions wait whose answer comes back to the door.
type queues struct {
	creations, relayed chan work
}

// listen begins to hear questions. Who listens in one queue hears each once, however often he listens.
func (d *Door) listen(q queues) (*nats.Subscription, error) {
	sub, err := d.nc.QueueSubscribe(stream.DoorSubjects, together, func(m *nats.Msg) { d.take(m, q) })
	if err == nil {
		err = sub.SetPendingLimits(waitingQuestions, waitingBytes)
	}
	if err == nil {
		err = d.nc.Flush() // the server hears it before anything else is done
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "open the door of subscribers: %w", err)
	}
	return sub, nil
}

// work is a question that is not answered at once.
type work struct {
	m *nats.Msg
	q asked
	v verdict
}

// take judges a question, and passes it on or answers it.
func (d *Door) take(m *nats.Msg, to queues) {
	name, cost, what, ok := stream.ParseDoorSubject(m.Subject)
	acknowledges := strings.HasPrefix(what, "ACK.")
	reply, fine := replyOf(m.Reply, name, what)
	if !ok || !fine || reply == "" && !acknowledges {
		d.counts.dropped.Add(1)
		return
	}
	m.Reply = reply
	q := asked{name: name, cost: cost, what: what, data: m.Data}
	v := judge(q)
	switch {
	case !acknowledges && !d.rates.allow(name, time.Now()): //nolint:forbidigo // how fast questions come is real time
		d.refuse(m, q, busy("too many questions; ask "+strconv.Itoa(perSecond)+" a second at most"))
	case v.refused.Code != 0:
		d.refuse(m, q, v.refused)
	case v.creates != "":
		d.queue(to.creations, work{m, q, v})
	case v.relayed || v.own != "":
		d.queue(to.relayed, work{m, q, v})
	default:
		d.pass(m, v)
	}
}

func (d *Door) queue(to chan<- work, w work) {
	select {
	case to <- w:
	default:
		d.refuse(w.m, w.q, busy("too many questions wait; ask again"))
	}
}

func busy(text string) refusal { return refusal{Code: 503, ErrCode: codeBusy, Description: text} }

// replyOf is where in this account an answer goes to a subscriber. Only his inboxes, and the server's own way back, are fine.
func replyOf(reply, name, what string) (string, bool) {
	switch {
	case reply == "":
		return "", true
	case what == "API."+infoAPI && strings.HasPrefix(reply, service):
		return reply, true
	case strings.HasPrefix(reply, inbox) && stream.ValidSubject(reply):
		return stream.AnswerSubject(name) + "." + reply, true
	}
	return "", false
}

// pass lets JetStream answer the subscriber.
func (d *Door) pass(m *nats.Msg, v verdict) {
	if err := d.nc.PublishMsg(&nats.Msg{Subject: v.subject, Reply: m.Reply, Data: v.data}); err != nil {
		d.counts.dropped.Add(1) // the connection is closed, or the subject longer than it may be
		return
	}
	d.counts.passed.Add(1)
}

// refuse says why a question is not passed on, in the form in which its answer is awaited.
func (d *Door) refuse(m *nats.Msg, q asked, r refusal) {
	d.counts.refused.Add(1)
	if m.Reply == "" {
		return
	}
	answer := nats.NewMsg(m.Reply)
	if strings.HasPrefix(q.what, "API.DIRECT.GET.") || strings.HasPrefix(q.what, "API.CONSUMER.MSG.NEXT.") {
		answer.Header.Set("Status", strconv.Itoa(r.Code))
		answer.Header.Set("Description", r.Description)
	} else {
		answer.Data = encode(map[string]any{"type": "io.nats.jetstream.api.v1.error_response", "error": r})
	}
	_ = d.nc.PublishMsg(answer) // fails only on a closed connection
}

// relay has JetStream answer, or answers what the door knows itself, and hands the answer on.
func (d *Door) relay(ctx context.Context, w work) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	answer, err := d.answer(ctx, w)
	if err != nil {
		d.refuse(w.m, w.q, busy("JetStream does not answer"))
		return
	}
	d.counts.passed.Add(1)
	_ = d.nc.PublishMsg(&nats.Msg{Subject: w.m.Reply, Data: answer}) // fails only on a closed connection
}

func (d *Door) answer(ctx context.Context, w work) ([]byte, error) {
	if w.v.own != "" {
		return d.own(ctx, w.q, w.v.own)
	}
	return d.ask(ctx, w.v.subject, w.v.data)
}

// create makes a consumer, unless there are too many already. It is awaited, so that the next one is counted with it.
func (d *Door) create(ctx context.Context, w work) {
	counting, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	many, err := d.hasMany(counting, w)
	switch {
	case err != nil:
		d.refuse(w.m, w.q, busy("JetStream does not answer"))
	case many:
		d.refuse(w.m, w.q, refusal{Code: 400, ErrCode: codeMaxConsumer, Description: "maximum consumers limit reached: " + strconv.Itoa(MaxConsumers) + " of a subscriber on a stream"})
	default:
		d.relay(ctx, w)
	}
}

// hasMany reports whether a subscriber has as many consumers on a stream as he may; one that is there already can be changed.
func (d *Door) hasMany(ctx context.Context, w work) (bool, error) {
	prefix, full, n := w.q.name+"_", strings.Split(strings.TrimPrefix(w.v.subject, "$JS.API.CONSUMER.CREATE."), ".")[1], 0
	for offset := 0; ; {
		answer, err := d.ask(ctx, "$JS.API.CONSUMER.NAMES."+w.v.creates, encode(map[string]int{"offset": offset}))
		if err != nil {
			return false, err
		}
		var page struct {
			Total     int      `json:"total"`
			Consumers []string `json:"consumers"`
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return false, err
		}
		for _, c := range page.Consumers {
			if c == full {
				return false, nil
			}
			if strings.HasPrefix(c, prefix) {
				n++
			}
		}
		offset += len(page.Consumers)
		if len(page.Consumers) == 0 || offset >= page.Total {
			return n >= MaxConsumers, nil
		}
	}
}

func (d *Door) ask(ctx context.Context, subject string, data []byte) ([]byte, error) {
	m, err := d.nc.RequestWithContext(ctx, subject, data)
	if err != nil {
		return nil, err
	}
	return m.Data, nil
}

func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return nil // of texts and numbers alone
	}
	return data
}
