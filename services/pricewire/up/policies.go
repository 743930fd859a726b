package up

import (
	"maps"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/offer"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/service"
)

// Bounds and default of how far a licence price may move before a warning says so, in percent.
const (
	DefaultMovePercent = 25
	maxMovePercent     = 1000
)

// usualPolicies are how the lists are released unless the configuration says otherwise: licence prices at least 30 days before they take
// effect (Partner Center: pricing-and-offers), the others when they are ready.
func usualPolicies() release.Policies {
	return release.Policies{
		release.License:   {Notice: effective.Days(30), Monthly: true},
		release.Offers:    {Monthly: true, Check: offer.Validate},
		release.Services:  {Monthly: true, Check: service.Validate},
		release.Documents: {Check: document.Validate},
	}
}

// policies are the usual ones with the notice that the configuration gives some lists, each as LIST=POLICY.
func (c Config) policies() (release.Policies, error) {
	policies := usualPolicies()
	for _, text := range c.Notice {
		list, notice, _ := strings.Cut(text, "=")
		policy, known := policies[list]
		if !known {
			return nil, fault.New(fault.Invalid, "%q is not LIST=POLICY, where the list is one of %s", text, strings.Join(slices.Sorted(maps.Keys(policies)), ", "))
		}
		var err error
		if policy.Notice, err = effective.ParseNotice(notice); err != nil {
			return nil, fault.New(fault.Invalid, "%s: %w", list, err)
		}
		policies[list] = policy
	}
	return policies, nil
}
