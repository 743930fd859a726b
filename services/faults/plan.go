package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// plan is everything that a seed decides about a round. What the machine decides is when things happen to each other.
type plan struct {
	Seed        uint64
	Rates       int // in the stand-in's catalogue
	Generations int // crawls at least, one for each state of the catalogue
	Changes     int // planted between two crawls at most
	Stories     []story
	Writers     int // processes of the product on the same servers
	Faults      []disturbance
}

// deed is what is done to whom.
type deed string

const (
	deedKill     deed = "kill"     // kill -9, at a random moment
	deedKillAt   deed = "kill-at"  // the same at a point of a protocol
	deedCut      deed = "cut"      // a connection is cut at a point of a protocol
	deedReset    deed = "reset"    // all connections are cut
	deedSilence  deed = "silence"  // nothing passes for a while, then it goes on
	deedHalfOpen deed = "halfopen" // nothing passes for a while, then the connections are gone
	deedDelay    deed = "delay"    // everything comes late
	deedThrottle deed = "throttle" // everything comes slowly
	deedFreeze   deed = "freeze"   // the process stands still, as with a disk that stalls
	deedFull     deed = "full"     // the disk takes nothing more
	deedPlant    deed = "plant"    // a message comes from elsewhere
)

// disturbance is one fault of a plan.
type disturbance struct {
	Deed   deed
	Whom   string        // nats, clickhouse, product, writer (the second process), or what is planted
	Pause  time.Duration // before it, since the one before was over
	For    time.Duration // how long it lasts, or how long what was killed stays dead
	At     point
	Skip   int // points that pass by first
	Part   part
	Number uint64 // what else is random in it
}

func (d disturbance) String() string {
	text := string(d.Deed) + " " + d.Whom
	if d.At != "" {
		text += fmt.Sprintf(" %s %s+%d", d.Part, d.At, d.Skip)
	}
	if d.For > 0 {
		text += " " + d.For.String()
	}
	return text
}

// newPlan draws a plan. Its faults are only those that have some words in them; there are none when no fault has.
func newPlan(seed uint64, only string) plan {
	random := rand.New(rand.NewPCG(seed, 0x70726963657769))
	p := plan{
		Seed: seed, Rates: 40 + random.IntN(160), Generations: 2 + random.IntN(2), Changes: 5 + random.IntN(20), Writers: 1 + random.IntN(2),
	}
	for _, n := range random.Perm(len(markets()))[:1+random.IntN(2)] {
		p.Stories = append(p.Stories, story{
			Market: markets()[n], Lines: 10 + random.IntN(50), Correct: random.IntN(2) == 0, Withdraw: random.IntN(3) > 0, Whole: random.IntN(3) == 0,
		})
	}
	for range 2 + random.IntN(3) {
		for range mostDraws {
			if d := p.draw(random); strings.Contains(d.String(), only) {
				p.Faults = append(p.Faults, d)
				break
			}
		}
	}
	return p
}

// mostDraws bounds how long a fault of certain words is looked for.
const mostDraws = 10_000

func markets() []string { return []string{"US", "GB", "DE", "FR", "JP", "NL"} }

// draw draws one fault.
func (p *plan) draw(random *rand.Rand) disturbance {
	between := func(least, most int) time.Duration {
		return time.Duration(least+random.IntN(most-least)) * time.Millisecond
	}
	d := disturbance{Pause: between(0, 400), Number: random.Uint64()}
	servers := []string{"nats", "clickhouse"}
	d.Whom = servers[random.IntN(2)]
	points := map[string][]point{"nats": {batchCommit, batchAck}, "clickhouse": {insertData, insertAnswer, insertAnswer}}
	pick := func(of string) {
		d.At, d.Skip = points[of][random.IntN(len(points[of]))], random.IntN(4)
		if of == "clickhouse" {
			d.Skip = random.IntN(12)
		}
		d.Part = []part{nothing, half, all}[random.IntN(3)]
	}
	processes := []string{"nats", "clickhouse", "product"}
	if p.Writers > 1 {
		processes = append(processes, "writer")
	}
	switch n := random.IntN(100); {
	case n < 16:
		d.Deed, d.Whom, d.For = deedKill, processes[random.IntN(len(processes))], between(0, 500)
	case n < 32:
		d.Deed, d.For = deedKillAt, between(0, 300)
		pick(d.Whom)
		if random.IntN(3) == 0 {
			d.Whom = "product"
		}
	case n < 52:
		d.Deed = deedCut
		pick(d.Whom)
	case n < 56:
		d.Deed = deedReset
	case n < 61:
		d.Deed, d.For = deedSilence, between(200, 1500)
	case n < 66:
		d.Deed, d.For = deedHalfOpen, between(200, 1500)
	case n < 70:
		d.Deed, d.For = deedDelay, between(300, 1500)
	case n < 74:
		d.Deed, d.For = deedThrottle, between(300, 1500)
	case n < 81:
		d.Deed, d.Whom, d.For = deedFreeze, processes[random.IntN(len(processes))], between(200, 1500)
	case n < 85:
		d.Deed, d.For = deedFull, between(200, 1000)
	default:
		d.Deed, d.Whom = deedPlant, string(plants()[random.IntN(len(plants()))])
	}
	return d
}

// serverFaults is how many faults concern a server or the way to it.
func (p plan) serverFaults() int {
	n := 0
	for _, d := range p.Faults {
		if d.Deed != deedPlant && d.Whom != "product" && d.Whom != "writer" || d.At != "" {
			n++
		}
	}
	return n
}

// fillsEngine reports whether the engine's disk is full in a round.
func (p plan) fillsEngine() bool {
	for _, d := range p.Faults {
		if d.Deed == deedFull && d.Whom == "clickhouse" {
			return true
		}
	}
	return false
}

// words are the faults of a plan in a line.
func (p plan) words() string {
	all := make([]string, len(p.Faults))
	for i, d := range p.Faults {
		all[i] = d.String()
	}
	return strings.Join(all, ", ")
}
