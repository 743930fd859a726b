package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
)

// problemTypes begins the stable type of every problem; the kind of the fault follows.
const problemTypes = "https://pricewire.dev/problems/"

// Problem is an error as RFC 9457 has it, with a hint for people.
type Problem struct { //nolint:errname // the name RFC 9457 gives it
	Type   string         `json:"type" doc:"Stable name of the kind of problem; its last part is invalid, not-found, conflict, refused, unavailable, unauthenticated, forbidden or internal."`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail" doc:"What happened, in one sentence."`
	Hint   string         `json:"hint,omitempty" doc:"What to do next."`
	Errors []ProblemPlace `json:"errors,omitempty" doc:"Every place of the request that is wrong."`

	cause error // what went wrong inside, for the log alone
}

// ProblemPlace is one wrong place of a request.
type ProblemPlace struct {
	Location string `json:"location" doc:"Where, for example query.at or row 7, column UnitPrice."`
	Message  string `json:"message"`
}

// Error makes a Problem an error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType marks the body as a problem.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problemOf maps a fault to its problem: the one place where kinds become statuses. What went wrong inside stays inside.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	kind := fault.KindOf(err)
	var cause error
	switch {
	case kind == fault.Internal && errors.Is(err, context.DeadlineExceeded):
		kind, err = fault.Unavailable, fault.New(fault.Unavailable, "the answer took longer than it may").WithHint("ask for less at once")
	case kind == fault.Internal && errors.Is(err, context.Canceled):
		cause = err
		kind, err = fault.Unavailable, fault.New(fault.Unavailable, "the request was given up").WithHint("ask again; what was to be written may be written")
	case kind == fault.Internal:
		cause = err
	}
	p := newProblem(kind, err.Error())
	p.cause = cause
	p.Hint = fault.HintOf(err)
	for _, place := range fault.PlacesOf(err) {
		p.Errors = append(p.Errors, ProblemPlace{located(place.Where), place.Problem})
	}
	if kind == fault.Internal {
		p.Detail, p.Hint = "the server failed to answer", cmp.Or(p.Hint, "its log says why; nothing was changed by a failed read, and a failed write can be repeated")
	}
	return p
}

// located is where a place is in the request: what the nouns name by one word is a parameter, anything else a place in what was sent.
func located(where string) string {
	if strings.Trim(where, "abcdefghijklmnopqrstuvwxyz_") == "" {
		return "query." + where
	}
	return where
}

func newProblem(kind fault.Kind, detail string) *Problem {
	status, title := http.StatusInternalServerError, "Internal error"
	switch kind {
	case fault.Invalid:
		status, title = http.StatusBadRequest, "Invalid request"
	case fault.NotFound:
		status, title = http.StatusNotFound, "Not found"
	case fault.Conflict:
		status, title = http.StatusConflict, "Conflict"
	case fault.Refused:
		status, title = http.StatusUnprocessableEntity, "Refused by a rule"
	case fault.Unavailable:
		status, title = http.StatusServiceUnavailable, "Unavailable"
	case fault.Unauthenticated:
		status, title = http.StatusUnauthorized, "Not known"
	case fault.Forbidden:
		status, title = http.StatusForbidden, "Not allowed"
	case fault.Internal:
	}
	return &Problem{Type: problemTypes + kind.String(), Title: title, Status: status, Detail: detail}
}

// unreadBody is what the framework says of a body that breaks off, as if that were a failure of the server.
const unreadBody = "cannot read request body"

// problemTransformer turns the framework's own errors (unknown parameters, bodies too large) into problems of ours.
func problemTransformer(ctx huma.Context, _ string, value any) (any, error) {
	model, ok := value.(*huma.ErrorModel)
	if !ok {
		return value, nil
	}
	switch {
	case model.Detail == unreadBody:
		p := problemOf(fault.New(fault.Unavailable, "the body did not arrive"))
		ctx.SetStatus(p.Status) // before the framework says what it takes it for: the first status holds
		return p, nil
	case model.Status == http.StatusInternalServerError:
		return problemOf(fault.New(fault.Internal, "%s: %v", model.Detail, model.Errors)), nil
	}
	p := newProblem(kindOfStatus(model.Status), model.Detail)
	p.Status, p.Hint = model.Status, seeReference
	uploadProblem(ctx, p)
	for _, detail := range model.Errors {
		p.Errors = append(p.Errors, ProblemPlace{detail.Location, detail.Message})
	}
	return p, nil
}

// failureTransformer logs why the server failed to answer, where it did: clients are not told.
func (s *server) failureTransformer(ctx huma.Context, _ string, value any) (any, error) {
	if p, ok := value.(*Problem); ok {
		s.logFailure(ctx.Context(), p)
	}
	return value, nil
}

func (s *server) logFailure(ctx context.Context, p *Problem) {
	if p.cause != nil && (ctx.Err() == nil || !errors.Is(p.cause, context.Canceled)) { // whoever goes away gives up what was asked
		s.log.Error("request failed", zap.Error(p.cause), traceID(ctx))
	}
}

// answerError answers with the problem of an error where the framework does not.
func (s *server) answerError(ctx context.Context, w http.ResponseWriter, err error) {
	p := problemOf(err)
	s.logFailure(ctx, p)
	answerProblem(w, p)
}

// uploadProblem says of a file that is empty or too large which one it is, and what to do.
func uploadProblem(ctx huma.Context, p *Problem) {
	name := cmp.Or(ctx.Query("name"), ctx.Query("filename"))
	switch {
	case p.Status == http.StatusRequestEntityTooLarge:
		p.Detail = fmt.Sprintf("%s has %d MiB or more, which is too large", cmp.Or(name, "the request body"), ctx.Operation().MaxBodyBytes>>20)
		p.Hint = "split it"
		if ctx.Operation().OperationID == "observe" {
			p.Hint = "split it, or compress it with gzip"
		}
	case name != "" && p.Detail == "request body is required":
		p.Detail, p.Hint = name+" is empty", "get the file again"
	}
}

func kindOfStatus(status int) fault.Kind {
	switch {
	case status == http.StatusNotFound:
		return fault.NotFound
	case status == http.StatusServiceUnavailable:
		return fault.Unavailable
	case status >= http.StatusInternalServerError:
		return fault.Internal
	}
	return fault.Invalid
}
