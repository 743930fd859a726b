package api

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/release"
)

// StatusView is what runs, how far it is, and what comes next.
type StatusView struct {
	Version   string        `json:"version"`
	Now       time.Time     `json:"now" doc:"The server's clock, which may be simulated."`
	Simulated bool          `json:"simulated"`
	Source    string        `json:"source" doc:"Where usage rates come from."`
	Ready     bool          `json:"ready"`
	Streams   []StreamView  `json:"streams"`
	Releases  []ReleaseView `json:"releases" doc:"What is on its way or newest, in order of effective date."`
	Crawls    []CrawlView   `json:"crawls" doc:"The newest crawls."`
	Alarms    []string      `json:"alarms" doc:"What a person should look at."`
}

// StreamView says how far the tables follow a stream.
type StreamView struct {
	Name     string `json:"name"`
	Messages uint64 `json:"messages"`
	Last     uint64 `json:"last" doc:"Sequence of the newest message."`
	Written  uint64 `json:"written" doc:"Up to which it can be queried."`
	Lag      uint64 `json:"lag" doc:"Messages not yet queryable."`
}

// shown is how many releases and crawls the status lists.
const shown = 12

func (s *server) status(ctx context.Context) (StatusView, error) {
	v := StatusView{
		Version: s.cfg.Version, Now: s.deps.Clock.Now().Truncate(time.Second), Simulated: s.cfg.Simulated, Source: s.cfg.Source,
		Ready: s.ready.Load(), Releases: []ReleaseView{}, Crawls: []CrawlView{}, Alarms: []string{},
	}
	var err error
	if v.Streams, err = s.streamViews(ctx); err != nil {
		return v, err
	}
	releases, err := s.deps.Desk.List(ctx, release.Filter{})
	if err != nil {
		return v, err
	}
	if v.Alarms, err = s.releaseAlarms(ctx, releases); err != nil {
		return v, err
	}
	slices.SortFunc(releases, func(a, b release.Release) int { return b.EffectiveAt.Compare(a.EffectiveAt) })
	for _, r := range releases[:min(len(releases), shown)] {
		v.Releases = append(v.Releases, releaseView(r))
	}
	crawls, err := s.deps.History.Crawls(ctx, history.CrawlList{Page: history.Page{Limit: shown}})
	if err != nil {
		return v, err
	}
	for _, c := range crawls.Items {
		v.Crawls = append(v.Crawls, crawlView(c))
	}
	if s.deps.Alarms != nil {
		v.Alarms = append(v.Alarms, s.deps.Alarms()...)
	}
	return v, nil
}

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

func (s *server) streamViews(ctx context.Context) ([]StreamView, error) {
	infos, err := s.deps.Streams.Streams(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]StreamView, 0, len(infos))
	for _, info := range infos {
		written, err := s.deps.History.Position(ctx, info.Name.String())
		if err != nil {
			return nil, err
		}
		views = append(views, StreamView{info.Name.Name, info.Messages, info.Last, written, info.Last - min(written, info.Last)})
	}
	return views, nil
}

//go:embed status.html
var statusPage string

// page is the plain status page for people.
func (s *server) page() (http.Handler, error) {
	tmpl, err := template.New("status").Funcs(template.FuncMap{
		"instant": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
		"day":     func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
	}).Parse(statusPage)
	if err != nil {
		return nil, fmt.Errorf("read status page: %w", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := s.status(r.Context())
		if err != nil {
			s.log.Warn("status page failed", zap.Error(err))
			v.Alarms = append(v.Alarms, "status is incomplete: "+problemOf(err).Detail)
		}
		var body bytes.Buffer
		if err := tmpl.Execute(&body, v); err != nil {
			http.Error(w, "the page could not be made", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
		_, _ = body.WriteTo(w) // a client that has gone needs no page
	}), nil
}
