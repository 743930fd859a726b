package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/release"
)

// remains is where what a request did can be read, and the status that it is answered with.
type remains struct {
	path   string
	status int
}

// traced looks whether a request that began at an instant was done although its answer is not known: releases keep a log of who did what and when. What else
// is done twice changes nothing the second time.
func (s *server) traced(ctx context.Context, op operation, r *http.Request, began time.Time) (remains, bool) {
	who := principal(ctx).Name
	did := didOf(op.id)
	switch {
	case op.id == "create-release":
		q := r.URL.Query()
		var p params
		effective := p.instant("", q.Get("effective"), time.Time{})
		return s.madeSince(ctx, who, began, func(m release.Release) bool {
			return m.Corrects == "" && m.Slot.List == or(q.Get("list"), release.License) && matches(q.Get("market"), m.Slot.Market) && m.EffectiveAt.Equal(effective)
		})
	case op.id == "correct-release":
		return s.madeSince(ctx, who, began, func(m release.Release) bool { return m.Corrects == pathPart(r, 2) })
	case did != "" && strings.HasSuffix(op.id, "-release"):
		m, err := s.deps.Desk.Show(ctx, pathPart(r, 2))
		return remains{"/v1/releases/" + m.ID, http.StatusOK}, err == nil && logged(m, who, did, began)
	case did != "" && strings.HasSuffix(op.id, "-set"):
		members, err := s.deps.Desk.Set(ctx, pathPart(r, 2))
		all := err == nil && len(members) > 0 && !slices.ContainsFunc(members, func(m release.Release) bool { return !logged(m, who, did, began) })
		return remains{"/v1/sets/" + pathPart(r, 2), http.StatusOK}, all
	}
	return remains{}, false
}

// didOf is what the log of a release says of an operation, empty where it says nothing.
func didOf(id string) string {
	verb, _, _ := strings.Cut(id, "-")
	switch verb {
	case "submit":
		return release.DidSubmit
	case "approve":
		return release.DidApprove
	case "reject":
		return release.DidReject
	case "withdraw":
		return release.DidAsk
	}
	return ""
}

// madeSince finds the draft that somebody made since an instant, of those that match; none where there are several.
func (s *server) madeSince(ctx context.Context, who string, began time.Time, asked func(release.Release) bool) (remains, bool) {
	all, err := s.deps.Desk.List(ctx, release.Filter{})
	if err != nil {
		return remains{}, false
	}
	var made []release.Release
	for _, m := range all {
		if asked(m) && logged(m, who, release.DidCreate, began) {
			made = append(made, m)
		}
	}
	if len(made) != 1 {
		return remains{}, false
	}
	return remains{"/v1/releases/" + made[0].ID, http.StatusCreated}, true
}

// logged reports whether somebody did something to a release at or after an instant, as finely as logs tell it.
func logged(r release.Release, who, what string, since time.Time) bool {
	return slices.ContainsFunc(r.Log, func(e release.Entry) bool {
		did := e.What == what || what == release.DidAsk && e.What == release.DidWithdraw
		return did && strings.EqualFold(e.Who, who) && !e.At.Before(since.Truncate(time.Millisecond))
	})
}

// pathPart is a part of a request's path, from 0.
func pathPart(r *http.Request, n int) string {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if n >= len(parts) {
		return ""
	}
	return parts[n]
}

// show answers with what a request made.
func (s *server) show(w http.ResponseWriter, r *http.Request, d remains) {
	ask := r.Clone(r.Context())
	ask.Method, ask.Body, ask.ContentLength = http.MethodGet, http.NoBody, 0
	ask.URL.Path, ask.URL.RawPath, ask.URL.RawQuery, ask.RequestURI = d.path, "", "", d.path
	s.router.ServeHTTP(&restated{ResponseWriter: w, status: d.status}, ask)
}

// restated answers with another status than 200.
type restated struct {
	http.ResponseWriter
	status int
	begun  bool
}

// WriteHeader begins the answer.
func (r *restated) WriteHeader(status int) {
	if r.begun = true; status == http.StatusOK {
		status = r.status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write is io.Writer's.
func (r *restated) Write(b []byte) (int, error) {
	if !r.begun {
		r.WriteHeader(http.StatusOK)
	}
	return r.ResponseWriter.Write(b)
}
