package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/sheet"
)

type rateExportInput struct {
	RateFilters
	WatchInput
	AsOfInput
	Layout string `query:"layout" doc:"focus: the columns of the FOCUS specification, version 1.2; as pages have them when empty." example:"focus"`
	Format string `query:"format" doc:"csv (default), xlsx, json, ndjson or parquet." example:"parquet"`
	Accept string `header:"Accept" hidden:"true"`
}

func (s *server) registerRateExport(api huma.API) {
	row := &huma.Schema{AnyOf: []*huma.Schema{schemaOf[RateView](api), schemaOf[FocusView](api)}}
	huma.Register(api, downloaded(huma.Operation{
		OperationID: "export-rates", Method: http.MethodGet, Path: "/v1/rates/export", Summary: "The usage list as one file", Tags: []string{"rates"},
		Description: "All rates that match as of an instant, one a row; what is found out while the file is written is not in it. Layout focus names the columns as the FinOps Open Cost and Usage Specification does, version 1.2, and those that it has no name for x_ and a name.",
	}, "The file.", fileContent(row)), s.exportRates)
}

func (s *server) exportRates(ctx context.Context, in *rateExportInput) (*huma.StreamResponse, error) {
	var p params
	q := in.list(&p, s.asOf(&p, in.AsOfInput))
	focus := p.oneOf("query.layout", in.Layout, layoutFocus) == layoutFocus
	f := preferred(in.Accept, formatsOf(sheet.CSV))
	if in.Format != "" {
		f = fileFormat(&p, in.Format)
	}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	reader, err := s.reader(ctx, in.WatchInput)
	if err != nil {
		return nil, problemOf(err)
	}
	q.Page = history.Page{Limit: history.MaxLimit}
	name := "usage-" + or(q.Currency, "all") + "-" + q.At.UTC().Format("2006-01-02")
	asking := func(ctx context.Context) func(cursor string) ([]history.RateAnswer, string, error) {
		return func(cursor string) ([]history.RateAnswer, string, error) {
			q.Cursor = cursor
			page, err := reader.Rates(ctx, q)
			return page.Items, page.Next, err
		}
	}
	if focus {
		return sendTable(s, name+"-focus", f, func(ctx context.Context) table[FocusView] {
			return tableOf("Usage", pages(asking(ctx), focusView), append(asOfNotes(q.AsOf), focusNotes()...)...)
		}), nil
	}
	return sendTable(s, name, f, func(ctx context.Context) table[RateView] {
		return tableOf("Usage", pages(asking(ctx), rateView), asOfNotes(q.AsOf)...)
	}), nil
}
