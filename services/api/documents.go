package api

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/release"
)

type (
	resolveInput struct {
		Kind     string `query:"kind" doc:"program-guide, partner-agreement, customer-agreement or another kind; required." example:"partner-agreement"`
		Market   string `query:"market" doc:"ISO 3166; several separated by commas; required." example:"JP"`
		Language string `query:"language" doc:"BCP 47 tag of the language that is preferred." example:"ja"`
		AsOfInput
	}
	documentFileInput struct {
		SHA256 string `path:"sha256" example:"2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"`

		IfNoneMatch string `header:"If-None-Match" hidden:"true"`
	}
)

// ResolvedView says which document applies in some of the markets asked for.
type ResolvedView struct {
	Markets  []string  `json:"markets"`
	Document *ItemView `json:"document"`
	Problem  string    `json:"problem" doc:"Why there is none."`
}

func (s *server) registerDocuments(api huma.API) {
	one := itemSchema(document.Schema())
	several := pageSchema(&huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{
		"markets":  {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}},
		"document": one, "problem": {Type: huma.TypeString, Description: "Why there is none; document is null then."},
	}})
	op := huma.Operation{
		OperationID: "resolve-document", Method: http.MethodGet, Path: "/v1/documents/resolve", Summary: "The document that applies in a market, or those that apply in several", Tags: []string{"documents"},
		Description: "One that names the market before one for its region before one for everywhere; then the language asked for, or a related one, or English; then the newest version.",
		Responses: map[string]*huma.Response{"200": {Description: "The document; for several markets a list.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{OneOf: []*huma.Schema{one, several}}},
		}}},
	}
	huma.Register(api, op, s.resolveDocument)
	huma.Register(api, downloaded(huma.Operation{
		Metadata: map[string]any{hasVersion: true}, OperationID: "get-document-file", Method: http.MethodGet, Path: "/v1/documents/files/{sha256}", Summary: "The file that a document is in", Tags: []string{"documents"},
		Description: "Of any document that was ever prepared for a release, by its SHA-256.",
	}, "The file's bytes.", asBytes(octets)), s.documentFile)
}

func (s *server) resolveDocument(ctx context.Context, in *resolveInput) (*huma.StreamResponse, error) {
	var p params
	p.required("query.kind", in.Kind)
	p.required("query.market", strings.ReplaceAll(in.Market, ",", ""))
	asOf := s.asOf(&p, in.AsOfInput)
	if _, ok := document.Tag(in.Language); in.Language != "" && !ok {
		p.wrong("query.language", "\""+in.Language+"\" is no language; write a BCP 47 tag such as en, de-AT or zh-Hant")
	}
	markets := words(in.Market)
	if len(markets) == 1 {
		marketParam(&p, markets[0])
	}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	resolved, err := s.resolve(ctx, in.Kind, markets, in.Language, asOf)
	if err != nil {
		return nil, problemOf(err)
	}
	if len(markets) > 1 {
		return jsonAnswer(pageOf[ResolvedView]{Items: resolvedViews(resolved)}), nil
	}
	if err := resolved[0].err; err != nil {
		return nil, problemOf(err)
	}
	return jsonAnswer(resolved[0].view), nil
}

// resolved is the document that applies in some markets, or why there is none.
type resolved struct {
	markets []string
	view    ItemView
	err     error
}

// resolve finds the documents that apply in markets. A market that has a list of its own is judged by it and the worldwide one.
func (s *server) resolve(ctx context.Context, kind string, markets []string, language string, asOf history.AsOf) ([]resolved, error) {
	own, err := s.itemMarkets(ctx, release.Documents, "")
	if err != nil {
		return nil, err
	}
	groups := map[string][]string{} // markets by whose list they are judged by
	order := []string{}
	for _, m := range markets {
		list := strings.ToUpper(m)
		if !slices.Contains(own, list) {
			list = release.Worldwide
		}
		if groups[list] == nil {
			order = append(order, list)
		}
		groups[list] = append(groups[list], m)
	}
	var all []resolved
	for _, list := range order {
		items, err := s.itemsFor(ctx, release.Documents, list, asOf)
		if err != nil {
			return nil, err
		}
		documents, err := documentsOf(items)
		if err != nil {
			return nil, err
		}
		for _, r := range document.ResolveAll(documents, kind, groups[list], language) {
			found := resolved{markets: r.Markets, err: r.Err}
			if i, ok := items[r.Document.Key()]; ok && r.Err == nil {
				found.view = itemView(document.Schema(), i.Market)(i.ItemAnswer)
			}
			all = append(all, found)
		}
	}
	return all, nil
}

func documentsOf(items map[string]marketItem) ([]document.Document, error) {
	var documents []document.Document
	for _, i := range items {
		d, err := document.FromItem(ordered(document.Schema(), i.Item))
		if err != nil {
			return nil, fault.New(fault.Internal, "read the list of documents: %w", err)
		}
		documents = append(documents, d)
	}
	return documents, nil
}

func resolvedViews(all []resolved) []ResolvedView {
	views := make([]ResolvedView, len(all))
	for i := range all {
		views[i] = ResolvedView{Markets: all[i].markets}
		if err := all[i].err; err != nil {
			views[i].Problem = hinted(err)
			continue
		}
		views[i].Document = &all[i].view
	}
	return views
}

// documentFile answers with a file as an attachment: no browser takes it for a page of ours.
func (s *server) documentFile(ctx context.Context, in *documentFileInput) (*huma.StreamResponse, error) {
	sum := strings.ToLower(in.SHA256)
	if raw, err := hex.DecodeString(sum); err != nil || len(raw) != 32 {
		return nil, problemOf(fault.New(fault.Invalid, "%q is not a SHA-256", in.SHA256).WithPlaces(fault.Place{Where: "path.sha256", Problem: "64 hexadecimal digits are needed"}))
	}
	name, err := s.fileName(ctx, sum)
	if err != nil {
		return nil, problemOf(err)
	}
	var data []byte
	if !hasTag(in.IfNoneMatch, strconv.Quote(sum)) { // bytes of one sum are the same for ever
		if data, err = s.deps.Files.File(ctx, sum); err != nil {
			return nil, problemOf(err)
		}
	}
	file := s.download(name, octets, func(_ context.Context, w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		hctx.SetHeader("ETag", strconv.Quote(sum))
		if data == nil {
			hctx.SetStatus(http.StatusOK) // as which it has the tag that is asked for
			return
		}
		file.Body(hctx)
	}}, nil
}

// fileName returns what a file is called by the documents in it, the newest list first. Only files of documents are given out.
func (s *server) fileName(ctx context.Context, sum string) (string, error) {
	releases, err := s.deps.Desk.List(ctx, release.Filter{List: release.Documents})
	if err != nil {
		return "", err
	}
	slices.Reverse(releases)
	for _, r := range releases {
		c, err := s.deps.Desk.Contents(ctx, r.ID)
		if err != nil {
			return "", err
		}
		if i := slices.IndexFunc(c.Items, func(i item.Item) bool { return i.Get(document.ColumnSHA256) == sum }); i >= 0 {
			return c.Items[i].Get(document.ColumnFile), nil
		}
	}
	return "", fault.New(fault.NotFound, "no document is in a file whose SHA-256 is %s", sum).WithHint("see the documents: pricewire document list")
}
