package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/release"
)

type (
	createInput struct {
		ReleaseActor
		SheetInput
		PublishAt   string `query:"publish_at" doc:"Publish earlier than the notice asks for." example:"2026-10-28T08:00:00Z"`
		Published   string `query:"published" doc:"The list is one of the past: when it was really published. Needs a reason." example:"2025-10-01T00:00:00Z"`
		Reason      string `query:"reason" doc:"Why a list of the past is loaded now." example:"history from before day one"`
		Acknowledge string `query:"acknowledge" doc:"Rules of warnings that the author takes responsibility for, separated by commas." example:"lines-gone"`
		RawBody     []byte `contentType:"application/octet-stream"`
	}
	lintInput struct {
		SheetInput
		RawBody []byte `contentType:"application/octet-stream"`
	}
	correctInput struct {
		ReleaseActor
		ID          string `path:"id" example:"license-us-2026-12-r1"`
		Reason      string `query:"reason" doc:"Why; also the reason of its short notice." example:"two prices were of November"`
		From        string `query:"from" doc:"When it takes effect, where that is later than its publication." example:"2026-12-10"`
		Retroactive bool   `query:"retroactive" doc:"It takes effect when what it mends did."`
		Kind        string `query:"kind" doc:"full (default): all lines; delta: only those that change." example:"delta"`
		Filename    string `query:"filename" doc:"Name of the sheet, for its problems." example:"fixed.csv"`
		Acknowledge string `query:"acknowledge" doc:"Rules of warnings that the author takes responsibility for, separated by commas." example:"price-moved"`
		RawBody     []byte `contentType:"application/octet-stream"`
	}
)

// LintView is everything wrong and noteworthy in a sheet.
type LintView struct {
	Lines       int           `json:"lines"`
	Errors      int           `json:"errors"`
	Warnings    int           `json:"warnings"`
	Notes       int           `json:"notes"`
	Predecessor string        `json:"predecessor" doc:"The release it was compared with; empty when there is none."`
	Diff        CountsView    `json:"diff"`
	Problems    []ProblemView `json:"problems"`
}

type lintOutput struct{ Body LintView }

func (s *server) registerDrafts(api huma.API) {
	tags := []string{"releases"}
	huma.Register(api, s.uploading(huma.Operation{
		OperationID: "create-release", Method: http.MethodPost, Path: "/v1/releases", Summary: "Make a draft from a sheet", Tags: tags, DefaultStatus: http.StatusCreated,
		Description: "Errors in the sheet make no draft, and all of them are named; warnings stop nothing before approval. With published it is a list of the past.",
	}, aSheet), s.createRelease)
	huma.Register(api, s.uploading(huma.Operation{
		Metadata: map[string]any{onlyReads: true}, OperationID: "lint-release", Method: http.MethodPost, Path: "/v1/releases:lint", Summary: "Name every problem of a sheet; stores nothing", Tags: tags,
		Description: "Without a market or an effective date the sheet is judged by itself.",
	}, aSheet), s.lintRelease)
	huma.Register(api, s.uploading(huma.Operation{
		OperationID: "correct-release", Method: http.MethodPost, Path: "/v1/releases/{id}/correct", Summary: "Make a draft that mends a public release", Tags: tags,
		DefaultStatus: http.StatusCreated, Description: "The draft is another revision of the month, with the full life of its own.",
	}, aSheet), s.correctRelease)
}

func (s *server) createRelease(ctx context.Context, in *createInput) (*releaseOutput, error) {
	var p params
	c := in.input(&p)
	p.required("query.effective", in.Effective)
	c.PublishAt, c.Acknowledged = p.instant("query.publish_at", in.PublishAt, time.Time{}), words(in.Acknowledge)
	if in.Published != "" {
		c.Backfilled, c.PublishAt = true, p.instant("query.published", in.Published, time.Time{})
		p.required("query.reason", in.Reason)
		if in.PublishAt != "" {
			p.wrong("query.publish_at", "cannot be combined with published, which says when the list was public")
		}
	}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	err := s.read(ctx, &c, upload{name: in.Filename, data: in.RawBody, keep: true})
	if err == nil && c.Market == "" {
		err = cmp.Or(listing.Errors(c.Problems), noMarket(c.Rows))
	}
	if err != nil {
		return nil, problemOf(err)
	}
	r, err := s.deps.Desk.Create(ctx, c, s.act(ctx, in.ReleaseActor, in.Reason))
	if err != nil {
		return nil, problemOf(err)
	}
	concerns(ctx, r.ID)
	return releaseAnswer(r), nil
}

func (s *server) lintRelease(ctx context.Context, in *lintInput) (*lintOutput, error) {
	var p params
	c := in.input(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	v, err := s.lint(ctx, &c, upload{name: in.Filename, data: in.RawBody})
	if err != nil {
		return nil, problemOf(err)
	}
	return &lintOutput{v}, nil
}

// lint reads a sheet and judges it.
func (s *server) lint(ctx context.Context, c *release.CreateInput, u upload) (LintView, error) {
	if err := s.read(ctx, c, u); err != nil {
		return LintView{}, err
	}
	report, err := s.deps.Desk.Lint(ctx, *c, s.deps.Clock.Now())
	if err != nil {
		return LintView{}, err
	}
	v := LintView{Lines: report.Lines, Predecessor: report.Predecessor, Diff: CountsView(report.Diff), Problems: problemViews(report.Problems)}
	v.count(report.Problems)
	return v, nil
}

func (v *LintView) count(problems []listing.Problem) {
	for _, problem := range problems {
		switch problem.Severity {
		case listing.Error:
			v.Errors++
		case listing.Warning:
			v.Warnings++
		case listing.Note:
			v.Notes++
		}
	}
}

func (s *server) correctRelease(ctx context.Context, in *correctInput) (*releaseOutput, error) {
	var p params
	p.required("query.reason", in.Reason)
	from := p.instant("query.from", in.From, time.Time{})
	sheetInput := SheetInput{Kind: in.Kind}
	c := sheetInput.input(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	wrong, err := s.deps.Desk.Show(ctx, in.ID)
	if err != nil {
		return nil, problemOf(err)
	}
	c.List, c.Market, c.Acknowledged = wrong.Slot.List, wrong.Slot.Market, words(in.Acknowledge)
	if err := s.read(ctx, &c, upload{name: in.Filename, data: in.RawBody, keep: true}); err != nil {
		return nil, problemOf(err)
	}
	r, err := s.deps.Desk.Correct(ctx, in.ID, release.CorrectInput{CreateInput: c, From: from, Retroactive: in.Retroactive}, s.act(ctx, in.ReleaseActor, in.Reason))
	if err != nil {
		return nil, problemOf(err)
	}
	return releaseAnswer(r), nil
}
