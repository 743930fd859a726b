package event

import (
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/stream"
)

// chunkSize is how many bytes of quarantined rows one message holds at most, unless a single row is longer.
const chunkSize = 512<<10 - 4<<10 // the rest is for envelope and head

// RateBatch makes the batch of a crawl: its changes in order, its quarantined rows, and its record last. A refused crawl's batch is its
// record alone; a repeated one's is empty, for there is nothing to publish. An invalid fault says what cannot be published.
func RateBatch(o rate.Outcome) ([]stream.Message, error) {
	if o.Repeated {
		return nil, nil
	}
	var e encoder
	var batch []stream.Message
	if o.Record.Refused == "" {
		var err error
		if batch, err = e.found(&o.Record, o.Changes, o.Quarantined); err != nil {
			return nil, err
		}
	}
	record, err := e.message(crawlFinished(&o.Record))
	if err != nil {
		return nil, err
	}
	return append(batch, record), nil
}

// RateMessages makes the messages of changes that a crawl found, one each, in their order. Of the record only id and currency count.
func RateMessages(crawl rate.Record, changes []rate.Change) ([]stream.Message, error) {
	var e encoder
	return e.found(&crawl, changes, nil)
}

// QuarantineMessages makes the messages of rows that a crawl did not believe, as many as their size asks for, in their order. Of the
// record only id, scope, currency and time count.
func QuarantineMessages(crawl rate.Record, rows []rate.Quarantined) ([]stream.Message, error) {
	var e encoder
	return e.found(&crawl, nil, rows)
}

// CrawlMessage makes the message of a crawl's record, which ends its last batch.
func CrawlMessage(crawl rate.Record) (stream.Message, error) {
	var e encoder
	return e.message(crawlFinished(&crawl))
}

// PartMessage makes the message that ends a batch before the last of a crawl.
func PartMessage(part rate.CrawlPart) (stream.Message, error) {
	var e encoder
	return e.message(crawlProgressed(&part))
}

// found makes the messages of what a crawl found, with room for the one that ends the batch.
func (e *encoder) found(crawl *rate.Record, changes []rate.Change, quarantined []rate.Quarantined) ([]stream.Message, error) {
	batch := make([]stream.Message, 0, len(changes)+2)
	common := observed{crawl: crawl.ID, decimals: decimalsOf(crawl.Currency)}
	for i := range changes {
		m, err := e.message(common.change(&changes[i]))
		if err != nil {
			return nil, err
		}
		batch = append(batch, m)
	}
	return e.quarantined(batch, crawl, quarantined)
}

func (e *encoder) quarantined(batch []stream.Message, crawl *rate.Record, rows []rate.Quarantined) ([]stream.Message, error) {
	chunk := RateQuarantined{Crawl: crawl.ID, Scope: crawl.Scope, Currency: crawl.Currency, KnownAt: crawl.At.UTC()}
	size := 0
	flush := func() error {
		m, err := e.message(&chunk)
		batch = append(batch, m)
		chunk.Rows, size = chunk.Rows[:0], 0
		return err
	}
	for i := range rows {
		row := quarantinedRow(&rows[i])
		var w writer
		row.write(&w)
		if size > 0 && size+len(w.buf) > chunkSize {
			if err := flush(); err != nil {
				return nil, err
			}
		}
		chunk.Rows = append(chunk.Rows, row)
		size += len(w.buf) + 1
	}
	if size == 0 {
		return batch, nil
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return batch, nil
}
