package materializer

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
)

// State is how far an audit or a rebuild is.
type State string

// The states, in order; the last two are ends.
const (
	Waiting State = "waiting"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
)

// Order is what a person asks an audit for.
type Order struct {
	Stream string // name of the only stream to audit, without its incarnation; empty: all
	Deep   bool   // read the streams again and compare every column
	Repair bool   // fill holes, and make missing views again
}

// Job is how an audit or a rebuild goes.
type Job struct {
	ID             string
	State          State
	Phase          string // what is being done, for people
	On             string // with which stream
	Done, Total    uint64 // messages of it that are dealt with, of how many
	Started, Ended time.Time
	Failure        string // why it failed
}

// Audit is an audit that was ordered, or made at the start.
type Audit struct {
	Job
	Order
	AtStart  bool
	Streams  map[string]uint64 // up to which sequence each stream was audited
	Findings []history.Finding // the first of them, in the order in which they were found
	Wrong    int               // how many findings have to be dealt with
	Repaired int               // how many were repaired
	Outdated int               // how many say that a rebuild would add something
	Restored uint64            // rows that were added
}

// Rebuild is a rebuild that was ordered.
type Rebuild struct {
	Job
	List    string   // empty: all
	Tables  []string // that are made again
	Streams []string // that they are made from
}

const (
	// keptJobs is how many audits, and how many rebuilds, are remembered.
	keptJobs = 20
	// keptFindings is how many findings of an audit are remembered and logged one by one; all are counted, and all holes are filled.
	keptFindings = 1000
	// waitingJobs is how many may wait.
	waitingJobs = 8
)

// jobs are what was ordered. The zero value is ready.
type jobs struct {
	mu       sync.Mutex
	number   int
	queue    []func(context.Context)
	more     chan struct{}
	audits   []*Audit
	rebuilds []*Rebuild
}

// news returns a channel that receives when something is ordered.
func (j *jobs) news() chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.more == nil {
		j.more = make(chan struct{}, 1)
	}
	return j.more
}

// add queues a job and gives it an id. The lock is held.
func (j *jobs) add(kind string, job *Job, run func(context.Context)) error {
	if len(j.queue) >= waitingJobs {
		return fault.New(fault.Conflict, "%d audits and rebuilds wait already", len(j.queue)).WithHint("ask again when they are done")
	}
	j.number++
	job.ID, job.State = fmt.Sprintf("%s-%d", kind, j.number), Waiting
	j.queue = append(j.queue, run)
	if j.more == nil {
		j.more = make(chan struct{}, 1)
	}
	signal(j.more)
	return nil
}

func (j *jobs) take() func(context.Context) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.queue) == 0 {
		return nil
	}
	run := j.queue[0]
	j.queue = slices.Delete(j.queue, 0, 1)
	return run
}

// note changes a job that others look at.
func (j *jobs) note(change func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change()
}

// begin and end mark a job's life.
func (j *jobs) begin(job *Job) {
	now := time.Now().UTC() //nolint:forbidigo // when people ask for it is real time
	j.note(func() { job.State, job.Started = Running, now })
}

func (j *jobs) end(job *Job, err error) {
	now := time.Now().UTC() //nolint:forbidigo // when people ask for it is real time
	j.note(func() {
		job.State, job.Ended, job.Phase = Done, now, ""
		if err != nil {
			job.State, job.Failure = Failed, err.Error()
		}
	})
}

// Audit orders an audit, which begins when what was ordered before is done. It goes on whoever waits for it. A notFound fault: there is no such
// stream; a conflict: too much waits.
func (m *Materializer) Audit(ctx context.Context, o Order) (Audit, error) {
	if m.deps.Auditor == nil {
		return Audit{}, fault.New(fault.Unavailable, "this process cannot audit its tables")
	}
	if o.Stream != "" {
		if _, err := m.deps.Reader.Info(ctx, o.Stream); err != nil {
			return Audit{}, fault.Wrap(err, "audit %s", o.Stream)
		}
	}
	return m.order(o, false)
}

func (m *Materializer) order(o Order, atStart bool) (Audit, error) {
	m.jobs.mu.Lock()
	defer m.jobs.mu.Unlock()
	a := &Audit{Order: o, AtStart: atStart, Streams: map[string]uint64{}}
	if err := m.jobs.add("audit", &a.Job, func(ctx context.Context) { m.runAudit(ctx, a) }); err != nil {
		return Audit{}, err
	}
	m.jobs.audits = append(m.jobs.audits, a)
	m.jobs.audits = m.jobs.audits[max(0, len(m.jobs.audits)-keptJobs):]
	return a.copy(), nil
}

// copy returns what may be looked at while the audit goes on.
func (a *Audit) copy() Audit {
	c := *a
	c.Findings = slices.Clone(a.Findings)
	c.Streams = map[string]uint64{}
	for name, last := range a.Streams {
		c.Streams[name] = last
	}
	return c
}

// Audits returns the audits since the process started, the newest first: the last twenty.
func (m *Materializer) Audits() []Audit {
	m.jobs.mu.Lock()
	defer m.jobs.mu.Unlock()
	all := make([]Audit, 0, len(m.jobs.audits))
	for _, a := range slices.Backward(m.jobs.audits) {
		all = append(all, a.copy())
	}
	return all
}

// Rebuild orders tables to be made again from the streams: those that the streams of a list feed, or all where it is empty. It goes on whoever
// waits for it. An invalid fault: there is no such list; a conflict: a rebuild waits or runs already.
func (m *Materializer) Rebuild(list string) (Rebuild, error) {
	if err := checkList(list); err != nil {
		return Rebuild{}, err
	}
	if m.deps.Auditor == nil || m.deps.Rebuilder == nil {
		return Rebuild{}, fault.New(fault.Unavailable, "this process cannot rebuild its tables")
	}
	m.jobs.mu.Lock()
	defer m.jobs.mu.Unlock()
	for _, r := range m.jobs.rebuilds {
		if r.State == Waiting || r.State == Running {
			return Rebuild{}, fault.New(fault.Conflict, "%s is not done yet", r.ID).WithHint("see pricewire rebuild --status")
		}
	}
	r := &Rebuild{List: list}
	for _, t := range tablesOf(list) {
		r.Tables = append(r.Tables, string(t))
	}
	if err := m.jobs.add("rebuild", &r.Job, func(ctx context.Context) { m.runRebuild(ctx, r) }); err != nil {
		return Rebuild{}, err
	}
	m.jobs.rebuilds = append(m.jobs.rebuilds, r)
	m.jobs.rebuilds = m.jobs.rebuilds[max(0, len(m.jobs.rebuilds)-keptJobs):]
	return *r, nil
}

// Rebuilds returns the rebuilds since the process started, the newest first: the last twenty.
func (m *Materializer) Rebuilds() []Rebuild {
	m.jobs.mu.Lock()
	defer m.jobs.mu.Unlock()
	all := make([]Rebuild, 0, len(m.jobs.rebuilds))
	for _, r := range slices.Backward(m.jobs.rebuilds) {
		c := *r
		c.Streams, c.Tables = slices.Clone(r.Streams), slices.Clone(r.Tables)
		all = append(all, c)
	}
	return all
}

// keep drops what a former process left, audits what is there, and then does what is ordered, one after the other, until ctx ends.
func (m *Materializer) keep(ctx context.Context) {
	more := m.jobs.news()
	if m.deps.Rebuilder != nil {
		if err := m.deps.Rebuilder.DropLeftovers(ctx); err != nil && ctx.Err() == nil {
			m.deps.Log.Warn("drop leftovers of rebuilds failed", zap.Error(err))
		}
	}
	if _, err := m.order(Order{Repair: true}, true); err != nil {
		m.deps.Log.Warn("audit at start failed", zap.Error(err))
	}
	for {
		for run := m.jobs.take(); run != nil && ctx.Err() == nil; run = m.jobs.take() {
			run(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-more:
		}
	}
}
