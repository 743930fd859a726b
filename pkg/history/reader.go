package history

import (
	"context"
	"iter"
)

// RateReader answers questions about usage rates. An invalid fault names every field of the question that is wrong.
type RateReader interface {
	// Rate answers for one rate; the answer may be that there is no price then. A notFound fault means that nothing was known of the
	// rate at all.
	Rate(ctx context.Context, q RatePoint) (RateAnswer, error)
	// Rates lists the rates that have a price.
	Rates(ctx context.Context, q RateList) (RatePage, error)
	// RateGroups counts the rates that have a price by service and region, in the order of family, service and region. The page of the
	// question is not looked at.
	RateGroups(ctx context.Context, q RateList) ([]RateGroup, error)
	// RateHistory returns every period and change of one rate; a notFound fault when nothing is known of it.
	RateHistory(ctx context.Context, q RateHistory) (RateSeries, error)
	// LookupRates answers many lines at once, in their order: each with the rates that have a price then, in the order of their tiers, and
	// with none where there is none. At most MaxLookup lines.
	LookupRates(ctx context.Context, lines []RateLookup) ([][]RateAnswer, error)
	// DiffRates yields how rates differ, in the order of their keys, however many there are. The first error ends it.
	DiffRates(ctx context.Context, q RateDiff) iter.Seq2[RateDifference, error]
	// RestateRates yields where what was said of rates is not what is said, in the order of their keys and of time, however many there are.
	// The first error ends it.
	RestateRates(ctx context.Context, q RateRestatements) iter.Seq2[RateRestatement, error]
	// ChartRates returns the rates that match, in the order of their keys; a notFound fault when nothing is known of any.
	ChartRates(ctx context.Context, q RateChart) ([]RateLine, error)
}

// PriceReader answers questions about licence prices, from releases and withdrawals that are there as a whole. An invalid fault names
// every field of the question that is wrong.
type PriceReader interface {
	// Price answers for one price; the answer may be that there is none then. A notFound fault means that nothing was known of it at
	// all.
	Price(ctx context.Context, q PricePoint) (PriceAnswer, error)
	// Prices lists the prices of a market.
	Prices(ctx context.Context, q PriceList) (PricePage, error)
	// LookupPrices answers many lines at once, in their order: each with the prices that match and are there then, in the order of their
	// identities, and with none where there is none. At most MaxLookup lines.
	LookupPrices(ctx context.Context, lines []PriceLookup) ([][]PriceAnswer, error)
	// PriceHistory returns every period of the prices that are chosen, in the order of their identities and in that in which they became
	// known; a notFound fault when there is none.
	PriceHistory(ctx context.Context, q PriceHistory) ([]PricePeriod, error)
	// RestatePrices yields where the prices that were said are not those that are said, in the order of identities and of time, however many
	// there are. The first error ends it.
	RestatePrices(ctx context.Context, q PriceRestatements) iter.Seq2[PriceRestatement, error]
	// ChartPrices returns the prices that are chosen, in the order of their identities; a notFound fault when nothing is known of any.
	ChartPrices(ctx context.Context, q PriceChart) ([]PriceLine, error)
}

// ItemReader answers questions about the items of lists that hold no prices, from releases and withdrawals that are there as a whole. An
// invalid fault names every field of the question that is wrong.
type ItemReader interface {
	// Items lists the items that are on a list of a market.
	Items(ctx context.Context, q ItemList) (ItemPage, error)
}

// RecordReader lists what happened. An invalid fault names every field of the question that is wrong.
type RecordReader interface {
	Crawls(ctx context.Context, q CrawlList) (CrawlPage, error)
	Quarantine(ctx context.Context, q QuarantineList) (QuarantinePage, error)
	Releases(ctx context.Context, q ReleaseList) (ReleasePage, error)
	Withdrawals(ctx context.Context, q WithdrawalList) (WithdrawalPage, error)
	Corrections(ctx context.Context, q CorrectionList) (CorrectionPage, error)
	Rejects(ctx context.Context, q RejectList) (RejectPage, error)
}

// Reader answers every question.
type Reader interface {
	RateReader
	PriceReader
	ItemReader
	RecordReader
	Positions
}
