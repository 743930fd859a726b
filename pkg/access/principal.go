package access

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/fault"
)

// MaxName is the longest name of a person or a token in characters.
const MaxName = 100

// Via is how a principal became known.
type Via string

// The ways.
const (
	ViaTrust Via = "trust" // who asks on a loopback address is believed
	ViaToken Via = "token" // one of our tokens
	ViaOIDC  Via = "oidc"  // a token of an identity provider
)

// Principal is somebody who is known and may do what its roles allow. The zero value is nobody.
type Principal struct {
	Name  string // the person who acts; what four eyes compare. Empty with ViaTrust alone: nobody was named
	Roles Roles
	Cost  bool // may see what a partner pays
	Via   Via
	Token string // id of the token it came with; empty for others
}

// Known reports whether it is somebody.
func (p Principal) Known() bool { return p.Via != "" }

// Trusted is who asks on a loopback address: believed to be who he says, with every right.
func Trusted(name string) Principal {
	return Principal{Name: strings.TrimSpace(name), Roles: AllRoles(), Cost: true, Via: ViaTrust}
}

// SamePerson reports whether two names mean one person; neither case nor spaces tell people apart.
func SamePerson(a, b string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(a), " "), strings.Join(strings.Fields(b), " "))
}

// CleanName returns a name as it is kept. One that is empty, too long, or has characters that cannot be seen is an invalid fault: two people could
// look like one, or one like two.
func CleanName(where, name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	problem := ""
	switch {
	case name == "":
		problem = "is required"
	case utf8.RuneCountInString(name) > MaxName:
		problem = "has more than 100 characters"
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		problem = "has characters that cannot be printed"
	}
	if problem != "" {
		return "", fault.New(fault.Invalid, "%s %s", where, problem).WithPlaces(fault.Place{Where: where, Problem: problem})
	}
	return name, nil
}
