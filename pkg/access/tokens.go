package access

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
)

// usedEvery is how often the use of a token is noted at most.
const usedEvery = time.Minute

// Tokens makes, admits and revokes tokens. It is safe for use by several goroutines.
type Tokens struct {
	store Store
	mu    sync.Mutex
	noted map[string]time.Time // when the use of a token was noted last by this process
}

// NewTokens returns the tokens of a store.
func NewTokens(store Store) *Tokens { return &Tokens{store: store, noted: map[string]time.Time{}} }

// Request is what a new token shall be.
type Request struct {
	Name      string
	Owner     string // empty: who makes it
	Roles     Roles
	Cost      bool
	ExpiresAt time.Time
}

// Create makes a token and returns its text, which is told this once. Only operators make tokens, and nobody gives away what he has not: neither a
// role nor the right to see cost.
func (k *Tokens) Create(ctx context.Context, by Principal, ask Request, now time.Time) (Token, string, error) {
	if err := by.mayGive(ask); err != nil {
		return Token{}, "", err
	}
	t, err := ask.token(by, now)
	if err != nil {
		return Token{}, "", err
	}
	var text string
	t.ID, text, t.Hash = newText()
	t, err = k.store.Create(ctx, t)
	if err != nil {
		return Token{}, "", fault.Wrap(err, "create token %q", t.Name)
	}
	return t, text, nil
}

// mayGive returns nil where a principal may make such a token.
func (p Principal) mayGive(ask Request) error {
	if err := p.Check(Operate); err != nil {
		return err
	}
	for _, role := range ask.Roles {
		if !p.Roles.Has(role) {
			return fault.New(fault.Forbidden, "%s is no %s, and cannot give that role", p.Name, role).WithHint("nobody gives away what he has not; ask somebody who has it")
		}
	}
	if ask.Cost && !p.Cost {
		return fault.New(fault.Forbidden, "%s may not see the partner's cost, and cannot give that right", p.Name).WithHint("nobody gives away what he has not; ask somebody who has it")
	}
	return nil
}

// token is what is asked for, checked; everything that is wrong with it is named.
func (ask Request) token(by Principal, now time.Time) (Token, error) {
	t := Token{Roles: ask.Roles.ordered(), Cost: ask.Cost, CreatedAt: now.UTC().Truncate(time.Millisecond), ExpiresAt: ask.ExpiresAt.UTC().Truncate(time.Second)}
	var wrong []fault.Place
	clean := func(where, name string) string {
		name, err := CleanName(where, name)
		wrong = append(wrong, fault.PlacesOf(err)...)
		return name
	}
	t.Name, t.CreatedBy = clean("name", ask.Name), clean("as", by.Name)
	t.Owner = t.CreatedBy
	if strings.TrimSpace(ask.Owner) != "" {
		t.Owner = clean("owner", ask.Owner)
	}
	if len(t.Roles) == 0 {
		wrong = append(wrong, fault.Place{Where: "roles", Problem: "at least one is required: reader, editor, approver or operator"})
	}
	switch {
	case ask.ExpiresAt.IsZero():
		wrong = append(wrong, fault.Place{Where: "expires", Problem: "is required"})
	case !t.ExpiresAt.After(now):
		wrong = append(wrong, fault.Place{Where: "expires", Problem: "is in the past"})
	case t.ExpiresAt.After(now.Add(MaxAge)):
		wrong = append(wrong, fault.Place{Where: "expires", Problem: "is more than a year ahead"})
	}
	if len(wrong) == 0 {
		return t, nil
	}
	texts := make([]string, len(wrong))
	for i, place := range wrong {
		texts[i] = place.Where + " " + place.Problem
	}
	return Token{}, fault.New(fault.Invalid, "create token: %s", strings.Join(texts, "; ")).WithPlaces(wrong...)
}

// Identify returns who acts with a token's text: an unauthenticated fault where it is none of ours, expired or revoked, an unavailable one where that
// cannot be known now. That it was used is noted once a minute, and a failure to note it fails nothing.
func (k *Tokens) Identify(ctx context.Context, text string, now time.Time) (Principal, error) {
	id, secret, err := SplitToken(text)
	if err != nil {
		return Principal{}, err
	}
	t, err := k.store.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		t, err = Token{}, nil // compared all the same, so that an id that is not there takes as long
	}
	if err != nil {
		return Principal{}, fault.Wrap(err, "look a token up")
	}
	p, err := t.Admit(secret, now)
	if err != nil {
		return Principal{}, err
	}
	if k.due(id, now) {
		_ = k.store.Used(ctx, id, now)
	}
	return p, nil
}

// due reports whether the use of a token is to be noted now, and remembers that it is.
func (k *Tokens) due(id string, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if last, seen := k.noted[id]; seen && now.Sub(last) < usedEvery && !now.Before(last) {
		return false
	}
	k.noted[id] = now
	return true
}

// List returns the tokens that a principal may know of, in the order in which they were made: operators all, others those they act with.
func (k *Tokens) List(ctx context.Context, by Principal) ([]Token, error) {
	if err := by.Check(Read); err != nil {
		return nil, err
	}
	all, err := k.store.List(ctx)
	if err != nil {
		return nil, fault.Wrap(err, "list tokens")
	}
	var visible []Token
	for _, t := range all {
		if by.maySee(t) {
			visible = append(visible, t)
		}
	}
	return visible, nil
}

// Get returns one token that a principal may know of; a notFound fault for any other.
func (k *Tokens) Get(ctx context.Context, by Principal, id string) (Token, error) {
	if err := by.Check(Read); err != nil {
		return Token{}, err
	}
	t, err := k.store.Get(ctx, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Token{}, fault.Wrap(err, "read token %s", id)
	}
	if err != nil || !by.maySee(t) {
		return Token{}, fault.New(fault.NotFound, "there is no token %s", id).WithHint("pricewire token list names them by their id; it is the part between pw_ and the second _")
	}
	return t, nil
}

// Revoke ends a token for good, at once. Operators revoke all, others their own. A token that is revoked already stays as it is.
func (k *Tokens) Revoke(ctx context.Context, by Principal, id string, now time.Time) (Token, error) {
	who, err := CleanName("as", by.Name)
	if err != nil && by.Known() {
		return Token{}, err
	}
	for {
		t, err := k.Get(ctx, by, id)
		if err != nil || !t.RevokedAt.IsZero() {
			return t, err
		}
		used := t.UsedAt
		t.RevokedBy, t.RevokedAt = who, now.UTC().Truncate(time.Millisecond)
		t, err = k.store.Update(ctx, t)
		if fault.Is(err, fault.Conflict) && ctx.Err() == nil {
			continue // somebody else was first; it is read again
		}
		t.UsedAt = used
		return t, fault.Wrap(err, "revoke token %s", id)
	}
}

// maySee reports whether a token is a principal's own, or he looks after all of them.
func (p Principal) maySee(t Token) bool {
	return p.May(Operate) || p.Known() && p.Name != "" && SamePerson(p.Name, t.Owner)
}
