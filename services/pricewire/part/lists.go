package part

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/offer"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/service"
	"github.com/pricewire/pricewire/services/pricewire/command"
)

// Bounds and default of how far a licence price may move before a warning says so, in percent.
const (
	DefaultMovePercent = 25
	maxMovePercent     = 1000
)

// Lists says how licence lists and the others are released. The scheduler and the API of one store must be told the same notice.
type Lists struct {
	Notice []string // LIST=POLICY: how long before it takes effect a list must be public; see effective.ParseNotice
	// MovePercent is how far a licence price may move before a warning says so; 0 warns of none.
	MovePercent int
}

// DefaultLists is how lists are released unless the configuration says otherwise.
func DefaultLists() Lists { return Lists{MovePercent: DefaultMovePercent} }

// Flags adds the flags that set it; what it says before is their default.
func (l *Lists) Flags(flags *pflag.FlagSet) {
	l.NoticeFlag(flags)
	flags.IntVar(&l.MovePercent, "move-percent", l.MovePercent, "how far a licence price may move, in percent, before a warning says so; 0: no warning")
}

// NoticeFlag adds the flag that whoever publishes needs, too.
func (l *Lists) NoticeFlag(flags *pflag.FlagSet) {
	flags.StringSliceVar(&l.Notice, "notice", nil, `LIST=POLICY: how long before it takes effect a list must be public: days:N, first-of-month or none;
default: license=days:30, offers=none, services=none, documents=none`)
}

// Validate notes everything that is wrong.
func (l Lists) Validate(wrong *command.Wrong) {
	if _, err := l.Policies(); err != nil {
		wrong.Flag("notice", err.Error())
	}
	if l.MovePercent < 0 || l.MovePercent > maxMovePercent {
		wrong.Flag("move-percent", "must be between 0 and "+strconv.Itoa(maxMovePercent))
	}
}

// UsualPolicies are how the lists are released unless the configuration says otherwise: licence prices at least 30 days before they take
// effect (Partner Center: pricing-and-offers), the others when they are ready.
func UsualPolicies() release.Policies {
	return release.Policies{
		release.License:   {Notice: effective.Days(30), Monthly: true},
		release.Offers:    {Monthly: true, Check: offer.Validate},
		release.Services:  {Monthly: true, Check: service.Validate},
		release.Documents: {Check: document.Validate},
	}
}

// Policies are the usual ones with the notice that the configuration gives some lists, each as LIST=POLICY.
func (l Lists) Policies() (release.Policies, error) {
	policies := UsualPolicies()
	for _, text := range l.Notice {
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
