package api

import (
	"context"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/history"
)

// QuarantinedView is a row that was kept but not believed.
type QuarantinedView struct {
	Crawl           string    `json:"crawl"`
	Scope           string    `json:"scope"`
	KnownAt         time.Time `json:"known_at"`
	Reason          string    `json:"reason"`
	Detail          string    `json:"detail"`
	Currency        string    `json:"currency"`
	MeterID         string    `json:"meter_id"`
	SKUID           string    `json:"sku_id"`
	Type            string    `json:"type"`
	ReservationTerm string    `json:"reservation_term"`
	Tier            string    `json:"tier"`
	Raw             string    `json:"raw" doc:"The row's own bytes."`
}

// RejectView is a message that could not be decoded.
type RejectView struct {
	Stream  string `json:"stream"`
	Seq     uint64 `json:"seq"`
	Subject string `json:"subject"`
	Reason  string `json:"reason"`
	Text    string `json:"text,omitempty" doc:"The message, when it is text."`
	Bytes   []byte `json:"bytes" doc:"The message, base64."`
}

type (
	quarantineInput struct {
		Crawl    string `query:"crawl" doc:"Only this crawl's." example:"sample-usd-20261122T090000Z"`
		Scope    string `query:"scope" doc:"Only this scope's." example:"sample-usd"`
		Currency string `query:"currency" doc:"Only this currency's." example:"USD"`
		Reason   string `query:"reason" doc:"Only what was not believed for this reason." example:"disagreement"`
		PageInput
	}
	quarantineOutput struct{ Body pageOf[QuarantinedView] }
	rejectsInput     struct {
		Stream string `query:"stream" doc:"Only this stream's, with its incarnation." example:"PRICES@1"`
		PageInput
	}
	rejectsOutput struct{ Body pageOf[RejectView] }
)

func (s *server) registerRecords(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "list-quarantine", Description: "With their own bytes, and the reason. Nothing of them is published.", Method: http.MethodGet, Path: "/v1/quarantine", Summary: "Rows that were kept but not believed", Tags: []string{"crawls"}}, s.listQuarantine)
	huma.Register(api, huma.Operation{OperationID: "list-rejects", Description: "With their bytes, stream and sequence, in that order.", Method: http.MethodGet, Path: "/v1/rejects", Summary: "Messages that could not be decoded", Tags: []string{"events"}}, s.listRejects)
}

func (s *server) listQuarantine(ctx context.Context, in *quarantineInput) (*quarantineOutput, error) {
	var p params
	q := history.QuarantineList{Crawl: in.Crawl, Scope: in.Scope, Currency: p.currency("query.currency", in.Currency), Reason: in.Reason, Page: in.page(&p)}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	page, err := s.history(ctx).Quarantine(ctx, q)
	if err != nil {
		return nil, problemOf(err)
	}
	return &quarantineOutput{newPage(page.Items, page.Next, quarantinedView)}, nil
}

func quarantinedView(q history.Quarantined) QuarantinedView {
	return QuarantinedView{
		Crawl: q.Crawl, Scope: q.Scope, KnownAt: q.KnownAt, Reason: q.Reason, Detail: q.Detail, Currency: or(q.Identity.Currency, q.Currency), MeterID: q.Identity.MeterID,
		SKUID: q.Identity.SKUID, Type: q.Identity.Type, ReservationTerm: q.Identity.ReservationTerm, Tier: q.Identity.Tier.String(), Raw: string(q.Raw),
	}
}

func (s *server) listRejects(ctx context.Context, in *rejectsInput) (*rejectsOutput, error) {
	var p params
	q := history.RejectList{Stream: in.Stream, Page: in.page(&p)}
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	page, err := s.history(ctx).Rejects(ctx, q)
	if err != nil {
		return nil, problemOf(err)
	}
	return &rejectsOutput{newPage(page.Items, page.Next, rejectView)}, nil
}

func rejectView(r history.Reject) RejectView {
	v := RejectView{Stream: r.Stream, Seq: r.Sequence, Subject: r.Subject, Reason: r.Reason, Bytes: r.Data}
	if utf8.Valid(r.Data) {
		v.Text = string(r.Data)
	}
	return v
}
