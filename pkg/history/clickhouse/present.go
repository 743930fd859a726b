package clickhouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/history"
)

var _ history.PresentReader = (*Store)(nil)

// eachRateStatement asks for the rates of a range of keys.
func eachRateStatement(q history.RateList, from *chosen, within keyRange) statement {
	return rateListStatement(q, from, within, presentColumns)
}

// EachRate asks for one range of keys after the other, so that a statement holds little however many rates there are.
func (s *Store) EachRate(ctx context.Context, q history.RateList, each func(history.PresentRate) error) error {
	q, err := q.Present()
	if err != nil {
		return err
	}
	from, err := s.choose(ctx, q.Currency, q.AsOf, q.KnownAt)
	if err != nil || from.none() {
		return err
	}
	for _, within := range cutKeys(from.rates/eachAtOnce+1, 0) {
		if err := s.eachRate(ctx, q.At, eachRateStatement(q, from, within), each); err != nil {
			return err
		}
	}
	return nil
}

// eachAtOnce is about how many rates one statement of EachRate answers.
const eachAtOnce = 100_000

// eachRate runs one statement. What goes wrong with what it hands over is not of the question.
func (s *Store) eachRate(ctx context.Context, at time.Time, q statement, each func(history.PresentRate) error) error {
	var failed error
	err := s.query(ctx, "ask for each rate", q, func(rows driver.Rows) error {
		var a history.PresentRate
		var next time.Time
		var err error
		if a.RateAnswer, _, err = scanRate(rows, &a.Newest, &next); err != nil {
			return err
		}
		a.Newest = a.Newest.UTC()
		a.Holds = history.NewHolds(at, a.Newest, next)
		failed = each(a)
		return failed
	})
	if failed != nil {
		return failed
	}
	return err
}

// eachPriceStatement asks for every price of a market.
func eachPriceStatement(market string, a history.AsOf, p *published) statement {
	var f filters
	f.asOf(a)
	f.equal("market", market)
	p.visible(&f)
	return statement{fmt.Sprintf(asOfPrices, ", newest, if(empty(upper), "+openText+", upper[1])", ",\n        periods[1].1.1 AS newest", f.and(), "", priceOrder), f.args}
}

// EachPrice hands over every price of a market of which anything is known.
func (s *Store) EachPrice(ctx context.Context, market string, at time.Time, each func(history.PresentPrice) error) error {
	asOf := history.AsOf{At: at, KnownAt: history.Everything()}
	if err := (history.PriceList{Market: market, AsOf: asOf}).Validate(); err != nil {
		return err
	}
	p, err := s.published(ctx, license, market)
	if err != nil || p.none() {
		return err
	}
	inForce := p.inForce(asOf)
	var failed error
	err = s.query(ctx, "ask for each price", eachPriceStatement(market, asOf, &p), func(rows driver.Rows) error {
		var a history.PresentPrice
		var newest, next time.Time
		var err error
		if a.PriceAnswer, err = scanPrice(rows, &newest, &next); err != nil {
			return err
		}
		a.InForce, a.Holds = inForce, history.NewHolds(at, newest, next)
		failed = each(a)
		return failed
	})
	if failed != nil {
		return failed
	}
	return err
}
