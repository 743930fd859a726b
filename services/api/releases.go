package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/release"
)

type (
	releasesInput struct {
		List   string `query:"list" doc:"Only this list's." example:"license"`
		Market string `query:"market" doc:"Only this market's; WW where a list has none." example:"US"`
		Month  string `query:"month" doc:"Only this month's." example:"2026-12"`
		State  string `query:"state" doc:"Only those in this state." example:"in_review"`
		Set    string `query:"set" doc:"Only those that are prepared together under this name." example:"december-2026"`
		PageInput
	}
	releaseInput struct {
		ID string `path:"id" example:"license-us-2026-12-r1"`
	}
)

type (
	releaseOutput struct {
		ETag string `header:"ETag" doc:"The record's version, for If-Match."`
		Body ReleaseView
	}
	releasesOutput struct{ Body pageOf[ReleaseView] }
	logOutput      struct{ Body pageOf[LogEntryView] }
)

// releaseAnswer answers with a release and the version of its record.
func releaseAnswer(r release.Release) *releaseOutput {
	return &releaseOutput{strconv.Quote(strconv.FormatUint(r.Version, 10)), releaseView(r)}
}

func (s *server) registerReleases(api huma.API) {
	tags := []string{"releases"}
	huma.Register(api, huma.Operation{OperationID: "list-releases", Description: "Filters are combined. A release that is published is in the list once its prices can be queried.", Method: http.MethodGet, Path: "/v1/releases", Summary: "Releases, in order of their ids", Tags: tags}, s.listReleases)
	huma.Register(api, huma.Operation{OperationID: "show-release", Description: "Its ETag is what If-Match is given when something is done to it.", Method: http.MethodGet, Path: "/v1/releases/{id}", Summary: "One release", Tags: tags, Metadata: map[string]any{hasVersion: true}}, s.showRelease)
	huma.Register(api, huma.Operation{OperationID: "log-release", Description: "In the order in which it happened, what the product itself did included.", Method: http.MethodGet, Path: "/v1/releases/{id}/log", Summary: "Who did what, when and why", Tags: tags}, s.logRelease)
	s.registerDrafts(api)
	s.registerTransitions(api)
	s.registerWithdrawal(api)
	s.registerDiff(api)
	s.registerChanges(api)
	s.registerExports(api)
}

func (s *server) listReleases(ctx context.Context, in *releasesInput) (*releasesOutput, error) {
	var p params
	filter := release.Filter{List: p.list("query.list", in.List), Market: p.marketOrAll("query.market", in.Market)}
	if state := p.oneOf("query.state", in.State, states()...); state != "" {
		filter.States = []release.State{release.State(state)}
	}
	month := p.month("query.month", in.Month)
	page := in.page(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	all, err := s.deps.Desk.List(ctx, filter)
	if err != nil {
		return nil, problemOf(err)
	}
	var items []release.Release
	var next string
	for _, r := range all { // in order of their ids, so that an id is a cursor
		if r.ID <= page.Cursor || month != "" && r.Slot.Month.String() != month || in.Set != "" && r.Set != in.Set {
			continue
		}
		if len(items) == page.Size() {
			next = items[len(items)-1].ID
			break
		}
		items = append(items, r)
	}
	s.queryable(ctx, items...)
	return &releasesOutput{newPage(items, next, releaseView)}, nil
}

func (s *server) showRelease(ctx context.Context, in *releaseInput) (*releaseOutput, error) {
	r, err := s.deps.Desk.Show(ctx, in.ID)
	if err != nil {
		return nil, problemOf(err)
	}
	s.queryable(ctx, r)
	return releaseAnswer(r), nil
}

func (s *server) logRelease(ctx context.Context, in *releaseInput) (*logOutput, error) {
	entries, err := s.deps.Desk.Log(ctx, in.ID)
	if err != nil {
		return nil, problemOf(err)
	}
	return &logOutput{pageOf[LogEntryView]{Items: logViews(entries)}}, nil
}
