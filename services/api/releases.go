package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

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
	huma.Register(api, huma.Operation{OperationID: "list-releases", Method: http.MethodGet, Path: "/v1/releases", Summary: "Releases, in order of their ids", Tags: tags}, s.listReleases)
	huma.Register(api, huma.Operation{OperationID: "show-release", Method: http.MethodGet, Path: "/v1/releases/{id}", Summary: "One release", Tags: tags}, s.showRelease)
	huma.Register(api, huma.Operation{OperationID: "log-release", Method: http.MethodGet, Path: "/v1/releases/{id}/log", Summary: "Who did what, when and why", Tags: tags}, s.logRelease)
	s.registerDrafts(api)
	s.registerTransitions(api)
	s.registerWithdrawal(api)
	s.registerDiff(api)
	s.registerExports(api)
}

func (s *server) listReleases(ctx context.Context, in *releasesInput) (*releasesOutput, error) {
	filter := release.Filter{List: in.List, Market: strings.ToUpper(in.Market)}
	if in.State != "" {
		filter.States = []release.State{release.State(in.State)}
	}
	var p params
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
		if r.ID <= page.Cursor || in.Month != "" && r.Slot.Month.String() != in.Month || in.Set != "" && r.Set != in.Set {
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
