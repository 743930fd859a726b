package tail_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/event"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream"
	"github.com/pricewire/pricewire/pkg/tail"
)

// storm is streams that appear, are made anew and are written to while followers join, break off, resume and dawdle.
type storm struct {
	*scene
	mu     sync.Mutex
	ends   map[string]uint64 // NAME@incarnation: how far it is at the end; nil before
	joined sync.WaitGroup    // until a follower has joined once and rests no more
}

var errBrokenOff = errors.New("broken off")

// client follows the storm as a client does: it resumes behind its last batch, and begins anew where a stream was made anew.
type client struct {
	*storm
	random  *rand.Rand
	options tail.Options
	due     map[string]uint64 // the next sequence of each stream
	breaks  int
	met     sync.Once
}

func (c *client) run() error {
	defer c.met.Do(c.joined.Done)
	c.rest(3 * time.Second)
	c.due = map[string]uint64{}
	for {
		err := c.hub.Follow(c.ctx, c.options, c.batch)
		switch {
		case errors.Is(err, errEnough):
			return nil
		case errors.Is(err, errBrokenOff):
			c.rest(time.Second)
		case fault.Is(err, fault.NotFound), fault.Is(err, fault.Conflict):
			c.options.Position, c.due = nil, map[string]uint64{}
		default:
			return err
		}
	}
}

func (c *client) rest(most time.Duration) { time.Sleep(time.Duration(c.random.Int64N(int64(most)))) }

func (c *client) batch(b tail.Batch) error {
	if len(b.Entries) == 0 && c.options.Position == nil { // it says where it begins
		for name, sequence := range b.Position {
			c.due[name] = sequence + 1
		}
	}
	for _, e := range b.Entries {
		name := e.Stream.String()
		if want := max(c.due[name], 1); e.Sequence != want {
			return fmt.Errorf("%s:%d came where %d was due", name, e.Sequence, want)
		}
		c.due[name] = e.Sequence + 1
	}
	var err error
	if c.options.Position, err = tail.ParsePosition(b.Position.String()); err != nil {
		return err
	}
	for name, sequence := range b.Position {
		if due := max(c.due[name], 1); due != sequence+1 {
			return fmt.Errorf("position %s:%d, and %d is due", name, sequence, due)
		}
	}
	if c.over() {
		return errEnough
	}
	c.met.Do(c.joined.Done)
	switch {
	case c.breaks > 0 && c.random.IntN(4) == 0:
		c.breaks--
		return errBrokenOff
	case c.random.IntN(20) == 0:
		c.rest(3 * time.Second) // longer than a turn lasts
	}
	return nil
}

// over reports whether everything has come that there is at the end.
func (c *client) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, end := range c.ends {
		if c.options.Position[name] != end {
			return false
		}
	}
	return c.ends != nil
}

func (s *storm) put(currency string, n int) {
	_, m := example(s, event.TypeCrawlProgressed)
	in := strings.NewReplacer(".usd.", "."+strings.ToLower(currency)+".", "-usd", "-"+strings.ToLower(currency), "USD", currency)
	m.Subject, m.Data = in.Replace(m.Subject), []byte(in.Replace(string(m.Data)))
	batch := slices.Repeat([]stream.Message{m}, n)
	if _, err := s.Publish(s.ctx, stream.Rates(currency), batch, stream.Expectation{}); err != nil {
		s.Fatal(err)
	}
}

// blow writes for some seconds; a currency appears with its first batch.
func (s *storm) blow(random *rand.Rand) {
	there := map[string]bool{}
	for range 60 {
		time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
		currency := []string{"USD", "EUR", "GBP", "JPY"}[random.IntN(4)]
		if there[currency] && random.IntN(25) == 0 {
			s.Delete(stream.Rates(currency))
			there[currency] = false
			time.Sleep(time.Duration(random.IntN(2)) * time.Second)
		}
		if !there[currency] {
			s.declare(stream.RatesDeclaration(currency))
			there[currency] = true
			if random.IntN(2) == 0 { // it is empty for a while
				time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
			}
		}
		s.put(currency, 1+random.IntN(30))
	}
}

// settle says how far the streams are going to be, and takes them there.
func (s *storm) settle() {
	infos, err := s.Streams(s.ctx)
	if err != nil {
		s.Fatal(err)
	}
	s.mu.Lock()
	s.ends = map[string]uint64{}
	for _, info := range infos {
		s.ends[info.Name.String()] = info.Last + 1
	}
	s.mu.Unlock()
	for _, info := range infos {
		s.put(strings.TrimPrefix(info.Name.Name, stream.Rates("")), 1)
	}
}

func TestNobodyMissesAnythingInAStorm(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			inScene(t, tail.Config{Bytes: 1 << random.IntN(20), Readers: 1 + random.IntN(3)}, func(scene *scene) {
				s := &storm{scene: scene}
				s.bent.streams = pause(time.Duration(random.IntN(20)) * time.Millisecond)
				const clients = 40
				s.joined.Add(clients)
				failures := make(chan error, clients)
				for i := range uint64(clients) {
					c := &client{storm: s, random: rand.New(rand.NewPCG(seed, i+2)), breaks: random.IntN(5)}
					c.options.Start.New = random.IntN(2) == 0
					s.following.Go(func() { failures <- c.run() })
				}
				s.blow(random)
				s.joined.Wait()
				s.settle()
				for range clients {
					if err := <-failures; err != nil && !errors.Is(err, context.DeadlineExceeded) {
						t.Error(err)
					} else if err != nil {
						t.Error("a client waits for ever")
					}
				}
				if n := s.hub.Followers(); n != 0 {
					t.Errorf("%d follow yet", n)
				}
			})
		})
	}
}
