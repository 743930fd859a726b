package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/release"
)

type (
	setInput struct {
		Name string `path:"name" doc:"Up to 40 of a-z, 0-9 and hyphens." example:"december-2026"`
	}
	setTransitionInput struct {
		ReleaseActor
		Name string `path:"name" example:"december-2026"`
		Body TransitionBody
	}
)

// SetView is the releases that are prepared together.
type SetView struct {
	Name     string        `json:"name" example:"december-2026"`
	Releases []ReleaseView `json:"releases" doc:"In order of their ids."`
}

// SetReviewView is a set as a whole.
type SetReviewView struct {
	Name     string          `json:"name"`
	Releases []SetMemberView `json:"releases"`
	Odd      []OddView       `json:"odd" doc:"Lines that go another way than the same lines in most other markets and currencies."`
}

// SetMemberView is what one release of a set changes.
type SetMemberView struct {
	Release string      `json:"release"`
	Against string      `json:"against" doc:"The release it is compared with; empty when there is none."`
	Summary CountsView  `json:"summary"`
	Renamed int         `json:"renamed"`
	Totals  []TotalView `json:"totals"`
}

// OddView is a line that goes another way than the same line elsewhere.
type OddView struct {
	Release      string           `json:"release"`
	Identity     LineIdentityView `json:"identity"`
	Change       string           `json:"change"`
	Percent      *string          `json:"percent" format:"decimal" doc:"How far its ERP price goes; null when it does not move."`
	Usual        string           `json:"usual" doc:"What most others do."`
	UsualPercent *string          `json:"usual_percent" format:"decimal"`
	Others       int              `json:"others" doc:"How many others do that."`
	Of           int              `json:"of" doc:"Of how many in all, this one included."`
}

type (
	setOutput       struct{ Body SetView }
	setReviewOutput struct{ Body SetReviewView }
)

func (s *server) registerSets(api huma.API) {
	tags := []string{"sets"}
	s.registerSetUploads(api)
	huma.Register(api, huma.Operation{OperationID: "show-set", Description: "In the order of their ids.", Method: http.MethodGet, Path: "/v1/sets/{name}", Summary: "The releases of a set", Tags: tags}, s.showSet)
	huma.Register(api, huma.Operation{
		Metadata: map[string]any{isHeavy: true}, OperationID: "review-set", Description: "Odd is what goes another way than most markets or currencies do with the same line.", Method: http.MethodGet, Path: "/v1/sets/{name}/review", Summary: "What a set changes, and the odd ones out across its markets and currencies", Tags: tags,
	}, s.reviewSet)
	desk := s.deps.Desk
	reject := func(ctx context.Context, name string, act release.Act, _ ...string) ([]release.Release, error) {
		return desk.RejectSet(ctx, name, act)
	}
	for _, t := range []struct {
		verb, summary string
		move          func(context.Context, string, release.Act, ...string) ([]release.Release, error)
	}{
		{"submit", "Hand all drafts of a set in for review, or none", desk.SubmitSet},
		{"approve", "Approve all releases of a set, or none; they are published when due", desk.ApproveSet},
		{"reject", "Send all releases of a set back for good", reject},
	} {
		huma.Register(api, huma.Operation{
			OperationID: t.verb + "-set", Method: http.MethodPost, Path: "/v1/sets/{name}/" + t.verb, Summary: t.summary, Tags: tags,
			Description: "The answer comes when those that go out at once can be queried.",
		}, func(ctx context.Context, in *setTransitionInput) (*setOutput, error) {
			moved, err := t.move(ctx, in.Name, s.act(ctx, in.ReleaseActor, in.Body.given()), words(in.Body.Acknowledge)...)
			if err == nil {
				moved, err = s.awaitReleases(ctx, moved)
			}
			if err != nil {
				return nil, problemOf(err)
			}
			return &setOutput{SetView{in.Name, releaseViews(moved)}}, nil
		})
	}
}

func (s *server) showSet(ctx context.Context, in *setInput) (*setOutput, error) {
	members, err := s.deps.Desk.Set(ctx, in.Name)
	if err != nil {
		return nil, problemOf(err)
	}
	s.queryable(ctx, members...)
	return &setOutput{SetView{in.Name, releaseViews(members)}}, nil
}

func (s *server) reviewSet(ctx context.Context, in *setInput) (*setReviewOutput, error) {
	review, err := s.deps.Desk.ReviewSet(ctx, in.Name, s.deps.Clock.Now())
	if err != nil {
		return nil, problemOf(err)
	}
	v := SetReviewView{Name: review.Name, Releases: make([]SetMemberView, len(review.Releases)), Odd: make([]OddView, len(review.Odd))}
	for i, c := range review.Releases {
		v.Releases[i] = SetMemberView{c.Release, c.Against, CountsView(c.Summary), c.Renamed, totalViews(c.Totals)}
	}
	for i, o := range review.Odd {
		v.Odd[i] = OddView{o.Release, lineIdentityView(o.Identity), string(o.Change), percent(o.Percent), string(o.Usual), percent(o.UsualBy), o.Others, o.Of}
	}
	return &setReviewOutput{v}, nil
}
