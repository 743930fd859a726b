package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet"
)

type (
	// SetSheetsInput is what the sheets of a set are.
	SetSheetsInput struct {
		List      string `query:"list" doc:"license (default), offers or services." example:"license"`
		Effective string `query:"effective" doc:"When all of it takes effect: a date or RFC 3339." example:"2026-12-01"`
		Kind      string `query:"kind" doc:"full (default): all lines; delta: only those that change." example:"full"`
	}
	setCreateInput struct {
		ReleaseActor
		SetSheetsInput
		Name        string `path:"name" doc:"Up to 40 of a-z, 0-9 and hyphens." example:"december-2026"`
		Acknowledge string `query:"acknowledge" doc:"Rules of warnings that the author takes responsibility for, separated by commas." example:"lines-gone"`
		RawBody     []byte `contentType:"application/octet-stream"`
	}
	setLintInput struct {
		SetSheetsInput
		RawBody []byte `contentType:"application/octet-stream"`
	}
)

// SetLintView is everything wrong and noteworthy in the sheets of a set.
type SetLintView struct {
	Files    []SetFileView `json:"files"`
	Errors   int           `json:"errors"`
	Warnings int           `json:"warnings"`
	Notes    int           `json:"notes"`
}

// SetFileView is everything wrong and noteworthy in one sheet of a set.
type SetFileView struct {
	File   string `json:"file"`
	Market string `json:"market" doc:"Empty when nothing says it."`
	LintView
}

type setLintOutput struct{ Body SetLintView }

const aSet = "A zip archive of sheets, one market each. A sheet says its market in its own column; one without says it in its name, as two capitals: pricelist-DE.xlsx. At most 500 sheets."

func (s *server) registerSetUploads(api huma.API) {
	huma.Register(api, s.uploading(huma.Operation{
		OperationID: "create-set", Method: http.MethodPost, Path: "/v1/sets/{name}", Summary: "Make a draft from every sheet of an archive, or none when one cannot be", Tags: []string{"sets"},
		DefaultStatus: http.StatusCreated, Description: "After a failure between two drafts the same request makes those that are missing.",
	}, aSet), s.createSet)
	huma.Register(api, s.uploading(huma.Operation{
		Metadata: map[string]any{onlyReads: true}, OperationID: "lint-set", Description: "Sheets are judged as if they were created, each for the market that it says.", Method: http.MethodPost, Path: "/v1/sets:lint", Summary: "Name every problem of every sheet of an archive; stores nothing", Tags: []string{"sets"},
	}, aSet), s.lintSet)
}

// input reads what the sheets of a set are to become.
func (in SetSheetsInput) input(p *params) release.CreateInput {
	c := SheetInput{List: in.List, Effective: in.Effective, Kind: in.Kind}.input(p)
	if c.List == release.Documents {
		p.wrong("query.list", "documents are one list for all markets, not a set; make a release of it")
	}
	return c
}

// sheets takes the archive of a set apart.
func (s *server) sheets(data []byte) ([]sheet.File, error) {
	files, err := sheet.Unpack("set", data, sheet.Limits{})
	if err != nil {
		return nil, err
	}
	if len(files) == 1 && files[0].Name == "set" {
		return nil, fault.New(fault.Invalid, "what was sent is one file, not a zip archive of sheets").WithHint("send a zip archive with one sheet a market, or make a release of the one sheet")
	}
	if len(files) > release.MaxSet {
		return nil, fault.New(fault.Invalid, "the archive holds %d files, more than the %d sheets that a set may have", len(files), release.MaxSet)
	}
	return files, nil
}

func (s *server) createSet(ctx context.Context, in *setCreateInput) (*setOutput, error) {
	var p params
	plan := in.input(&p)
	p.required("query.effective", in.Effective)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	files, err := s.sheets(in.RawBody)
	if err != nil {
		return nil, problemOf(err)
	}
	members := make([]release.Member, 0, len(files))
	var wrong []fault.Place
	for i, f := range files {
		member, err := s.member(ctx, plan, f)
		files[i].Data = nil // its rows are enough
		if err != nil {
			wrong = append(wrong, placed(f.Name, err)...)
			continue
		}
		members = append(members, member)
	}
	shareAcknowledged(members, words(in.Acknowledge))
	if len(wrong) > 0 {
		return nil, problemOf(fault.New(fault.Invalid, "no draft of set %s was made, because sheets cannot be read: %s: %s", in.Name, wrong[0].Where, wrong[0].Problem).
			WithPlaces(wrong...).WithHint("pricewire release set lint DIR names every problem of every sheet"))
	}
	made, err := s.deps.Desk.CreateSet(ctx, in.Name, members, s.act(ctx, in.ReleaseActor, ""))
	if err != nil {
		return nil, problemOf(err)
	}
	return &setOutput{SetView{in.Name, releaseViews(made)}}, nil
}

// shareAcknowledged gives each sheet the warnings acknowledged that it may have: those of lists of prices, whatever reading has found, and
// those that only reading finds where it did. One that no sheet has stays with the first, where it is refused.
func shareAcknowledged(members []release.Member, rules []string) {
	for _, rule := range rules {
		all := slices.Contains(append(pricelist.Warnings(), release.RuleLaterList), rule)
		given := false
		for i := range members {
			m := &members[i]
			has := slices.ContainsFunc(m.Problems, func(p listing.Problem) bool { return p.Severity == listing.Warning && p.Rule == rule })
			if all || has || !release.Priced(m.List) {
				m.Acknowledged, given = append(m.Acknowledged, rule), true
			}
		}
		if !given && len(members) > 0 {
			members[0].Acknowledged = append(members[0].Acknowledged, rule)
		}
	}
}

// placed puts a file's name before the places of an error.
func placed(file string, err error) []fault.Place {
	places := fault.PlacesOf(err)
	if len(places) == 0 {
		problem := strings.TrimPrefix(err.Error(), file+": ")
		if hint := fault.HintOf(err); hint != "" {
			problem += "; " + hint
		}
		return []fault.Place{{Where: "file " + file, Problem: problem}}
	}
	all := make([]fault.Place, len(places))
	for i, p := range places {
		all[i] = fault.Place{Where: "file " + file + ", " + p.Where, Problem: p.Problem}
	}
	return all
}

// member reads one sheet of a set.
func (s *server) member(ctx context.Context, plan release.CreateInput, f sheet.File) (release.Member, error) {
	m := release.Member{File: f.Name, CreateInput: plan}
	said := marketIn(base(f.Name))
	if !release.Priced(m.List) {
		m.Market = or(said, release.Worldwide)
		return m, s.read(ctx, &m.CreateInput, upload{name: f.Name, data: f.Data})
	}
	m.Market = said // where the sheet does not say it
	err := s.read(ctx, &m.CreateInput, upload{name: f.Name, data: f.Data})
	if err != nil && said == "" && onlyMarketMissing(f) {
		err = saysNoMarket()
	}
	if err != nil {
		return m, err
	}
	if own := marketOf(m.Rows); own != "" {
		m.Market = own // the sheet's own column counts
	}
	if m.Market == "" {
		err = cmp.Or(listing.Errors(m.Problems), saysNoMarket())
	}
	return m, err
}

func saysNoMarket() error {
	const way = "give it a column Market, or two capitals in its name: pricelist-DE.xlsx"
	return fault.New(fault.Invalid, "nothing says for which market the sheet is").WithHint(way)
}

// onlyMarketMissing reports whether a sheet that cannot be read could be if its market were known.
func onlyMarketMissing(f sheet.File) bool {
	_, err := sheet.ReadLicense(f.Name, f.Data, sheet.Options{Market: "US"}) // any will do
	return err == nil
}

// marketIn returns the market that a file's name names by two capitals between other characters than letters: the one at the end of the name
// when it names several, and none when none of those is.
func marketIn(name string) string {
	tokens := strings.FieldsFunc(strings.TrimSuffix(name, path.Ext(name)), func(c rune) bool { return !unicode.IsLetter(c) })
	var found []string
	for _, token := range tokens {
		if listing.KnownMarket(token) && !slices.Contains(found, token) {
			found = append(found, token)
		}
	}
	switch n := len(found); {
	case n == 1:
		return found[0]
	case n > 1 && found[n-1] == tokens[len(tokens)-1]:
		return found[n-1]
	}
	return ""
}

func (s *server) lintSet(ctx context.Context, in *setLintInput) (*setLintOutput, error) {
	var p params
	plan := in.input(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	files, err := s.sheets(in.RawBody)
	if err != nil {
		return nil, problemOf(err)
	}
	v := SetLintView{Files: make([]SetFileView, 0, len(files))}
	owners := map[string]string{} // files by market
	for i, f := range files {
		one, err := s.lintMember(ctx, plan, f, owners)
		files[i].Data = nil // one sheet at a time is enough
		if err != nil {
			return nil, problemOf(err)
		}
		v.Files = append(v.Files, one)
		v.Errors, v.Warnings, v.Notes = v.Errors+one.Errors, v.Warnings+one.Warnings, v.Notes+one.Notes
	}
	return &setLintOutput{v}, nil
}

// The rules of the sheets of a set, by their stable names.
const (
	ruleUnreadable   = "unreadable-file"
	ruleMarketsTwice = "market-twice"
)

// lintMember judges one sheet of a set. That it cannot be read is a problem of the sheet, not an error, so that those of the others are told.
func (s *server) lintMember(ctx context.Context, plan release.CreateInput, f sheet.File, owners map[string]string) (SetFileView, error) {
	m, err := s.member(ctx, plan, f)
	v := SetFileView{File: f.Name, Market: m.Market}
	var problems []listing.Problem
	switch kind := fault.KindOf(err); {
	case err != nil && kind != fault.Invalid && kind != fault.Refused:
		return v, err
	case err != nil && hasErrors(m.Problems):
		problems = m.Problems
	case err != nil:
		problems = append(m.Problems, listing.Problem{Severity: listing.Error, Rule: ruleUnreadable, Text: hinted(err)})
	default:
		report, err := s.deps.Desk.Lint(ctx, m.CreateInput, s.deps.Clock.Now())
		if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Refused) {
			report.Problems = append(m.Problems, listing.Problem{Severity: listing.Error, Rule: ruleUnreadable, Text: hinted(err)})
		} else if err != nil {
			return v, err
		}
		problems = report.Problems
		v.Lines, v.Predecessor, v.Diff = report.Lines, report.Predecessor, CountsView(report.Diff)
	}
	if other := owners[m.Market]; other != "" && m.Market != "" {
		problems = append(problems, listing.Problem{
			Severity: listing.Error, Rule: ruleMarketsTwice, Value: m.Market, Text: fmt.Sprintf("%s is for this market too: a set has one sheet a market", other),
		})
	} else {
		owners[m.Market] = f.Name
	}
	v.Problems = problemViews(problems)
	v.count(problems)
	return v, nil
}

// hinted is an error with its hint, in one sentence.
func hinted(err error) string {
	if hint := fault.HintOf(err); hint != "" {
		return err.Error() + ": " + hint
	}
	return err.Error()
}
