package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/access"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/release"
	"github.com/pricewire/pricewire/pkg/sheet"
)

// largestSelection bounds the file that chooses lines of a release.
const largestSelection = 16 << 20

type withdrawInput struct {
	ReleaseActor
	MatchInput
	ID          string `path:"id" example:"license-us-2026-12-r1"`
	Reason      string `query:"reason" doc:"Why." example:"published by mistake"`
	Retroactive bool   `query:"retroactive" doc:"From the effective instant on, even when that has passed; otherwise from now on, or from the effective instant if that is later."`
	Filename    string `query:"filename" doc:"Name of the file that chooses lines, for its problems." example:"wrong.csv"`
	RawBody     []byte `contentType:"application/octet-stream"`
}

func (s *server) registerWithdrawal(api huma.API) {
	op := uploads(huma.Operation{
		OperationID: "withdraw-release", Method: http.MethodPost, Path: "/v1/releases/{id}/withdraw", Summary: "Take a release, or some lines of it, back", Tags: []string{"releases"},
		Description: "Without a body all of it. Needs another person than author and submitter. What was public falls back to the release before, and the answer comes when that can be queried.",
	}, "Which lines: CSV whose header names parts of identities, such as ProductId and SkuId, where what a row leaves empty matches everything; in lists without prices a sheet of the "+
		"list, or CSV with a column key. At most 16 MiB.")
	op.MaxBodyBytes = largestSelection
	body := op.RequestBody
	huma.Register(api, op, s.withdrawRelease)
	body.Required = false // the framework takes every body of bytes to be required
}

func (s *server) withdrawRelease(ctx context.Context, in *withdrawInput) (*releaseOutput, error) {
	var p params
	p.required("query.reason", in.Reason)
	act := s.act(ctx, in.ReleaseActor, in.Reason)
	act.Version = in.version(&p)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	if err := s.mayWithdraw(ctx, in.ID, &act); err != nil {
		return nil, problemOf(err)
	}
	taken, err := s.taken(ctx, in)
	if err != nil {
		return nil, problemOf(err)
	}
	r, err := s.deps.Desk.Withdraw(ctx, in.ID, taken, act)
	if err == nil {
		r, err = s.awaitRelease(ctx, r)
	}
	if err != nil {
		return nil, problemOf(err)
	}
	return releaseAnswer(r), nil
}

// mayWithdraw reports whether who acts may: what is approved or public is for approvers, everything before for editors. What it was judged by must
// not have changed when it is withdrawn.
func (s *server) mayWithdraw(ctx context.Context, id string, act *release.Act) error {
	r, err := s.deps.Desk.Show(ctx, id)
	if err != nil {
		return err
	}
	right := access.Approve
	if r.State == release.Draft || r.State == release.InReview {
		right = access.Edit
	}
	if !principal(ctx).May(access.Edit) || !principal(ctx).May(access.Approve) {
		act.Version = cmp.Or(act.Version, r.Version)
	}
	return principal(ctx).Check(right)
}

// taken reads what of a release is taken back. Who sends a file means a part of it, and a file that chooses nothing is a mistake.
func (s *server) taken(ctx context.Context, in *withdrawInput) (release.Taken, error) {
	what := release.Taken{Retroactive: in.Retroactive}
	if len(in.RawBody) == 0 && in.Filename == "" {
		return what, nil
	}
	slot, _, err := release.ParseID(in.ID)
	if err != nil {
		return what, err
	}
	name := or(in.Filename, "selection")
	if release.Priced(slot.List) {
		what.Lines, what.Problems, err = sheet.ReadSelection(name, in.RawBody, sheet.Options{})
	} else {
		what.Keys, what.Problems, err = readKeys(name, in.RawBody, schemaOfList(slot.List))
	}
	if err != nil {
		return what, fault.Wrap(err, "%s", name)
	}
	if err := listing.Errors(what.Problems); err != nil {
		return what, fault.Wrap(err, "%s", name)
	}
	if len(what.Lines) == 0 && len(what.Keys) == 0 {
		return what, fault.New(fault.Invalid, "%s chooses no line", name).WithHint("leave the file out to withdraw the whole release")
	}
	return what, nil
}

// readKeys reads which items are chosen: CSV with a column key, or a sheet of the list.
func readKeys(name string, data []byte, schema item.Schema) ([]item.Row, []listing.Problem, error) {
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	reader.FieldsPerRecord = -1
	header, err := reader.Read()
	column := -1
	for i, cell := range header {
		if strings.EqualFold(strings.TrimSpace(cell), "key") {
			column = i
		}
	}
	if err != nil || column < 0 {
		read, err := sheet.ReadItems(name, data, schema, sheet.Options{})
		return read.Rows, read.Problems, err
	}
	var rows []item.Row
	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil, nil
		}
		if err != nil {
			return nil, nil, fault.New(fault.Invalid, "read CSV: %w", err)
		}
		line, _ := reader.FieldPos(0)
		if len(record) <= column || strings.TrimSpace(record[column]) == "" {
			continue
		}
		rows = append(rows, item.Row{Item: item.Item{Key: strings.TrimSpace(record[column])}, Number: line})
	}
}
