package api

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet"
)

const (
	// largestSheet bounds an uploaded sheet.
	largestSheet = 256 << 20
	// uploadTime is how long an upload may take to arrive.
	uploadTime = 10 * time.Minute
)

type (
	createInput struct {
		ReleaseActor
		SheetInput
		PublishAt   string `query:"publish_at" doc:"Publish earlier than the notice asks for."`
		Acknowledge string `query:"acknowledge" doc:"Rules of warnings that the author takes responsibility for, separated by commas." example:"lines-gone"`
		RawBody     []byte `contentType:"text/csv"`
	}
	lintInput struct {
		SheetInput
		RawBody []byte `contentType:"text/csv"`
	}
	releasesInput struct {
		List   string `query:"list"`
		Market string `query:"market"`
		Month  string `query:"month" example:"2026-12"`
		State  string `query:"state"`
		PageInput
	}
	releaseInput struct {
		ID string `path:"id" example:"license-us-2026-12-r1"`
	}
	diffInput struct {
		ID      string `path:"id"`
		Against string `query:"against" doc:"Release to compare with, instead of the predecessor."`
	}
	transitionInput struct {
		ReleaseActor
		ID   string `path:"id"`
		Body TransitionBody
	}
)

// ReleaseActor is who acts on a release.
type ReleaseActor struct {
	User string `header:"X-Pricewire-User" doc:"Who acts; believed on a loopback address only."`
}

// SheetInput is what an uploaded sheet is.
type SheetInput struct {
	List      string `query:"list" doc:"Which list." example:"license"`
	Market    string `query:"market" doc:"ISO 3166." example:"US"`
	Effective string `query:"effective" doc:"When it takes effect: a date or RFC 3339." example:"2026-12-01"`
	Kind      string `query:"kind" doc:"full (default): all lines; delta: only those that change."`
	Filename  string `query:"filename" doc:"Name of the sheet, for its problems."`
}

// TransitionBody says why a release is moved on; each transition uses what it needs.
type TransitionBody struct {
	Reason      string `json:"reason,omitempty" doc:"Why."`
	ShortNotice string `json:"short_notice,omitempty" doc:"Why it goes out with less notice than the policy asks for."`
	Acknowledge string `json:"acknowledge,omitempty" doc:"Rules of warnings that the approver takes responsibility for, separated by commas."`
}

type (
	releaseOutput  struct{ Body ReleaseView }
	releasesOutput struct{ Body pageOf[ReleaseView] }
	diffOutput     struct{ Body DiffView }
	logOutput      struct{ Body pageOf[LogEntryView] }
	lintOutput     struct{ Body LintView }
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

func (s *server) registerReleases(api huma.API) {
	tags := []string{"releases"}
	huma.Register(api, huma.Operation{
		OperationID: "create-release", Method: http.MethodPost, Path: "/v1/releases", Summary: "Make a draft from a sheet", Tags: tags,
		DefaultStatus: http.StatusCreated, MaxBodyBytes: largestSheet, BodyReadTimeout: uploadTime, SkipValidateBody: true,
	}, s.createRelease)
	huma.Register(api, huma.Operation{
		OperationID: "lint-release", Method: http.MethodPost, Path: "/v1/releases:lint", Summary: "Name every problem of a sheet; stores nothing", Tags: tags,
		MaxBodyBytes: largestSheet, BodyReadTimeout: uploadTime, SkipValidateBody: true,
	}, s.lintRelease)
	huma.Register(api, huma.Operation{OperationID: "list-releases", Method: http.MethodGet, Path: "/v1/releases", Summary: "Releases", Tags: tags}, s.listReleases)
	huma.Register(api, huma.Operation{OperationID: "show-release", Method: http.MethodGet, Path: "/v1/releases/{id}", Summary: "One release", Tags: tags}, s.showRelease)
	huma.Register(api, huma.Operation{OperationID: "diff-release", Method: http.MethodGet, Path: "/v1/releases/{id}/diff", Summary: "What a release changes", Tags: tags}, s.diffRelease)
	huma.Register(api, huma.Operation{OperationID: "log-release", Method: http.MethodGet, Path: "/v1/releases/{id}/log", Summary: "Who did what, when and why", Tags: tags}, s.logRelease)
	for _, t := range []struct {
		verb, summary string
		act           func(context.Context, string, release.Act, TransitionBody) (release.Release, error)
	}{
		{"submit", "Hand a draft in for review", func(ctx context.Context, id string, act release.Act, _ TransitionBody) (release.Release, error) {
			return s.deps.Desk.Submit(ctx, id, act)
		}},
		{"approve", "Approve a release; it is published when due", func(ctx context.Context, id string, act release.Act, body TransitionBody) (release.Release, error) {
			act.Reason = or(body.ShortNotice, act.Reason)
			return s.deps.Desk.Approve(ctx, id, act, words(body.Acknowledge)...)
		}},
		{"reject", "Send a release back for good", func(ctx context.Context, id string, act release.Act, _ TransitionBody) (release.Release, error) {
			return s.deps.Desk.Reject(ctx, id, act)
		}},
	} {
		huma.Register(api, huma.Operation{OperationID: t.verb + "-release", Method: http.MethodPost, Path: "/v1/releases/{id}/" + t.verb, Summary: t.summary, Tags: tags},
			func(ctx context.Context, in *transitionInput) (*releaseOutput, error) {
				r, err := t.act(ctx, in.ID, release.Act{Who: in.User, At: s.deps.Clock.Now(), Reason: in.Body.Reason}, in.Body)
				if err == nil {
					r, err = s.awaitRelease(ctx, r)
				}
				if err != nil {
					return nil, problemOf(err)
				}
				return &releaseOutput{releaseView(r)}, nil
			})
	}
}

// read turns an uploaded sheet into what a release is made of.
func (s *server) read(p *params, in SheetInput, body []byte) (release.CreateInput, error) {
	c := release.CreateInput{
		List: or(in.List, release.License), Market: strings.ToUpper(in.Market), Kind: release.SheetKind(or(in.Kind, string(release.Full))),
		EffectiveAt: p.instant("query.effective", in.Effective, time.Time{}),
	}
	if c.Kind != release.Full && c.Kind != release.Delta {
		p.wrong("query.kind", "\""+in.Kind+"\" is not full or delta")
	}
	if err := p.err(); err != nil {
		return c, err
	}
	read, err := sheet.ReadNewCommerce(bytes.NewReader(body), sheet.Options{})
	if err != nil {
		return c, fault.Wrap(err, "%s", or(in.Filename, "sheet"))
	}
	c.Rows, c.Problems = read.Rows, read.Problems
	return c, nil
}

func (s *server) createRelease(ctx context.Context, in *createInput) (*releaseOutput, error) {
	var p params
	p.required("query.market", in.Market)
	p.required("query.effective", in.Effective)
	publishAt := p.instant("query.publish_at", in.PublishAt, time.Time{})
	c, err := s.read(&p, in.SheetInput, in.RawBody)
	if err != nil {
		return nil, problemOf(err)
	}
	c.PublishAt, c.Acknowledged = publishAt, words(in.Acknowledge)
	r, err := s.deps.Desk.Create(ctx, c, release.Act{Who: in.User, At: s.deps.Clock.Now()})
	if err != nil {
		return nil, problemOf(err)
	}
	return &releaseOutput{releaseView(r)}, nil
}

func (s *server) lintRelease(ctx context.Context, in *lintInput) (*lintOutput, error) {
	var p params
	c, err := s.read(&p, in.SheetInput, in.RawBody)
	if err != nil {
		return nil, problemOf(err)
	}
	report, err := s.deps.Desk.Lint(ctx, c, s.deps.Clock.Now())
	if err != nil {
		return nil, problemOf(err)
	}
	v := LintView{Lines: report.Lines, Predecessor: report.Predecessor, Diff: CountsView(report.Diff), Problems: problemViews(report.Problems)}
	for _, problem := range report.Problems {
		switch problem.Severity {
		case listing.Error:
			v.Errors++
		case listing.Warning:
			v.Warnings++
		case listing.Note:
			v.Notes++
		}
	}
	return &lintOutput{v}, nil
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
		if r.ID <= page.Cursor || (in.Month != "" && r.Slot.Month.String() != in.Month) {
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
	return &releaseOutput{releaseView(r)}, nil
}

func (s *server) diffRelease(ctx context.Context, in *diffInput) (*diffOutput, error) {
	c, err := s.deps.Desk.Diff(ctx, in.ID, in.Against, s.deps.Clock.Now())
	if err != nil {
		return nil, problemOf(err)
	}
	return &diffOutput{diffView(c)}, nil
}

func (s *server) logRelease(ctx context.Context, in *releaseInput) (*logOutput, error) {
	entries, err := s.deps.Desk.Log(ctx, in.ID)
	if err != nil {
		return nil, problemOf(err)
	}
	return &logOutput{pageOf[LogEntryView]{Items: logViews(entries)}}, nil
}

// words splits a list of words at its commas.
func words(s string) []string {
	var all []string
	for word := range strings.SplitSeq(s, ",") {
		if word = strings.TrimSpace(word); word != "" {
			all = append(all, word)
		}
	}
	return all
}
