package clickhouse

import (
	"context"
	"math"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
)

const (
	// rangeRows is about how many periods one statement of a question about all rates reads: what it finds is held until it is told.
	rangeRows = 500_000
	// rangesAtMost bounds the statements of a question.
	rangesAtMost = 1024
	// batchRates is how many rates are answered in full at a time.
	batchRates = 2_000
)

// keyRange is a range of keys, both ends included. Questions about all rates go through the table's order range by range, so that each row is
// read once and what is held stays small.
type keyRange struct{ first, last uint64 }

func (r keyRange) bind(f *filters) {
	f.where("key >= @first_key", "first_key", r.first)
	f.where("key <= @last_key", "last_key", r.last)
}

// keyRanges cuts the keys from one on into ranges of about as many rows each. Keys are hashes, so ranges of the same width are.
func (s *Store) keyRanges(ctx context.Context, q *history.RateFilter, first uint64) ([]keyRange, error) {
	n := uint64(1)
	if q.MeterID == "" && q.SKUID == "" {
		rows, err := s.number(ctx, "count periods", statement{text: "SELECT count() FROM rates_store"})
		if err != nil {
			return nil, err
		}
		n = min(rows/rangeRows+1, rangesAtMost)
	}
	return cutKeys(n, first), nil
}

func cutKeys(n, first uint64) []keyRange {
	width := math.MaxUint64/n + 1 // 0: all
	var ranges []keyRange
	for i := range n {
		r := keyRange{i * width, (i+1)*width - 1}
		if i == n-1 {
			r.last = math.MaxUint64
		}
		if r.last >= first {
			r.first = max(r.first, first)
			ranges = append(ranges, r)
		}
	}
	return ranges
}

// rates adds the conditions of a filter on what rates are.
func (f *filters) rates(q *history.RateFilter) {
	f.equal("price_list", q.PriceList)
	f.equal("currency", q.Currency)
	f.equal("meter_id", q.MeterID)
	f.equal("sku_id", q.SKUID)
	f.equal("type", q.Type)
	f.anyFold("meter_id", "meter_ids", q.Meters)
	if q.ReservationTerm != nil {
		f.where("reservation_term = @reservation_term", "reservation_term", *q.ReservationTerm)
	}
	f.tier(q.Tier)
}

// ever adds the condition that a rate ever had the attributes that a filter asks for, for rates that other conditions choose.
func (f *filters) ever(q *history.RateFilter) {
	list := history.RateList{Region: q.Region, Service: q.Service, OperatingSystem: q.OperatingSystem, PurchaseOption: q.PurchaseOption}
	rates := f.and()
	if attributes := f.attributes(list); attributes != "" {
		f.conditions = append(f.conditions, "key IN (SELECT key FROM rate_changes_store WHERE has_after"+attributes+rates+")")
	}
}

// keyed is a rate with its key.
type keyed struct {
	key uint64
	id  rate.Identity
}

// keyedRates reads rates.
func (s *Store) keyedRates(ctx context.Context, what string, q statement) ([]keyed, error) {
	var found []keyed
	err := s.query(ctx, what, q, func(rows driver.Rows) error {
		var k keyed
		var r identityRow
		err := rows.Scan(append([]any{&k.key}, r.targets()...)...)
		if err != nil {
			return err
		}
		k.id, err = r.identity()
		found = append(found, k)
		return err
	})
	return found, err
}
