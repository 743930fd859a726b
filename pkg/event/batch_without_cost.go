package event

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Recall returns the last event that was told under a subject of events without cost; nil where there is none.
type Recall func(subject string) (Payload, error)

// Told is a message without cost, and which message of the batch it is made of.
type Told struct {
	Message stream.Message
	From    int
}

// Costless is a batch in which the partner's cost is not.
type Costless struct {
	Told       []Told
	Unreadable []error // what of the batch does not decode, and is left out
}

// BatchWithoutCost makes of a whole batch what it says to whom the partner's cost is not shown: nothing of unit prices, nothing of rates of any
// price list but the public one, and nothing of changes of those alone. Places, counts, checksums and ids are made anew, so that they are true
// of what is left, and so that nobody finds a unit price by trying which one gives an id. The same batch after the same past gives the same
// messages. What does not decode is left out, and counted among the lines of a release, so that the gap shows there as it does in the batch.
//
// The only errors are those of recall.
func BatchWithoutCost(batch []stream.Message, recall Recall) (Costless, error) {
	c := costless{batch: batch, recall: recall, lines: map[string]int{}, keep: make([]keeping, len(batch)), encoder: encoder{prefix: WithoutCostPrefix}}
	c.encoder.w.withoutCost = true
	for i := range batch {
		if err := c.look(i); err != nil {
			return Costless{}, err
		}
	}
	if err := c.judgeCrawl(); err != nil {
		return Costless{}, err
	}
	return c.tell(), nil
}

// costless decodes a batch twice, once to see what is left and once to tell it: decoded, all of a large release would take several times the
// room of its bytes.
type costless struct {
	batch   []stream.Message
	recall  Recall
	keep    []keeping
	lines   map[string]int // by subject: the last message of a licence line that is kept
	counts  listing.Counts // lines of the release by what changed, as corrections to its manifest
	of      int            // lines that are told, and those that do not decode
	retail  bool           // something of the public price list is in it
	other   bool           // something of another price list is
	ends    []int          // records and parts of crawls
	encoder encoder
	result  Costless
}

// keeping is what becomes of a message.
type keeping struct {
	kept    bool
	change  string        // of a licence line, as it is told
	periods []PricePeriod // of a licence line whose price changed, as they are told
}

// look finds out whether a message is kept.
func (c *costless) look(i int) error {
	e, err := Decode(c.batch[i].Subject, c.batch[i].Data)
	if err != nil {
		c.result.Unreadable = append(c.result.Unreadable, err)
		if isLine(c.batch[i].Subject) {
			c.of++
		}
		return nil
	}
	switch p := e.Payload.(type) {
	case *PriceChanged:
		return c.lookAtPrice(i, p)
	case *ItemChanged:
		c.of++
	case *RateChanged:
		return c.lookAtRate(i, p.Identity.PriceList == rate.Retail)
	case *RateQuarantined:
		return c.lookAtRate(i, len(retailRows(p.Rows)) > 0, len(retailRows(p.Rows)) < len(p.Rows))
	case *CrawlFinished, *CrawlProgressed:
		c.ends = append(c.ends, i)
		return nil
	}
	c.keep[i].kept = true
	return nil
}

// lookAtRate keeps what is of the public price list. The second, where it is given, says that something of others is there as well.
func (c *costless) lookAtRate(i int, retail bool, others ...bool) error {
	c.keep[i].kept = retail
	c.retail = c.retail || retail
	c.other = c.other || !retail || len(others) > 0 && others[0]
	return nil
}

// judgeCrawl keeps records of crawls in which something of the public price list was, and of those that found nothing in a scope that told of
// it before.
func (c *costless) judgeCrawl() error {
	for _, i := range c.ends {
		kept := c.retail
		if !c.retail && !c.other {
			last, err := c.recall(WithoutCostPrefix + c.batch[i].Subject)
			if err != nil {
				return err
			}
			kept = last != nil
		}
		c.keep[i].kept = kept
	}
	return nil
}

// lookAtPrice keeps a line unless its cost alone changed.
func (c *costless) lookAtPrice(i int, p *PriceChanged) error {
	p.strip()
	first, again := c.lines[p.subject()]
	k := keeping{kept: true, change: p.Change}
	if p.Change == string(listing.PriceChanged) {
		told, err := c.lastTold(p, first, again)
		if err != nil {
			return err
		}
		p.trim(told)
		k.change, k.periods = p.changeSince(told), p.Periods
	}
	if !again {
		c.recount(p.Change, k.change)
	}
	if k.change == string(listing.Unchanged) {
		return nil
	}
	c.keep[i] = k
	c.lines[p.subject()] = i
	c.of++
	return nil
}

// lastTold is what was said of a line before, in the batch or ahead of it; nil when nothing was.
func (c *costless) lastTold(p *PriceChanged, at int, inBatch bool) (*PriceChanged, error) {
	if inBatch {
		e, err := Decode(c.batch[at].Subject, c.batch[at].Data)
		if err != nil {
			return nil, err // it decoded before
		}
		told, _ := e.Payload.(*PriceChanged)
		told.strip()
		return told, nil
	}
	last, err := c.recall(WithoutCostPrefix + p.subject())
	if err != nil {
		return nil, err
	}
	told, _ := last.(*PriceChanged)
	return told, nil
}

// recount notes that a line that changed in one way is told as one that changed in another.
func (c *costless) recount(was, is string) {
	if was != is {
		c.counts.PriceChanged--
		c.counts.Add(listing.Change(is))
	}
}

// tell makes the messages of what is kept.
func (c *costless) tell() Costless {
	sum := sha256.New()
	n := 0
	for i, k := range c.keep {
		if !k.kept {
			continue
		}
		e, err := Decode(c.batch[i].Subject, c.batch[i].Data)
		if err != nil {
			continue // it decoded before
		}
		switch p := e.Payload.(type) {
		case *PriceChanged:
			n++
			p.strip()
			if p.Change, p.N, p.Of = k.change, n, c.of; k.periods != nil {
				p.Periods = k.periods
			}
		case *ItemChanged:
			n++
			p.N, p.Of = n, c.of
		case *RateQuarantined:
			p.Rows = retailRows(p.Rows)
		case *CrawlFinished:
			p.OfferTerms = nil
		case *ReleasePublished:
			p.Content, p.Changed, p.Checksum = "", c.of, hex.EncodeToString(sum.Sum(nil))
			p.Diff.correct(&c.counts)
		case *ReleaseWithdrawn:
			p.Changed, p.Checksum = c.of, hex.EncodeToString(sum.Sum(nil))
		}
		m, err := c.encoder.message(e.Payload)
		if err != nil { // its subject alone is longer than in the batch
			c.result.Unreadable = append(c.result.Unreadable, err)
			continue
		}
		if isLine(c.batch[i].Subject) {
			sum.Write([]byte(m.ID))
		}
		c.result.Told = append(c.result.Told, Told{Message: m, From: i})
	}
	return c.result
}

// isLine reports whether a subject is that of a line of a list.
func isLine(subject string) bool {
	return strings.HasPrefix(subject, "pw.price.") || strings.HasPrefix(subject, "pw.item.")
}

// correct adds corrections; a list of the past may say less of lines than it has events, so no count goes below none.
func (c *DiffCounts) correct(by *listing.Counts) {
	c.PriceChanged = max(0, c.PriceChanged+by.PriceChanged)
	c.Changed += by.Changed
	c.Ending += by.Ending
	c.Unchanged += by.Unchanged
}

func retailRows(rows []QuarantinedRow) []QuarantinedRow {
	var left []QuarantinedRow
	for i := range rows {
		if rows[i].Identity.PriceList == rate.Retail {
			left = append(left, rows[i])
		}
	}
	return left
}
