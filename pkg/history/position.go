package history

// EachPosition visits the places of a table's rows, in order.
func (r *Rows) EachPosition(t Table, visit func(Position)) {
	switch t {
	case TableRejects:
		places(r.Rejects, func(x *Reject) Position { return x.Position }, visit)
	case TableQuarantine:
		places(r.Quarantine, func(x *Quarantined) Position { return x.Position }, visit)
	case TableRateChanges:
		places(r.RateChanges, func(x *RateChange) Position { return x.Position }, visit)
	case TableRates:
		periods(r.RateChanges, func(x *RateChange) (Position, int) { return x.Position, len(x.Periods) }, visit)
	case TableLicenseChanges:
		places(r.PriceChanges, func(x *PriceChange) Position { return x.Position }, visit)
	case TableLicensePrices:
		periods(r.PriceChanges, func(x *PriceChange) (Position, int) { return x.Position, len(x.Spans) }, visit)
	case TableItemChanges:
		places(r.ItemChanges, func(x *ItemChange) Position { return x.Position }, visit)
	case TableItems:
		periods(r.ItemChanges, func(x *ItemChange) (Position, int) { return x.Position, len(x.Spans) }, visit)
	case TableCrawlParts:
		places(r.CrawlParts, func(x *CrawlPart) Position { return x.Position }, visit)
	case TableCrawls:
		places(r.Crawls, func(x *Crawl) Position { return x.Position }, visit)
	case TableEffective:
		places(r.Effective, func(x *Effective) Position { return x.Position }, visit)
	case TableCorrections:
		places(r.Corrections, func(x *Correction) Position { return x.Position }, visit)
	case TableStale:
		places(r.Stale, func(x *Stale) Position { return x.Position }, visit)
	case TableMissing:
		places(r.Missing, func(x *Missing) Position { return x.Position }, visit)
	case TableWithdrawals:
		places(r.Withdrawals, func(x *Withdrawal) Position { return x.Position }, visit)
	case TableReleases:
		places(r.Releases, func(x *Release) Position { return x.Position }, visit)
	case TableProgress:
		places(r.Progress, func(x *Position) Position { return *x }, visit)
	}
}

func places[R any](rows []R, of func(*R) Position, visit func(Position)) {
	for i := range rows {
		visit(of(&rows[i]))
	}
}

// periods visits the place of every period of changes.
func periods[R any](rows []R, of func(*R) (Position, int), visit func(Position)) {
	for i := range rows {
		at, n := of(&rows[i])
		for row := range n {
			at.Row = uint32(row)
			visit(at)
		}
	}
}
