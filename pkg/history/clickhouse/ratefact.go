package clickhouse

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// ratePrice is what a period of a rate answers: the zero value is none.
type ratePrice struct {
	priced bool
	price  money.Decimal
	start  int64 // of the row that gives the price
}

type rateTale = tale[ratePrice]

// rateTalesStatement reads the periods of some rates that hold instants from the earliest on and are known at the latest. A key is a rate:
// the ledger refuses two with one key. Prices come as the two halves of what the column holds, which costs a fifth of reading decimals.
func rateTalesStatement(keys []uint64, from *chosen, earliest time.Time, latestKnown int64) statement {
	var f filters
	f.conditions = append(f.conditions, from.ofPeriods(&f, ""))
	f.in("key", "keys", keys)
	f.where("valid_to > toDateTime64(@earliest, 3, 'UTC')", "earliest", validText(earliest))
	f.where("known_at <= toDateTime64(@latest_known, 6, 'UTC')", "latest_known", knownText(knownMicro(latestKnown)))
	return statement{"SELECT key, toUnixTimestamp64Milli(valid_from), toUnixTimestamp64Milli(valid_to), toUnixTimestamp64Micro(known_at), stream, seq, row, priced,\n" +
		"    toInt64(bitShiftRight(reinterpretAsInt128(price), 64)), reinterpretAsUInt64(price), toUnixTimestamp64Milli(effective_from)\nFROM rate_slices" +
		f.all(), f.args}
}

// fewPeriods is how many periods of a rate are reckoned with before they are counted.
const fewPeriods = 4

// rateTales reads what was told of rates, by key. What matters is read: periods that end by the earliest instant, and those known later than
// the latest, are left out.
func (s *Store) rateTales(ctx context.Context, keys []uint64, from *chosen, earliest time.Time, latestKnown int64) (map[uint64]rateTale, error) {
	if from.none() {
		return nil, nil
	}
	tales := make(map[uint64]rateTale, len(keys))
	var (
		key, seq, lo           uint64
		begin, to, known, last int64
		hi                     int64
		row                    uint32
		priced                 bool
		stream, same           string
	)
	targets := []any{&key, &begin, &to, &known, &stream, &seq, &row, &priced, &hi, &lo, &last}
	err := s.query(ctx, "ask for periods", rateTalesStatement(keys, from, earliest, latestKnown), func(rows driver.Rows) error {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if stream != same {
			same = stream // periods of a stream share its name
		}
		p := saying[ratePrice]{from: begin, to: to, known: known, stream: same, seq: seq, row: row}
		if priced {
			p.answer = ratePrice{true, money.FromUnscaled(hi, lo), last}
		}
		tale := tales[key]
		if tale == nil {
			tale = make(rateTale, 0, fewPeriods)
		}
		tales[key] = append(tale, p)
		return nil
	})
	for _, t := range tales {
		t.order()
	}
	return tales, err
}

// rateAnswer is what the tale of a key says of an instant, but for the current row's attributes; false when it knows nothing at all.
func rateAnswer(all folds[uint64, ratePrice], key uint64, t rateTale, id rate.Identity, v, known int64) (history.RateAnswer, bool) {
	t = t.known(known)
	if len(t) == 0 {
		return history.RateAnswer{}, false
	}
	a := history.RateAnswer{Identity: id, None: true}
	var hit ratePrice
	if i := t.latest(v); i >= 0 {
		hit, a.KnownAt = t[i].answer, knownMicro(t[i].known)
	}
	if hit.priced {
		a.None, a.Price, a.EffectiveFrom = false, hit.price, fromMilli(hit.start)
	}
	_, to := all.of(key, t).around(v)
	a.ValidTo = toMilli(to)
	return a, true
}
