package api

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/release"
)

// StatusView is what runs, how far it is, and what comes next.
type StatusView struct {
	Version     string        `json:"version"`
	Now         time.Time     `json:"now" doc:"The server's clock, which may be simulated."`
	Simulated   bool          `json:"simulated"`
	Source      string        `json:"source" doc:"Where usage rates come from."`
	Ready       bool          `json:"ready"`
	Streams     []StreamView  `json:"streams"`
	Releases    []ReleaseView `json:"releases" doc:"What is on its way or newest, in order of effective date."`
	Crawls      []CrawlView   `json:"crawls" doc:"The newest crawls."`
	Running     []RunningView `json:"running" doc:"Crawls that run now."`
	Scopes      []ScopeView   `json:"scopes" doc:"How the crawls of each scope went since the process started."`
	Quarantined []ReasonView  `json:"quarantined" doc:"Rows that crawls brought since the process started and that are not believed, by reason."`
	Alarms      []string      `json:"alarms" doc:"What a person should look at."`
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
		Ready: s.ready.Load(), Releases: []ReleaseView{}, Crawls: []CrawlView{}, Running: []RunningView{}, Scopes: []ScopeView{},
		Quarantined: []ReasonView{}, Alarms: []string{},
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
	crawls, err := s.history(ctx).Crawls(ctx, history.CrawlList{Page: history.Page{Limit: shown}})
	if err != nil {
		return v, err
	}
	for _, c := range crawls.Items {
		v.Crawls = append(v.Crawls, crawlView(c))
	}
	if err := s.watching(ctx, &v); err != nil {
		return v, err
	}
	hooks, err := s.webhookAlarms(ctx)
	if err != nil {
		return v, err
	}
	v.Alarms = append(v.Alarms, hooks...)
	if s.deps.Alarms != nil {
		v.Alarms = append(v.Alarms, s.deps.Alarms()...)
	}
	return v, nil
}

// watching adds what the watcher is doing, and what it wants a person to look at. That it cannot be asked is one of those things.
func (s *server) watching(ctx context.Context, v *StatusView) error {
	w, err := s.deps.Watcher.Watching(ctx)
	if err != nil {
		p := problemOf(err)
		s.logFailure(ctx, p)
		v.Alarms = append(v.Alarms, "how crawls go is not known: "+p.Detail)
		return nil
	}
	v.Source = or(w.Source, v.Source)
	v.Quarantined = reasonViews(w.Quarantined)
	for _, r := range w.Running {
		v.Running = append(v.Running, runningView(r))
	}
	for _, h := range w.Scopes {
		v.Scopes = append(v.Scopes, scopeView(h))
	}
	alarms, err := s.crawlAlarms(ctx, w.Scopes)
	v.Alarms = append(v.Alarms, alarms...)
	return err
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

// statusShown is what the plain status page shows.
type statusShown struct {
	StatusView

	App bool // whether the browser application is there
}

// page is the plain status page for people, which needs no script. It says what to do where the browser application was not built.
func (s *server) page(app bool) (http.Handler, error) {
	tmpl, err := template.New("status").Funcs(template.FuncMap{
		"instant": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") },
		"day":     func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
		"seconds": func(n int64) time.Duration { return time.Duration(n) * time.Second },
		"refused": func(c CrawlView) []ShardView {
			return slices.DeleteFunc(slices.Clone(c.Shards), func(s ShardView) bool { return s.Refused == "" })
		},
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
		if err := tmpl.Execute(&body, statusShown{v, app}); err != nil {
			http.Error(w, "the page could not be made", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'")
		_, _ = body.WriteTo(w) // a client that has gone needs no page
	}), nil
}
