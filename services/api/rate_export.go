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
	AsOfInput
	Format string `query:"format" doc:"csv (default), xlsx, json, ndjson or parquet." example:"parquet"`
	Accept string `header:"Accept" hidden:"true"`
}

func (s *server) registerRateExport(api huma.API) {
	var formats []string
	for _, f := range fileFormats() {
		formats = append(formats, f.ContentType())
	}
	huma.Register(api, downloaded(huma.Operation{
		OperationID: "export-rates", Method: http.MethodGet, Path: "/v1/rates/export", Summary: "The usage list as one file", Tags: []string{"rates"},
		Description: "All rates that match as of an instant, one a row; what is found out while the file is written is not in it.",
	}, "The file.", formats...), s.exportRates)
}

func (s *server) exportRates(_ context.Context, in *rateExportInput) (*huma.StreamResponse, error) {
	var p params
	q := in.list(&p, s.asOf(&p, in.AsOfInput))
	f := sheet.Format(or(string(accepted(in.Accept)), string(sheet.CSV)))
	if in.Format != "" {
		f = fileFormat(&p, in.Format)
	}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	q.Page = history.Page{Limit: history.MaxLimit}
	name := "usage-" + or(q.Currency, "all") + "-" + q.At.UTC().Format("2006-01-02")
	return sendTable(s, name, f, func(ctx context.Context) table[RateView] {
		ask := func(cursor string) ([]history.RateAnswer, string, error) {
			q.Cursor = cursor
			page, err := s.deps.History.Rates(ctx, q)
			return page.Items, page.Next, err
		}
		return tableOf("Usage", pages(ask, rateView), asOfNotes(q.AsOf)...)
	}), nil
}
