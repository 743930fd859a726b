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
		if batch, err = e.changes(o); err != nil {
			return nil, err
		}
		if batch, err = e.quarantined(batch, o); err != nil {
			return nil, err
		}
	}
	record, err := e.message(crawlFinished(&o.Record))
	if err != nil {
		return nil, err
	}
	return append(batch, record), nil
}

func (e *encoder) changes(o rate.Outcome) ([]stream.Message, error) {
	batch := make([]stream.Message, 0, len(o.Changes)+2)
	common := observed{crawl: o.Record.ID, decimals: decimalsOf(o.Record.Currency)}
	for i := range o.Changes {
		m, err := e.message(common.change(&o.Changes[i]))
		if err != nil {
			return nil, err
		}
		batch = append(batch, m)
	}
	return batch, nil
}

func (e *encoder) quarantined(batch []stream.Message, o rate.Outcome) ([]stream.Message, error) {
	chunk := RateQuarantined{Crawl: o.Record.ID, Scope: o.Record.Scope, Currency: o.Record.Currency, KnownAt: o.Record.At.UTC()}
	size := 0
	flush := func() error {
		m, err := e.message(&chunk)
		batch = append(batch, m)
		chunk.Rows, size = chunk.Rows[:0], 0
		return err
	}
	for i := range o.Quarantined {
		row := quarantinedRow(&o.Quarantined[i])
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
	return batch, flush()
}
