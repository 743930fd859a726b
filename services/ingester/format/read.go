package format

import (
	"io"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/fxrates"
	"github.com/pricewire/pricewire/services/ingester/pricesheet"
	"github.com/pricewire/pricewire/services/ingester/ratecard"
)

// Limits bound what the readers accept. The zero value of a field means their defaults.
type Limits struct {
	RateCard      ratecard.Limits
	PriceSheet    pricesheet.Limits
	ExchangeRates fxrates.Limits
}

// Content is what a file says beside its rows.
type Content struct {
	Rows       int              // handed over, believed or not
	Market     string           // of a price sheet
	Locale     string           // of a rate card
	OfferTerms []rate.OfferTerm // of a rate card, in order of their names
}

// Read has a file read by the reader of its kind, which hands its rows over. Exchange rates are in USD and no other currency. Errors are
// those of the readers; a kind without a reader here, such as Retail, is an internal fault.
func Read(kind Kind, from io.Reader, currency money.Currency, limits Limits, to rate.Sink) (Content, error) {
	switch kind {
	case RateCard:
		card, err := ratecard.Read(from, currency, limits.RateCard, to)
		return Content{Rows: card.Rows, Locale: card.Locale, OfferTerms: card.OfferTerms}, err
	case PriceSheet:
		sheet, err := pricesheet.Read(from, currency, limits.PriceSheet, to)
		return Content{Rows: sheet.Rows, Market: sheet.Market}, err
	case ExchangeRates:
		if currency != fxrates.Currency {
			return Content{}, fault.New(fault.Invalid, "read exchange rates: they are in %s, %s was asked for", fxrates.Currency, currency).
				WithHint("leave the currency out, or name %s", fxrates.Currency)
		}
		file, err := fxrates.Read(from, limits.ExchangeRates, to)
		return Content{Rows: file.Rows}, err
	case Retail:
	}
	return Content{}, fault.New(fault.Internal, "read %s: the kind has no reader here", kind)
}
