package clock

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// reserve is how much real time a mark on disk reaches ahead: a restart after a crash skips as much at most.
const reserve = 250 * time.Millisecond

// mostRate is the largest Rate: four months a second.
const mostRate = 1e7

const (
	longestStep = 9e18      // nanoseconds that the clock moves between two looks at most; a Duration holds little more
	longestRun  = time.Hour // after which a run begins anew, so that it does not reach the longest step
)

// SimulatedConfig describes a simulated clock.
type SimulatedConfig struct {
	// File keeps the clock's high-water mark, so that it never goes back across restarts. Its folder must exist.
	File string
	// Start is where time begins when there is no mark yet; afterwards it is ignored.
	Start time.Time
	// Rate is how many simulated seconds pass in a real one, above 0, at most 10,000,000.
	Rate float64
}

// Validate reports the first thing wrong with the configuration, as an invalid fault.
func (c SimulatedConfig) Validate() error {
	switch {
	case c.File == "":
		return fault.New(fault.Invalid, "file of the simulated clock is missing")
	case c.Start.IsZero():
		return fault.New(fault.Invalid, "start of the simulated clock is missing")
	case !(c.Rate > 0) || c.Rate > mostRate: // not a number is neither
		return fault.New(fault.Invalid, "rate %v of the simulated clock is not above 0 and at most %v", c.Rate, float64(mostRate))
	}
	return nil
}

// Simulated is a clock for trials. It stands at its start until Begin, then runs at its rate, and stands still at every instant for
// which an alarm is set, until that alarm is set again or cleared.
//
// Before an instant is told, a mark at or beyond it is synced to disk; the mark never lies beyond an instant for which an alarm is set.
// After a crash the clock goes on from the mark: it does not go back, and nothing due is jumped over. When the mark cannot be written
// the clock stops for good: see Failed.
type Simulated struct {
	file string
	rate float64

	mu      sync.Mutex
	at      time.Time // the present instant, as last worked out
	from    time.Time // where the clock stood at the real instant since: a run in one piece adds up no rounding
	since   time.Time
	told    time.Time // latest instant told to anybody
	mark    time.Time // what is on disk
	running bool
	closed  bool
	alarms  []*simulatedAlarm // those that are set
	timer   *time.Timer
	err     error
	failed  chan struct{}
}

// NewSimulated makes a clock that stands at the mark in its file or, when there is none, at cfg.Start.
func NewSimulated(cfg SimulatedConfig) (*Simulated, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	mark, found, err := ReadMark(cfg.File)
	if err != nil {
		return nil, err
	}
	if !found {
		mark = cfg.Start.Round(0).UTC()
		if err := writeMark(cfg.File, mark); err != nil {
			return nil, err
		}
	}
	return &Simulated{file: cfg.File, rate: cfg.Rate, at: mark, told: mark, mark: mark, failed: make(chan struct{})}, nil
}

// NotBefore moves the instant at which the clock stands to t, if t is later. It is for use before Begin: the newest event can be later
// than the mark when the clock's file was lost.
func (s *Simulated) NotBefore(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running {
		return fault.New(fault.Refused, "move simulated clock: it runs already")
	}
	if t.After(s.at) {
		s.at = t.Round(0).UTC()
	}
	s.goOff()
	return s.err
}

// Begin starts the clock; beginning twice is fine.
func (s *Simulated) Begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running {
		s.running, s.from, s.since = true, s.at, time.Now()
	}
	s.goOff()
}

// Close stops the clock at the latest instant that was told, from where a restart goes on exactly. Closing twice is fine.
func (s *Simulated) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopTimer()
	if !s.closed && s.err == nil {
		s.closed, s.at = true, s.told
		if s.mark.After(s.told) {
			s.writeMark(s.told)
		}
	}
	return s.err
}

// Failed is closed when the mark could not be written and the clock has therefore stopped; Err says why.
func (s *Simulated) Failed() <-chan struct{} { return s.failed }

// Err returns why the clock has stopped, nil while it has not.
func (s *Simulated) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Alarms returns the names of the alarms that are set. Whoever begins the clock waits until all who must wake by it are among them: time
// that runs earlier could pass what is due before anybody has set an alarm for it.
func (s *Simulated) Alarms() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, len(s.alarms))
	for i, a := range s.alarms {
		names[i] = a.name
	}
	return names
}

// Held returns the names of the alarms at whose instants the clock stands still now.
func (s *Simulated) Held() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	var names []string
	for _, a := range s.alarms {
		if !a.at.After(s.at) {
			names = append(names, a.name)
		}
	}
	return names
}

// Now returns the current instant. It may sync a file.
func (s *Simulated) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	s.tell()
	return s.told
}

// NewAlarm returns an alarm that is not set.
func (s *Simulated) NewAlarm(name string) Alarm {
	return &simulatedAlarm{clock: s, name: name, c: make(chan time.Time, 1)}
}

// advance moves the clock on, up to the earliest alarm. It must come before every change of the alarms. The lock is held.
func (s *Simulated) advance() {
	if !s.running || s.closed || s.err != nil {
		return
	}
	now := time.Now()
	elapsed := now.Sub(s.since)
	next := s.from.Add(time.Duration(min(math.Round(float64(elapsed)*s.rate), longestStep)))
	limit, ok := s.earliest()
	held := ok && next.After(limit)
	if held {
		next = limit
	}
	if next.After(s.at) { // not when an alarm is set for the past: the clock stands
		s.at = next
	}
	if held || elapsed > longestRun {
		s.from, s.since = s.at, now
	}
}

// earliest returns the first instant for which an alarm is set. The lock is held.
func (s *Simulated) earliest() (time.Time, bool) {
	if len(s.alarms) == 0 {
		return time.Time{}, false
	}
	return slices.MinFunc(s.alarms, func(a, b *simulatedAlarm) int { return a.at.Compare(b.at) }).at, true
}

// tell makes the present instant one that was told, after a mark for it is on disk; it reports whether that could be done. The lock is
// held.
func (s *Simulated) tell() bool {
	if s.err != nil {
		return false
	}
	if s.at.After(s.mark) && !s.writeMark(s.ahead()) {
		return false
	}
	s.told = s.at
	return true
}

// ahead returns how far to reserve: a little beyond the present, never beyond an alarm. The lock is held.
func (s *Simulated) ahead() time.Time {
	if !s.running {
		return s.at
	}
	mark := s.at.Add(time.Duration(s.rate * float64(reserve)))
	if limit, ok := s.earliest(); ok && mark.After(limit) {
		mark = limit
	}
	if mark.Before(s.at) {
		return s.at
	}
	return mark
}

// writeMark syncs a mark, or stops the clock where it was last told to be. The lock is held.
func (s *Simulated) writeMark(mark time.Time) bool {
	if err := writeMark(s.file, mark); err != nil {
		s.err = fmt.Errorf("stop simulated clock: %w", err)
		s.at = s.told
		s.stopTimer()
		close(s.failed)
		return false
	}
	s.mark = mark
	return true
}

// goOff wakes the owners of the alarms that are due, or, when none is, arranges to look again at the next one's instant. While an alarm
// is due the clock stands, and only setting or clearing it can change anything. The lock is held.
func (s *Simulated) goOff() {
	s.stopTimer()
	s.advance()
	next, ok := s.earliest()
	if !ok {
		return
	}
	if next.After(s.at) {
		if s.running && !s.closed && s.err == nil {
			s.timer = time.AfterFunc(s.realWait(next), s.look)
		}
		return
	}
	if !s.tell() {
		return
	}
	for _, a := range s.alarms {
		if !a.delivered && !a.at.After(s.at) {
			a.delivered = true
			a.c <- a.at // has room: setting and clearing empty it
		}
	}
}

func (s *Simulated) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && s.err == nil {
		s.goOff()
	}
}

// realWait returns the real time until an instant to come. The lock is held.
func (s *Simulated) realWait(t time.Time) time.Duration {
	wait := math.Ceil(float64(t.Sub(s.at)) / s.rate)
	return time.Duration(min(wait, float64(time.Hour))) // look once an hour at least: far instants overflow
}

func (s *Simulated) stopTimer() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
}

// set arms an alarm.
func (s *Simulated) set(a *simulatedAlarm, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	s.remove(a)
	a.at = at.Round(0).UTC()
	s.alarms = append(s.alarms, a)
	s.makeRoom(a.at)
	s.goOff()
}

// makeRoom moves the clock and its mark back to an alarm's instant if they have run ahead of it, as far as nobody was told of more. The
// lock is held.
func (s *Simulated) makeRoom(at time.Time) {
	if at.Before(s.told) {
		at = s.told
	}
	if s.err != nil {
		return
	}
	if at.Before(s.at) {
		s.at, s.from, s.since = at, at, time.Now()
	}
	if at.Before(s.mark) {
		s.writeMark(at)
	}
}

func (s *Simulated) clear(a *simulatedAlarm) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	s.remove(a)
	s.goOff()
}

// remove takes an alarm off the list, and takes back an instant that was not collected. The lock is held.
func (s *Simulated) remove(a *simulatedAlarm) {
	s.alarms = slices.DeleteFunc(s.alarms, func(b *simulatedAlarm) bool { return a == b })
	a.delivered = false
	select {
	case <-a.c:
	default:
	}
}

type simulatedAlarm struct {
	clock     *Simulated
	name      string
	c         chan time.Time
	at        time.Time // guarded by the clock's lock, as is delivered
	delivered bool
}

func (a *simulatedAlarm) C() <-chan time.Time { return a.c }
func (a *simulatedAlarm) Set(at time.Time)    { a.clock.set(a, at) }
func (a *simulatedAlarm) Clear()              { a.clock.clear(a) }
