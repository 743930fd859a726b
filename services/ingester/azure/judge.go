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

// judge believes the row that was read, which then lies in d.row, or says why not.
func (d *Decoder) judge() *rate.Quarantined {
	r := d.reading
	var problem *rate.Quarantined
	d.row, problem = rate.NewRow(r.fields)
	switch {
	case r.reason == "" && problem != nil:
		return problem
	case r.reason != "":
		wrong := &rate.Quarantined{Reason: r.reason, Detail: r.detail, Identity: d.row.Identity, HasIdentity: true}
		if problem != nil {
			wrong.Identity, wrong.HasIdentity = problem.Identity, problem.HasIdentity
		}
		return wrong
	case d.row.Currency != string(d.currency):
		detail := fmt.Sprintf("currencyCode is %s, %s was asked for", d.row.Currency, d.currency)
		return &rate.Quarantined{Reason: reasonOtherCurrency, Detail: detail, Identity: d.row.Identity}
	}
	return nil
}
