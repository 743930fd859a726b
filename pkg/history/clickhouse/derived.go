package clickhouse

import (
	"github.com/shopspring/decimal"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/meter"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

// derived is what is derived of the row after a change, or before it when there is none after.
type derived struct {
	meter.Meter
	block decimal.Decimal // of the unit, 0 when it is not known
}

// derive reads every change once; units of measure are few, so each is taken apart once.
func derive(changes []history.RateChange) []derived {
	type measured struct {
		unit  meter.Unit
		block decimal.Decimal
	}
	units := map[string]measured{}
	all := make([]derived, len(changes))
	for i := range changes {
		id, a := &changes[i].Identity, &rowOf(&changes[i]).Attributes
		u, ok := units[a.UnitOfMeasure]
		if !ok {
			u.unit = meter.ParseUnit(a.UnitOfMeasure)
			u.block = u.unit.Block.Exact()
			units[a.UnitOfMeasure] = u
		}
		all[i] = derived{meter.Meter{
			Unit: u.unit, OperatingSystem: meter.OperatingSystem(id, a), PurchaseOption: meter.PurchaseOption(id, a),
		}, u.block}
	}
	return all
}

// derivedColumns are the columns of what is derived, the hourly equivalent excepted, which depends on a price.
func derivedColumns[R any](rows []R, of func(*R) *derived) block {
	return block{
		gather("block_size", rows, func(r *R) decimal.Decimal { return of(r).block }),
		gather("unit", rows, func(r *R) string { return of(r).Name }),
		gather("operating_system", rows, func(r *R) string { return of(r).OperatingSystem }),
		gather("purchase_option", rows, func(r *R) string { return of(r).PurchaseOption }),
	}
}

// changeDerivedColumns are the columns of what is derived of changes.
func changeDerivedColumns(changes []history.RateChange) block {
	type R struct {
		change  *history.RateChange
		derived *derived
	}
	all := derive(changes)
	rows := make([]R, len(changes))
	for i := range rows {
		rows[i] = R{&changes[i], &all[i]}
	}
	return append(derivedColumns(rows, func(r *R) *derived { return r.derived }),
		gather("hourly_equivalent", rows, func(r *R) *decimal.Decimal {
			if r.change.After == nil && r.change.Before == nil {
				return nil
			}
			return hourly(&r.change.Identity, rowOf(r.change).Price)
		}))
}

// hourly is what a reservation costs an hour, nil for all else.
func hourly(id *rate.Identity, price money.Decimal) *decimal.Decimal {
	d, ok := meter.Hourly(id, price)
	if !ok {
		return nil
	}
	exact := d.Exact()
	return &exact
}
