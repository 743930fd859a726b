package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/trace"
)

// ReleaseActor is who acts on a release.
type ReleaseActor struct {
	User string `header:"X-Pricewire-User" doc:"Who acts; believed on a loopback address only. With a token who acts is who that is of, and this is left out." example:"alice"`
}

// act is what somebody does now: whoever is known, or, where everybody is believed, whoever the request says.
func (s *server) act(ctx context.Context, by ReleaseActor, reason string) release.Act {
	who := principal(ctx)
	if who.Via == access.ViaTrust {
		who.Name = by.User
	}
	return release.Act{Who: who.Name, At: s.deps.Clock.Now(), Reason: reason, Trace: trace.From(ctx)}
}

// MatchInput lets a client act only on what it has seen.
type MatchInput struct {
	IfMatch string `header:"If-Match" doc:"The ETag of the release as it was read: when it has changed since, the act is a conflict." example:"\"7\""`
}

// version returns the version that the record must have, 0 for any.
func (in MatchInput) version(p *params) uint64 {
	tag := strings.TrimSpace(in.IfMatch)
	if tag == "" || tag == "*" {
		return 0
	}
	text, err := strconv.Unquote(bareTag(tag))
	n, numberErr := strconv.ParseUint(text, 10, 64)
	if err != nil || numberErr != nil || n == 0 {
		p.wrong("header.If-Match", "\""+tag+"\" is not the ETag of a release")
	}
	return n
}

// TransitionBody says why a release is moved on; each transition uses what it needs.
type TransitionBody struct {
	Reason      string `json:"reason,omitempty" doc:"Why; needed to reject." example:"exchange rates of last month"`
	ShortNotice string `json:"short_notice,omitempty" doc:"Why it goes out with less notice than the policy asks for." example:"the list came late"`
	Acknowledge string `json:"acknowledge,omitempty" doc:"Rules of warnings that whoever acts takes responsibility for, separated by commas." example:"lines-gone,price-moved"`
}

// given is the reason of an approval: that of its short notice, or any.
func (b TransitionBody) given() string { return or(b.ShortNotice, b.Reason) }

type transitionInput struct {
	ReleaseActor
	MatchInput
	ID   string `path:"id" example:"license-us-2026-12-r1"`
	Body TransitionBody
}

type transition func(ctx context.Context, id string, act release.Act, acknowledged ...string) (release.Release, error)

func (s *server) registerTransitions(api huma.API) {
	reject := func(ctx context.Context, id string, act release.Act, _ ...string) (release.Release, error) {
		return s.deps.Desk.Reject(ctx, id, act)
	}
	for _, t := range []struct {
		verb, summary, description string
		move                       transition
	}{
		{"submit", "Hand a draft in for review", "A release in review is compared anew when another one was published in between.", s.deps.Desk.Submit},
		{"approve", "Approve a release; it is published when due", "Needs another person than author and submitter. What goes out at once can be queried when the answer comes.", s.deps.Desk.Approve},
		{"reject", "Send a release back for good", "Needs a reason.", reject},
	} {
		huma.Register(api, huma.Operation{
			OperationID: t.verb + "-release", Method: http.MethodPost, Path: "/v1/releases/{id}/" + t.verb, Summary: t.summary, Description: t.description,
			Tags: []string{"releases"},
		}, func(ctx context.Context, in *transitionInput) (*releaseOutput, error) {
			return s.transit(ctx, in, t.move)
		})
	}
}

func (s *server) transit(ctx context.Context, in *transitionInput, move transition) (*releaseOutput, error) {
	var p params
	act := s.act(ctx, in.ReleaseActor, in.Body.given())
	act.Version = in.version(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	r, err := move(ctx, in.ID, act, words(in.Body.Acknowledge)...)
	if err == nil {
		r, err = s.awaitRelease(ctx, r)
	}
	if err != nil {
		return nil, problemOf(err)
	}
	return releaseAnswer(r), nil
}
