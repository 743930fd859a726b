package history

import "context"

// RateReader answers questions about usage rates. An invalid fault names every field of the question that is wrong.
type RateReader interface {
	// Rate answers for one rate; the answer may be that there is no price then. A notFound fault means that nothing was known of the
	// rate at all.
	Rate(ctx context.Context, q RatePoint) (RateAnswer, error)
	// Rates lists the rates that have a price.
	Rates(ctx context.Context, q RateList) (RatePage, error)
	// RateHistory returns every period and change of one rate; a notFound fault when nothing is known of it.
	RateHistory(ctx context.Context, q RateHistory) (RateSeries, error)
}

// PriceReader answers questions about licence prices, from releases and withdrawals that are there as a whole. An invalid fault names
// every field of the question that is wrong.
type PriceReader interface {
	// Price answers for one price; the answer may be that there is none then. A notFound fault means that nothing was known of it at
	// all.
	Price(ctx context.Context, q PricePoint) (PriceAnswer, error)
	// Prices lists the prices of a market.
	Prices(ctx context.Context, q PriceList) (PricePage, error)
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
