package access_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/access/memory"
	"github.com/pricewire/pricewire/pkg/fault"
)

func noon() time.Time { return time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC) }

func request() access.Request {
	return access.Request{Name: "nightly", Owner: "bob", Roles: access.Roles{access.Reader}, ExpiresAt: noon().AddDate(0, 1, 0)}
}

func create(t *testing.T, k *access.Tokens, ask access.Request) (access.Token, string) {
	t.Helper()
	token, text, err := k.Create(t.Context(), access.Trusted("alice"), ask, noon())
	if err != nil {
		t.Fatal(err)
	}
	return token, text
}

func TestATokenActsAsItsOwnerWithItsRolesAlone(t *testing.T) {
	k := access.NewTokens(memory.NewStore())
	token, text := create(t, k, request())
	p, err := k.Identify(t.Context(), text, noon())
	if err != nil || p.Name != "bob" || p.Roles.String() != "reader" || p.Cost || p.Via != access.ViaToken || p.Token != token.ID {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestOnlyTheHashOfASecretIsKept(t *testing.T) {
	store := memory.NewStore()
	token, text := create(t, access.NewTokens(store), request())
	secret := text[strings.LastIndex(text, "_")+1:]
	kept, err := store.Get(t.Context(), token.ID)
	if err != nil || strings.Contains(fmt.Sprintf("%+v", kept), secret) || kept.Hash != sha256.Sum256([]byte(secret)) {
		t.Errorf("%+v, %v", kept, err)
	}
}

func TestWhatIsNotAGoodTokenActsAsNobody(t *testing.T) {
	k := access.NewTokens(memory.NewStore())
	_, text := create(t, k, request())
	other, _ := create(t, k, request())
	revoked, revokedText := create(t, k, request())
	if _, err := k.Revoke(t.Context(), access.Trusted("alice"), revoked.ID, noon()); err != nil {
		t.Fatal(err)
	}
	last := text[len(text)-1:]
	flipped := text[:len(text)-1] + map[bool]string{true: "b", false: "a"}[last == "a"]
	secret := text[strings.LastIndex(text, "_")+1:]
	for what, c := range map[string]struct {
		text string
		at   time.Time
	}{
		"nothing": {"", noon()}, "prefix": {"pw_", noon()}, "cut": {text[:40], noon()}, "longer": {text + "a", noon()}, "another secret": {flipped, noon()},
		"secret of another": {"pw_" + other.ID + "_" + secret, noon()}, "unknown id": {"pw_aaaaaaaaaaaa_" + secret, noon()}, "upper case": {strings.ToUpper(text), noon()},
		"expired": {text, noon().AddDate(0, 1, 0)}, "revoked": {revokedText, noon()}, "id of a subject": {"pw_>_" + secret, noon()},
	} {
		p, err := k.Identify(t.Context(), c.text, c.at)
		if !fault.Is(err, fault.Unauthenticated) || fault.HintOf(err) == "" || p.Known() {
			t.Errorf("%s: %+v, %v", what, p, err)
		}
		if c.text != "" && len(c.text) > 20 && err != nil && strings.Contains(err.Error()+fault.HintOf(err), c.text[17:]) {
			t.Errorf("%s: the error tells the secret: %v", what, err)
		}
	}
}

func TestNobodyGivesAwayWhatHeHasNot(t *testing.T) {
	k := access.NewTokens(memory.NewStore())
	for _, c := range []struct {
		by   access.Principal
		ask  func(*access.Request)
		kind fault.Kind
	}{
		{access.Principal{}, func(*access.Request) {}, fault.Unauthenticated},
		{access.Principal{Name: "eve", Via: access.ViaToken, Roles: access.Roles{access.Reader, access.Editor, access.Approver}, Cost: true}, func(*access.Request) {}, fault.Forbidden},
		{access.Principal{Name: "eve", Via: access.ViaToken, Roles: access.Roles{access.Operator}}, func(r *access.Request) { r.Roles = access.Roles{access.Approver} }, fault.Forbidden},
		{access.Principal{Name: "eve", Via: access.ViaToken, Roles: access.AllRoles()}, func(r *access.Request) { r.Cost = true }, fault.Forbidden},
	} {
		ask := request()
		c.ask(&ask)
		if _, _, err := k.Create(t.Context(), c.by, ask, noon()); !fault.Is(err, c.kind) {
			t.Errorf("%+v: %v", c.by, err)
		}
	}
	if all, err := k.List(t.Context(), access.Trusted("alice")); err != nil || len(all) != 0 {
		t.Errorf("%d tokens were made, %v", len(all), err)
	}
}

func TestEverythingThatIsWrongWithATokenIsNamed(t *testing.T) {
	k := access.NewTokens(memory.NewStore())
	for want, ask := range map[string]access.Request{
		"name roles expires": {},
		"owner":              {Name: "x", Owner: "b\x00b", Roles: access.Roles{access.Reader}, ExpiresAt: noon().Add(time.Hour)},
		"expires":            {Name: "x", Roles: access.Roles{access.Reader}, ExpiresAt: noon()},
		"expires ":           {Name: "x", Roles: access.Roles{access.Reader}, ExpiresAt: noon().Add(access.MaxAge + time.Second)},
	} {
		_, _, err := k.Create(t.Context(), access.Trusted("alice"), ask, noon())
		var named []string
		for _, place := range fault.PlacesOf(err) {
			named = append(named, place.Where)
		}
		if got := strings.Join(named, " "); got != strings.TrimSpace(want) {
			t.Errorf("%q named, want %q: %v", got, want, err)
		}
	}
}

func TestPeopleSeeAndRevokeTheirOwnTokensAndOperatorsAll(t *testing.T) {
	k := access.NewTokens(memory.NewStore())
	token, text := create(t, k, request())
	bob := access.Principal{Name: "BOB", Via: access.ViaOIDC, Roles: access.Roles{access.Reader}}
	eve := access.Principal{Name: "eve", Via: access.ViaOIDC, Roles: access.Roles{access.Reader, access.Editor, access.Approver}}
	for p, want := range map[*access.Principal]int{&bob: 1, &eve: 0} {
		if all, err := k.List(t.Context(), *p); err != nil || len(all) != want {
			t.Errorf("%s sees %d, %v", p.Name, len(all), err)
		}
	}
	if _, err := k.Revoke(t.Context(), eve, token.ID, noon()); !fault.Is(err, fault.NotFound) {
		t.Errorf("eve: %v", err)
	}
	if revoked, err := k.Revoke(t.Context(), bob, token.ID, noon()); err != nil || revoked.RevokedBy != "BOB" || revoked.State(noon()) != "revoked" {
		t.Errorf("%+v, %v", revoked, err)
	}
	if again, err := k.Revoke(t.Context(), access.Trusted("alice"), token.ID, noon().Add(time.Hour)); err != nil || again.RevokedBy != "BOB" {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := k.Identify(t.Context(), text, noon()); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("%v", err)
	}
}

// counting counts what is asked of a store, and fails to note uses.
type counting struct {
	access.Store
	uses int
}

func (c *counting) Used(context.Context, string, time.Time) error {
	c.uses++
	return fault.New(fault.Unavailable, "no")
}

func TestUseIsNotedOnceAMinuteAndAFailureToNoteItFailsNothing(t *testing.T) {
	store := &counting{Store: memory.NewStore()}
	k := access.NewTokens(store)
	_, text := create(t, k, request())
	for second := range 121 {
		if _, err := k.Identify(t.Context(), text, noon().Add(time.Duration(second)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if store.uses != 3 {
		t.Errorf("noted %d times", store.uses)
	}
}
