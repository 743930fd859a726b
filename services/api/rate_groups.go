package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/history"
)

type rateGroupsInput struct {
	RateFilters
	WordsInput
	AsOfInput
}

// RateGroupView counts the rates that a service has in a region.
type RateGroupView struct {
	ServiceFamily string `json:"service_family"`
	Service       string `json:"service_name"`
	Region        string `json:"region" doc:"Empty: of no region."`
	Rates         uint64 `json:"rates"`
}

func (s *server) registerRateGroups(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "rate-groups", Method: http.MethodGet, Path: "/v1/rates/groups", Summary: "How many usage rates each service has in each region", Tags: []string{"rates"},
		Description: "Of those that have a price at an instant: what there is to choose from.",
	}, s.rateGroups)
}

func (s *server) rateGroups(ctx context.Context, in *rateGroupsInput) (*struct{ Body itemsOf[RateGroupView] }, error) {
	var p params
	q := in.list(&p, s.asOf(&p, in.AsOfInput))
	q.Words = in.words()
	if err := p.err(); err != nil {
		return nil, problemOf(err)
	}
	groups, err := s.history(ctx).RateGroups(ctx, q)
	if err != nil {
		return nil, problemOf(err)
	}
	return &struct{ Body itemsOf[RateGroupView] }{itemsOf[RateGroupView]{views(groups, func(g history.RateGroup) RateGroupView { return RateGroupView(g) })}}, nil
}
