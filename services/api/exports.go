package api

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet"
)

type (
	exportInput struct {
		ID      string `path:"id" example:"license-us-2026-12-r1"`
		Preview bool   `query:"preview" doc:"Only what changes against the release before, as Partner Center previews it: new, changed and ending lines, with previous values and the dates on which sales end."`
		Format  string `query:"format" doc:"csv (default), xlsx, json, ndjson or parquet; documents also yaml." example:"xlsx"`
		Accept  string `header:"Accept" hidden:"true"`
	}
	templateInput struct {
		List string `path:"list" doc:"license, offers, services or documents." example:"license"`
	}
)

func (s *server) registerExports(api huma.API) {
	content := fileContent(&huma.Schema{Type: huma.TypeObject, Description: "A line, by the names of its columns."})
	content[sheet.YAML.ContentType()] = &huma.MediaType{Schema: bytesSchema(sheet.YAML.ContentType())}
	huma.Register(api, downloaded(huma.Operation{
		OperationID: "export-release", Method: http.MethodGet, Path: "/v1/releases/{id}/export", Summary: "A release as a file, as partners get it", Tags: []string{"releases"},
		Description: "Columns are in their official order, and no cell is taken for a formula. A CSV file or workbook that is read in again gives the same lines.",
	}, "The file.", content), s.exportRelease)
	huma.Register(api, downloaded(huma.Operation{
		OperationID: "get-template", Method: http.MethodGet, Path: "/v1/templates/{list}", Summary: "A file to fill in for a list, with its columns explained", Tags: []string{"releases"},
		Description: "A workbook; for documents a YAML file.",
	}, "The template.", asBytes(sheet.XLSX.ContentType(), sheet.YAML.ContentType())), s.template)
}

// format returns the format that is asked for.
func (in *exportInput) format(p *params, list string) sheet.Format {
	switch {
	case in.Format == "":
		return preferred(in.Accept, formatsOf(sheet.CSV))
	case list == release.Documents && (in.Format == "yaml" || in.Format == "yml"):
		return sheet.YAML
	}
	return fileFormat(p, in.Format)
}

func (s *server) exportRelease(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
	slot, _, err := release.ParseID(in.ID)
	if err != nil {
		return nil, problemOf(err)
	}
	var p params
	f := in.format(&p, slot.List)
	if in.Preview && !release.Priced(slot.List) {
		p.wrong("query.preview", "only lists of prices have a preview; see what a release of "+slot.List+" changes: pricewire release diff "+in.ID)
	}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	if in.Preview {
		return s.exportPreview(ctx, in.ID, f)
	}
	c, err := s.deps.Desk.Standing(ctx, in.ID, s.deps.Clock.Now())
	if err != nil {
		return nil, problemOf(err)
	}
	notes := releaseNotes(c.Release)
	for _, w := range c.Release.Withdrawals {
		if w.Told() && !w.Whole() {
			notes = append(notes, sheet.Note{Name: "Withdrawn", Text: fmt.Sprintf("%d lines on %s: %s. What answers in their place stands here.", w.Count, stamp(w.KnownAt), w.Reason)})
		}
	}
	c.Lines = linesKnownTo(ctx, c.Lines)
	return s.file(in.ID, f, func(ctx context.Context, w io.Writer) error {
		if !release.Priced(slot.List) {
			return sheet.WriteItems(w, f, schemaOfList(slot.List), c.Items, notes)
		}
		rows := make([]pricelist.Row, len(c.Lines))
		for i := range c.Lines {
			rows[i].Line = c.Lines[i]
		}
		return writeLicense(ctx, w, f, rows, notes)
	}), nil
}

// exportPreview answers with what a release changes.
func (s *server) exportPreview(ctx context.Context, id string, f sheet.Format) (*huma.StreamResponse, error) {
	r, err := s.deps.Desk.Show(ctx, id)
	if err != nil {
		return nil, problemOf(err)
	}
	c, err := s.deps.Desk.Diff(ctx, id, "", s.deps.Clock.Now())
	if err != nil {
		return nil, problemOf(err)
	}
	notes := append(releaseNotes(r), sheet.Note{Name: "Preview", Text: "Only what changes against " + or(c.Against, "nothing before it") + "; what is not in it stays."})
	c = knownTo(ctx, c)
	return s.file(id+"-preview", f, func(ctx context.Context, w io.Writer) error {
		return writeLicense(ctx, w, f, sheet.Preview(c.Lines, r.EffectiveAt), notes)
	}), nil
}

// writeLicense writes lines of a list of prices, as far as who asks may know them.
func writeLicense(ctx context.Context, w io.Writer, f sheet.Format, rows []pricelist.Row, notes []sheet.Note) error {
	if seesCost(ctx) {
		return sheet.WriteLicense(w, f, rows, notes)
	}
	notes = slices.DeleteFunc(slices.Clone(notes), func(n sheet.Note) bool { return n.Name == contentNote })
	return sheet.WriteLicenseWithoutCost(w, f, rows, notes)
}

// contentNote is the note with the hash of a list, which would tell whether a guess of a price is right.
const contentNote = "Content"

// releaseNotes say what a file of a release is.
func releaseNotes(r release.Release) []sheet.Note {
	notes := []sheet.Note{
		{Name: "Release", Text: r.ID},
		{Name: "List", Text: r.Slot.List},
		{Name: "Market", Text: r.Slot.Market},
		{Name: "State", Text: string(r.State.ForPeople())},
		note("Effective", r.EffectiveAt),
	}
	if r.Told() {
		notes = append(notes, note("Published", r.PublishedAt))
	} else {
		notes = append(notes, note("To be published", r.PublishAt))
	}
	return append(notes, sheet.Note{Name: "Predecessor", Text: r.Predecessor}, sheet.Note{Name: "Lines", Text: strconv.Itoa(r.Lines)}, sheet.Note{Name: contentNote, Text: r.Content})
}

// documentsTemplate is what a list of documents looks like.
//
//go:embed template_documents.yaml
var documentsTemplate string

func (s *server) template(_ context.Context, in *templateInput) (*huma.StreamResponse, error) {
	name := in.List + "-template"
	switch in.List {
	case release.Documents:
		return s.file(name, sheet.YAML, func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, documentsTemplate)
			return err
		}), nil
	case release.License:
		return s.file(name, sheet.XLSX, func(_ context.Context, w io.Writer) error { return sheet.WriteTemplate(w, in.List, nil) }), nil
	case release.Offers, release.Services:
		schema := schemaOfList(in.List)
		return s.file(name, sheet.XLSX, func(_ context.Context, w io.Writer) error { return sheet.WriteTemplate(w, in.List, &schema) }), nil
	}
	return nil, problemOf(fault.New(fault.NotFound, "there is no template of %q", in.List).WithHint("the lists are license, offers, services and documents"))
}
