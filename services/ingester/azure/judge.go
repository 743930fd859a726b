package azure

import (
	"fmt"

	"github.com/pricewire/pricewire/pkg/rate"
)

// Reasons to quarantine a row that only a reader of this format can find, beside those of package rate.
const (
	reasonWrongType     = "wrong-type"     // a field that is no part of the identity has another JSON type
	reasonOtherCurrency = "other-currency" // the source was asked for one currency and sent another
)

// judge believes the row or says why not.
func (r *reading) judge() (rate.Row, *rate.Quarantined) {
	row, problem := rate.NewRow(r.fields)
	switch {
	case r.reason == "" && problem != nil:
		return row, problem
	case r.reason != "":
		wrong := &rate.Quarantined{Reason: r.reason, Detail: r.detail, Identity: row.Identity, HasIdentity: true}
		if problem != nil {
			wrong.Identity, wrong.HasIdentity = problem.Identity, problem.HasIdentity
		}
		return row, wrong
	case row.Currency != string(r.decoder.currency):
		detail := fmt.Sprintf("currencyCode is %s, %s was asked for", row.Currency, r.decoder.currency)
		return row, &rate.Quarantined{Reason: reasonOtherCurrency, Detail: detail, Identity: row.Identity}
	}
	return row, nil
}
