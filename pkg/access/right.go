package access

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Right is what something that can be asked for needs.
type Right string

// The rights. Open is needed by what tells nothing of prices, and everybody has it, known or not.
const (
	Open    Right = "open"
	Read    Right = "read"    // every role
	Edit    Right = "edit"    // editor
	Approve Right = "approve" // approver
	Operate Right = "operate" // operator
	// Write is edit or approve: withdrawing is for editors while it is a draft, and for approvers once it is public.
	Write Right = "write"
	// Cost is seeing what a partner pays; it goes with no role.
	Cost Right = "cost"
)

// AllRights returns every right.
func AllRights() []Right { return []Right{Open, Read, Edit, Approve, Operate, Write, Cost} }

// givenBy returns the roles of which one is enough for a right; none for those that no role gives.
func (r Right) givenBy() Roles {
	switch r {
	case Read:
		return AllRoles()
	case Edit:
		return Roles{Editor}
	case Approve:
		return Roles{Approver}
	case Operate:
		return Roles{Operator}
	case Write:
		return Roles{Editor, Approver}
	default:
		return nil
	}
}

// Known reports whether it is one of the rights.
func (r Right) Known() bool { return r == Open || r == Cost || len(r.givenBy()) > 0 }

// May reports whether a principal has a right. A right that is not one of ours nobody has.
func (p Principal) May(right Right) bool {
	if right == Open || !p.Known() {
		return right == Open
	}
	if right == Cost {
		return p.Cost && len(p.Roles) > 0
	}
	for _, role := range right.givenBy() {
		if p.Roles.Has(role) {
			return true
		}
	}
	return false
}

// Check returns nil where a principal has a right, an unauthenticated fault where nobody is known, and else a forbidden fault. Both say what to do.
func (p Principal) Check(right Right) error {
	switch {
	case p.May(right):
		return nil
	case !p.Known():
		return fault.New(fault.Unauthenticated, "nobody is known to ask").WithHint("%s", HintToken)
	case right == Cost:
		return fault.New(fault.Forbidden, "%s may not see the partner's cost", p.Name).WithHint("ask an operator for a token with the right cost")
	}
	roles := right.givenBy()
	if len(roles) == 0 {
		return fault.New(fault.Forbidden, "nobody has the right %q", string(right))
	}
	return fault.New(fault.Forbidden, "%s has the roles %s, and this needs %s", p.Name, or(p.Roles.String(), "none"), strings.Join(roles.Strings(), " or ")).
		WithHint("ask an operator for a token with the role %s, or ask somebody who has it", roles[0])
}

// HintToken is what whoever is not known should do.
const HintToken = "send a token: PRICEWIRE_TOKEN or --token-file FILE; an operator makes one with pricewire token create"

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
