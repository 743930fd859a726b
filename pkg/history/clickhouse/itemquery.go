package clickhouse

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/item"
)

// asOfItems answers from the periods of every item that filters let through, as asOfPrices does. The slots: conditions on periods, what
// limits the answers.
const asOfItems = `SELECT r.key, line.1, line.2, line.3,
    ` + foundPeriod + `
FROM (
    SELECT key, line,
        ` + foldedPeriods + `
    FROM (
        SELECT key,
            arrayReverseSort(groupArray(((known_at, seq, row), valid_from, valid_to, (present, if(present, answer, 0))))) AS periods,
            argMaxIf((CAST(mapKeys(` + "`values`" + `), 'Array(String)'), mapValues(` + "`values`" + `), toString(release)), (known_at, seq, row),
                valid_from <= ` + askedAt + ` AND ` + askedAt + ` < valid_to) AS line
        FROM items_store
        WHERE known_at <= ` + askedKnown + `%s
        GROUP BY key
    )
    WHERE hit.4.1
) AS r
ORDER BY r.key LIMIT %s`

// itemListStatement asks for one more item than the page holds.
func itemListStatement(q history.ItemList, after []string, p *published) statement {
	var f filters
	f.asOf(q.AsOf)
	f.equal("list", q.List)
	f.equal("market", q.Market)
	f.equal("key", q.Key)
	if after != nil {
		f.where("key > @after", "after", after[0])
	}
	p.visible(&f)
	return statement{fmt.Sprintf(asOfItems, f.and(), strconv.Itoa(q.Size()+1)), f.args}
}

// Items lists the items that are on a list of a market.
func (s *Store) Items(ctx context.Context, q history.ItemList) (history.ItemPage, error) {
	if err := q.Validate(); err != nil {
		return history.ItemPage{}, err
	}
	place, err := history.DecodeCursor(q.Cursor, 1)
	if err != nil {
		return history.ItemPage{}, err
	}
	p, err := s.published(ctx, q.List, q.Market)
	if err != nil {
		return history.ItemPage{}, err
	}
	page := history.ItemPage{InForce: p.inForce(q.AsOf)}
	if p.none() {
		return page, nil
	}
	err = s.query(ctx, "ask for items", itemListStatement(q, place, &p), func(rows driver.Rows) error {
		a, err := scanItem(rows)
		a.InForce = page.InForce
		page.Items = append(page.Items, a)
		return err
	})
	if err != nil {
		return history.ItemPage{}, err
	}
	if n := q.Size(); len(page.Items) > n {
		page.Items = page.Items[:n]
		page.Next = history.EncodeCursor(page.Items[n-1].Key)
	}
	return page, nil
}

func scanItem(rows driver.Rows) (history.ItemAnswer, error) {
	var (
		a               history.ItemAnswer
		names, texts    []string
		from, to, known time.Time
		sequence        uint64
	)
	if err := rows.Scan(&a.Key, &names, &texts, &a.Release, &from, &to, &known, &sequence); err != nil {
		return a, err
	}
	a.KnownAt, a.Valid = known.UTC(), effective.Period{From: history.FromStored(from), To: history.ToStored(to)}
	a.Item.Key = a.Key
	for i, name := range names {
		a.Item.Values = append(a.Item.Values, item.Value{Name: name, Text: texts[i]})
	}
	return a, nil
}
