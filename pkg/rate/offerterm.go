package rate

import (
	"encoding/binary"
	"time"

	"github.com/pricewire/pricewire/pkg/money"
)

// OfferTerm is a condition of a whole rate card: a discount on all its meters but some.
// Source: Partner Center, AzureOfferTerm.
type OfferTerm struct {
	Name             string
	Discount         money.Decimal // share of the price, 0 to 1: 0.15
	ExcludedMeterIDs []string      // in order; the discount does not hold for them
	Effective        time.Time     // from when; zero when it does not say
}

// appendTo appends all that a term says, unambiguously.
func (t *OfferTerm) appendTo(b []byte) []byte {
	b = appendAmount(appendText(b, t.Name), t.Discount)
	for _, id := range t.ExcludedMeterIDs {
		b = appendText(b, id)
	}
	return binary.BigEndian.AppendUint64(b, uint64(toInstant(t.Effective)))
}
