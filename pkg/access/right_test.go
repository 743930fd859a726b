package access_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
)

func TestEachRoleHasItsRightsAndNoOther(t *testing.T) {
	granted := map[access.Role][]access.Right{
		access.Reader:   {access.Open, access.Read},
		access.Editor:   {access.Open, access.Read, access.Edit, access.Write},
		access.Approver: {access.Open, access.Read, access.Approve, access.Write},
		access.Operator: {access.Open, access.Read, access.Operate},
	}
	for _, role := range access.AllRoles() {
		p := access.Principal{Name: "alice", Roles: access.Roles{role}, Via: access.ViaToken}
		want := map[access.Right]bool{}
		for _, right := range granted[role] {
			want[right] = true
		}
		for _, right := range access.AllRights() {
			err := p.Check(right)
			if (err == nil) != want[right] {
				t.Errorf("%s, %s: %v", role, right, err)
			}
			if err != nil && (!fault.Is(err, fault.Forbidden) || fault.HintOf(err) == "") {
				t.Errorf("%s, %s: %v of kind %v, hint %q", role, right, err, fault.KindOf(err), fault.HintOf(err))
			}
		}
	}
}

func TestNobodyHasOnlyWhatIsOpen(t *testing.T) {
	for _, right := range access.AllRights() {
		err := access.Principal{Name: "alice", Roles: access.AllRoles(), Cost: true}.Check(right)
		if right == access.Open && err != nil || right != access.Open && !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", right, err)
		}
	}
}

func TestARightThatIsNoneIsHadByNobody(t *testing.T) {
	for _, right := range []access.Right{"", "everything"} {
		if err := access.Trusted("alice").Check(right); !fault.Is(err, fault.Forbidden) || right.Known() {
			t.Errorf("%q: %v", right, err)
		}
	}
}

func TestCostComesWithNoRole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := access.Principal{Name: "alice", Via: access.ViaOIDC, Roles: access.KnownRoles(rapid.SliceOf(rapid.SampledFrom(access.AllRoles().Strings())).Draw(t, "roles")...)}
		if p.May(access.Cost) {
			t.Fatalf("%v may see cost", p.Roles)
		}
		p.Cost = true
		if p.May(access.Cost) != (len(p.Roles) > 0) {
			t.Fatalf("%v with cost: %v", p.Roles, p.May(access.Cost))
		}
	})
}

func TestRolesAreReadInAnyCaseAndOrder(t *testing.T) {
	roles, err := access.ParseRoles("Operator", " reader ", "operator")
	if err != nil || roles.String() != "reader,operator" {
		t.Errorf("%v, %v", roles, err)
	}
	if _, err := access.ParseRoles("reader", "king"); !fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) != 1 {
		t.Errorf("%v", err)
	}
	if got := access.KnownRoles("group-7", "EDITOR"); got.String() != "editor" {
		t.Errorf("%v", got)
	}
}

func TestNamesAreComparedAsPeople(t *testing.T) {
	for _, same := range [][2]string{{"Alice", "alice "}, {"alice  smith", "Alice Smith"}, {"ÄNNE", "änne"}} {
		if !access.SamePerson(same[0], same[1]) {
			t.Errorf("%q and %q are two", same[0], same[1])
		}
	}
	if access.SamePerson("alice", "bob") {
		t.Error("alice is bob")
	}
	for _, name := range []string{"", "  ", "ali\u200bce", "a\x00", string(make([]rune, 101))} {
		if _, err := access.CleanName("owner", name); !fault.Is(err, fault.Invalid) || len(fault.PlacesOf(err)) != 1 {
			t.Errorf("%q: %v", name, err)
		}
	}
}
