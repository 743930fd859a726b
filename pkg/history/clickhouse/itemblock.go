package clickhouse

import (
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/column"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/item"
)

// orderedValues is what an item says as a map column takes it: in its own order, which a Go map would lose.
type orderedValues []item.Value

var _ column.IterableOrderedMap = (*orderedValues)(nil)

// valuesOf returns what an item says, nothing when there is none.
func valuesOf(i *item.Item) orderedValues {
	if i == nil {
		return nil
	}
	return orderedValues(i.Values)
}

// Put adds a value; values are texts.
func (v *orderedValues) Put(key, value any) {
	name, _ := key.(string)
	text, _ := value.(string)
	*v = append(*v, item.Value{Name: name, Text: text})
}

// Iterator begins before the first value.
func (v *orderedValues) Iterator() column.MapIterator { return &valueIterator{values: *v, at: -1} }

type valueIterator struct {
	values orderedValues
	at     int
}

func (i *valueIterator) Next() bool {
	i.at++
	return i.at < len(i.values)
}

func (i *valueIterator) Key() any { return i.values[i.at].Name }

func (i *valueIterator) Value() any { return i.values[i.at].Text }

// itemPeriod is one row of items_store.
type itemPeriod struct {
	change *history.ItemChange
	span   *item.Span
	row    uint32
}

func itemPeriodsOf(changes []history.ItemChange) []itemPeriod {
	var rows []itemPeriod
	for i := range changes {
		for j := range changes[i].Spans {
			rows = append(rows, itemPeriod{&changes[i], &changes[i].Spans[j], uint32(j)})
		}
	}
	return rows
}

func itemBlock(changes []history.ItemChange) block {
	rows := itemPeriodsOf(changes)
	type R = itemPeriod
	b := block{
		gather("list", rows, func(r *R) string { return r.change.List }),
		gather("market", rows, func(r *R) string { return r.change.Market }),
		gather("key", rows, func(r *R) string { return r.change.Key }),
		gather("valid_from", rows, func(r *R) time.Time { return history.StoredFrom(r.span.From) }),
		gather("valid_to", rows, func(r *R) time.Time { return history.StoredTo(r.span.To) }),
		gather("present", rows, func(r *R) bool { return r.span.Line != nil }),
		valuesColumn("values", rows, func(r *R) *item.Item { return r.span.Line }),
		gather("known_at", rows, func(r *R) time.Time { return history.StoredKnown(r.change.KnownAt) }),
		gather("change", rows, func(r *R) string { return string(r.change.Change) }),
		gather("release", rows, func(r *R) string { return r.span.Release }),
		gather("published_in", rows, func(r *R) string { return r.change.Release }),
		gather("withdrawal", rows, func(r *R) uint32 { return uint32(r.change.Withdrawal) }),
	}
	return append(b, positions(rows, func(r *R) history.Position {
		return history.Position{Stream: r.change.Stream, Sequence: r.change.Sequence, Row: r.row}
	})...)
}

func itemChangeBlock(rows []history.ItemChange) block {
	type R = history.ItemChange
	b := block{
		gather("list", rows, func(r *R) string { return r.List }),
		gather("market", rows, func(r *R) string { return r.Market }),
		gather("key", rows, func(r *R) string { return r.Key }),
		gather("change", rows, func(r *R) string { return string(r.Change) }),
		gather("has_before", rows, func(r *R) bool { return r.Before != nil }),
		gather("has_after", rows, func(r *R) bool { return r.After != nil }),
		valuesColumn("before", rows, func(r *R) *item.Item { return r.Before }),
		valuesColumn("after", rows, func(r *R) *item.Item { return r.After }),
		gather("known_at", rows, func(r *R) time.Time { return history.StoredKnown(r.KnownAt) }),
		gather("release", rows, func(r *R) string { return r.Release }),
		gather("withdrawal", rows, func(r *R) uint32 { return uint32(r.Withdrawal) }),
		gather("n", rows, func(r *R) uint32 { return uint32(r.N) }),
		gather("of", rows, func(r *R) uint32 { return uint32(r.Of) }),
	}
	return append(b, positions(rows, func(r *R) history.Position { return r.Position })...)
}

// valuesColumn is a column of what items say, empty where there is none.
func valuesColumn[R any](name string, rows []R, of func(*R) *item.Item) vector {
	return gather(name, rows, func(r *R) *orderedValues {
		values := valuesOf(of(r))
		return &values
	})
}
