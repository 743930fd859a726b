package access

import (
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Role is what somebody is to the product.
type Role string

// The roles. Each of them reads.
const (
	Reader   Role = "reader"   // reads everything but the partner's cost
	Editor   Role = "editor"   // makes, checks, hands in and corrects lists
	Approver Role = "approver" // lets lists go out, or not
	Operator Role = "operator" // keeps it running: crawls, observations, audits, rebuilds, tokens
)

// AllRoles returns every role, in the order in which they are shown.
func AllRoles() Roles { return Roles{Reader, Editor, Approver, Operator} }

// Roles are the roles of one principal: each once, in the order of AllRoles.
type Roles []Role

// ParseRoles reads names of roles, whose case and order do not matter. A name that is none is an invalid fault.
func ParseRoles(names ...string) (Roles, error) {
	var found Roles
	for _, name := range names {
		role := Role(strings.ToLower(strings.TrimSpace(name)))
		if !slices.Contains(AllRoles(), role) {
			return nil, fault.New(fault.Invalid, "%q is no role", name).WithHint("roles are reader, editor, approver and operator").
				WithPlaces(fault.Place{Where: "roles", Problem: "\"" + name + "\" is none of reader, editor, approver, operator"})
		}
		found = append(found, role)
	}
	return found.ordered(), nil
}

// KnownRoles returns those of some names that are roles, and leaves out the others: an identity provider tells of groups that are not ours too.
func KnownRoles(names ...string) Roles {
	var found Roles
	for _, name := range names {
		if roles, err := ParseRoles(name); err == nil {
			found = append(found, roles...)
		}
	}
	return found.ordered()
}

// Has reports whether a role is among them.
func (r Roles) Has(role Role) bool { return slices.Contains(r, role) }

// Strings returns the names of the roles.
func (r Roles) Strings() []string {
	names := make([]string, len(r))
	for i, role := range r {
		names[i] = string(role)
	}
	return names
}

// String returns the names with commas between them.
func (r Roles) String() string { return strings.Join(r.Strings(), ",") }

func (r Roles) ordered() Roles {
	var all Roles
	for _, role := range AllRoles() {
		if r.Has(role) {
			all = append(all, role)
		}
	}
	return all
}
