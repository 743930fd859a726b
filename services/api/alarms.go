package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/pkg/release"
)

// releaseAlarms are the months for which nothing is approved in time, and the releases that wait for an approver although they are due.
func (s *server) releaseAlarms(ctx context.Context, releases []release.Release) ([]string, error) {
	months, err := s.deps.Desk.Calendar(ctx, s.deps.Clock.Now())
	if err != nil {
		return nil, err
	}
	alarms := []string{}
	for _, m := range months {
		if !m.Missing {
			continue
		}
		state := "nothing is there"
		if m.Release != "" {
			state = m.Release + " is " + strings.ReplaceAll(string(m.Stage), "_", " ")
		}
		alarms = append(alarms, fmt.Sprintf("%s of %s for %s is missing: %s, and %s", m.Slot.List, m.Slot.Market, m.Slot.Month, state, left(m)))
	}
	for _, r := range releases {
		if r.Held != "" {
			alarms = append(alarms, fmt.Sprintf("%s is held: %s", r.ID, r.Held))
		}
	}
	return alarms, nil
}

// left says how long there is until a month's publication.
func left(m release.Month) string {
	day := m.PublishAt.UTC().Format(time.DateOnly)
	if m.DaysLeft < 0 {
		return "it was to be published by " + day
	}
	return fmt.Sprintf("it is to be published by %s, in %d days", day, m.DaysLeft)
}

// crawlAlarms are the scopes whose crawls fail, the last crawls that were refused, whole or in part, and those in which rows disagree.
func (s *server) crawlAlarms(ctx context.Context, scopes []ScopeHealth) ([]string, error) {
	var alarms []string
	for i := range scopes {
		h := &scopes[i]
		if h.Failing > 0 {
			alarms = append(alarms, fmt.Sprintf("crawls of %s fail, %d in a row: %s", h.Scope, h.Failing, h.Failed))
		}
		if h.Last.Refused != "" {
			alarms = append(alarms, fmt.Sprintf("crawls of %s are refused, %d in a row: %s; to take the last after all: pricewire crawl accept %s",
				h.Scope, h.Refused, h.Last.Refused, h.Last.ID))
		}
		if refused := refusedShards(&h.Last); len(refused) > 0 {
			alarms = append(alarms, shardAlarm(&h.Last, refused))
		}
		disagreement, err := s.disagreement(ctx, &h.Last)
		if err != nil {
			return nil, err
		}
		if disagreement != "" {
			alarms = append(alarms, disagreement)
		}
	}
	return alarms, nil
}

// shardsNamed is how many refused shards an alarm names.
const shardsNamed = 3

func shardAlarm(r *rate.Record, refused []rate.ShardRecord) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d of %d shards of %s were refused: ", len(refused), len(r.Shards), r.ID)
	for i, shard := range refused[:min(len(refused), shardsNamed)] {
		if i > 0 {
			text.WriteString("; ")
		}
		fmt.Fprintf(&text, "%s is %s", shard.Name, shard.Refused)
	}
	if more := len(refused) - shardsNamed; more > 0 {
		fmt.Fprintf(&text, "; and %d more", more)
	}
	fmt.Fprintf(&text, "; to take them after all: pricewire crawl accept %s", r.ID)
	return text.String()
}

// disagreement says that rows of a crawl contradict each other, nothing when none do.
func (s *server) disagreement(ctx context.Context, r *rate.Record) (string, error) {
	if r.Quarantined == 0 {
		return "", nil
	}
	q := history.QuarantineList{Crawl: r.ID, Currency: r.Currency, Reason: rate.ReasonDisagreement, Page: history.Page{Limit: 1}}
	page, err := s.history(ctx).Quarantine(ctx, q) // what is said of a row tells its price
	if err != nil || len(page.Items) == 0 {
		return "", err
	}
	first := &page.Items[0]
	return fmt.Sprintf("rows of %s contradict each other, for example of meter %s, SKU %s: %s; see pricewire quarantine list --crawl %s --reason %s",
		r.ID, first.Identity.MeterID, first.Identity.SKUID, first.Detail, r.ID, rate.ReasonDisagreement), nil
}
