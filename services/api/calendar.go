package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/release"
)

type calendarInput struct {
	List   string `query:"list" doc:"Only this list." example:"license"`
	Market string `query:"market" doc:"Only this market; WW where a list has none." example:"US"`
	FormatInput
}

// MonthView is where a month of a list and market is.
type MonthView struct {
	List        string    `json:"list"`
	Market      string    `json:"market"`
	Month       string    `json:"month" example:"2026-12"`
	Stage       string    `json:"stage" enum:"out,due,held,in_review,draft,missing,awaited" doc:"out: published; due: approved; held and in_review: waits for an approver; draft: waits for its author; missing: nothing is there; awaited: nothing is there, and there is time."`
	Missing     bool      `json:"missing" doc:"Nothing is approved although it is to be published within seven days."`
	Release     string    `json:"release" doc:"The release that the stage is about; empty when there is none."`
	Revision    int       `json:"revision"`
	EffectiveAt time.Time `json:"effective_at"`
	PublishAt   time.Time `json:"publish_at" doc:"Latest instant of publication; when it was published where it is out."`
	DaysLeft    int       `json:"days_left" doc:"Whole days until it is to be published; below 0 when that has passed; 0 when it is out."`
}

func (s *server) registerCalendar(api huma.API) {
	huma.Register(api, listed[pageOf[MonthView]](api, huma.Operation{
		OperationID: "calendar", Description: "From the running month on. A month is missing when nothing is approved and it is to be published within seven days.", Method: http.MethodGet, Path: "/v1/calendar", Summary: "Twelve months of every list and market: what is out, due, in review and missing", Tags: []string{"releases"},
	}), s.calendar)
}

func (s *server) calendar(ctx context.Context, in *calendarInput) (*huma.StreamResponse, error) {
	var p params
	f := in.file(&p)
	list, market := p.list("query.list", in.List), p.marketOrAll("query.market", in.Market)
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	months, err := s.deps.Desk.Calendar(ctx, s.deps.Clock.Now())
	if err != nil {
		return nil, problemOf(err)
	}
	var shown []release.Month
	for _, m := range months {
		if matches(list, m.Slot.List) && matches(market, m.Slot.Market) {
			shown = append(shown, m)
		}
	}
	if f != "" {
		return sendTable(s, "calendar", f, func(context.Context) table[MonthView] { return tableOf("Calendar", slice(shown, monthView)) }), nil
	}
	return jsonAnswer(newPage(shown, "", monthView)), nil
}

func monthView(m release.Month) MonthView {
	return MonthView{
		List: m.Slot.List, Market: strings.ToUpper(m.Slot.Market), Month: m.Slot.Month.String(), Stage: string(m.Stage), Missing: m.Missing, Release: m.Release,
		Revision: m.Revision, EffectiveAt: m.EffectiveAt, PublishAt: m.PublishAt, DaysLeft: m.DaysLeft,
	}
}
