package api

import (
	"context"
	"io"
	"iter"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/sheet"
)

// priceFile answers with a whole list of prices: for people and their spreadsheets as the official lists are, for programs as its pages are.
func (s *server) priceFile(reader history.PriceReader, q history.PriceList, f sheet.Format) *huma.StreamResponse {
	q.Page = history.Page{Limit: history.MaxLimit}
	name := "prices-" + strings.ToLower(q.Market) + "-" + q.At.UTC().Format("2006-01-02")
	if f == sheet.JSON || f == sheet.NDJSON {
		return sendTable(s, name, f, func(ctx context.Context) table[PriceView] {
			return table[PriceView]{items: pages(askPrices(ctx, reader, q), priceView)}
		})
	}
	return s.file(name, f, func(ctx context.Context, w io.Writer) error {
		rows, inForce, err := s.priceRows(ctx, reader, q)
		if err != nil {
			return err
		}
		notes := append([]sheet.Note{{Name: "Market", Text: q.Market}, {Name: "Release in force", Text: inForce}}, asOfNotes(q.AsOf)...)
		return writeLicense(ctx, w, f, rows, notes)
	})
}

// askPrices asks for a list of prices page by page.
func askPrices(ctx context.Context, reader history.PriceReader, q history.PriceList) func(cursor string) ([]history.PriceAnswer, string, error) {
	return func(cursor string) ([]history.PriceAnswer, string, error) {
		q.Cursor = cursor
		page, err := reader.Prices(ctx, q)
		return page.Items, page.Next, err
	}
}

// priceAnswers are all answers to a question.
func priceAnswers(ctx context.Context, reader history.PriceReader, q history.PriceList) iter.Seq2[history.PriceAnswer, error] {
	q.Page = history.Page{Limit: history.MaxLimit}
	return pages(askPrices(ctx, reader, q), func(a history.PriceAnswer) history.PriceAnswer { return a })
}

// priceRows returns a list of prices as the lines of its sheet, and the release in force. It is as large as a release, and held whole because
// its columns depend on its lines.
func (s *server) priceRows(ctx context.Context, reader history.PriceReader, q history.PriceList) ([]pricelist.Row, string, error) {
	var rows []pricelist.Row
	var list pricelist.List
	inForce := ""
	for a, err := range priceAnswers(ctx, reader, q) {
		if err != nil {
			return nil, "", err
		}
		if inForce == "" && a.InForce != "" {
			inForce = a.InForce
			if list, err = s.listInForce(ctx, inForce); err != nil {
				return nil, "", err
			}
		}
		rows = append(rows, pricelist.Row{Line: lineOf(a, list, q)})
	}
	return rows, inForce, nil
}

// listInForce returns the list of a release, an empty one when its record is not there.
func (s *server) listInForce(ctx context.Context, id string) (pricelist.List, error) {
	c, err := s.deps.Desk.Contents(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return pricelist.List{}, nil
	}
	return pricelist.NewList(id, c.Release.Revision, c.Release.EffectiveAt, linesKnownTo(ctx, c.Lines)), err
}

// lineOf returns the line that an answer is from, as the list in force has it: then it ends where the list says, and not where a later list
// has another price. Where it has it otherwise, the answer came from the list before, and ends where the answer does.
func lineOf(a history.PriceAnswer, list pricelist.List, q history.PriceList) pricelist.Line {
	line := pricelist.Line{
		Identity: a.Identity, UnitPrice: a.UnitPrice, ERPPrice: a.ERPPrice, Basis: a.Basis, Effective: effective.Period{From: a.Starts, To: a.Valid.To}, Attributes: a.Attributes,
	}
	if own := list.LineAt(a.Identity, q.At); own != nil && own.SamePrice(line) && own.Attributes == line.Attributes && own.Effective.From.Equal(a.Starts) {
		return *own
	}
	return line
}
