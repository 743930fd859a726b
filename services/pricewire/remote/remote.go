// Package remote is how the client commands talk to a server: plain requests, and problems turned back into faults.
package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/pricewire/pricewire/pkg/client"
	"github.com/pricewire/pricewire/pkg/fault"
)

// maxProblem bounds how much of an error's body is read.
const maxProblem = 1 << 20

// Server is a Pricewire server as a client command sees it.
type Server struct {
	Base string // for example http://127.0.0.1:8080
	User string // who acts; empty for nobody
	HTTP *http.Client

	Token string // what says who asks; empty for none
}

// Get asks for a path and returns the JSON body. Errors are faults of the kind that the server named; an unreachable server is
// Unavailable.
func (s *Server) Get(ctx context.Context, path string, query url.Values) (json.RawMessage, error) {
	return s.exchange(ctx, http.MethodGet, path, query, nil, "")
}

// Post sends a body and returns the JSON answer; errors are those of Get.
func (s *Server) Post(ctx context.Context, path string, query url.Values, body io.Reader, contentType string) (json.RawMessage, error) {
	return s.exchange(ctx, http.MethodPost, path, query, body, contentType)
}

// Send sends a body by another method, with headers; errors are those of Get.
func (s *Server) Send(ctx context.Context, method, path string, query url.Values, body io.Reader, contentType string, header http.Header) (json.RawMessage, error) {
	request, err := s.request(ctx, method, path, query, body, contentType)
	if err != nil {
		return nil, err
	}
	for name := range header {
		request.Header.Set(name, header.Get(name))
	}
	return s.answer(request)
}

// PostJSON sends a value as JSON.
func (s *Server) PostJSON(ctx context.Context, path string, value any) (json.RawMessage, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return s.Post(ctx, path, nil, bytes.NewReader(body), "application/json")
}

// PostFor sends a value as JSON and lets read have the answer as it comes, however long it is. Errors are those of Get, and those of read.
func (s *Server) PostFor(ctx context.Context, path string, value any, read func(io.Reader) error) error {
	body, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	request, err := s.request(ctx, http.MethodPost, path, nil, bytes.NewReader(body), "application/json")
	if err != nil {
		return err
	}
	response, err := s.send(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	return read(response.Body)
}

// Stream asks for a path and returns the open response, which the caller closes.
func (s *Server) Stream(ctx context.Context, path string, query url.Values, accept, lastID string) (*http.Response, error) {
	request, err := s.request(ctx, http.MethodGet, path, query, nil, "")
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	if lastID != "" {
		request.Header.Set("Last-Event-ID", lastID)
	}
	return s.send(request)
}

func (s *Server) exchange(ctx context.Context, method, path string, query url.Values, body io.Reader, contentType string) (json.RawMessage, error) {
	request, err := s.request(ctx, method, path, query, body, contentType)
	if err != nil {
		return nil, err
	}
	return s.answer(request)
}

// answer sends a request and reads the whole answer.
func (s *Server) answer(request *http.Request) (json.RawMessage, error) {
	response, err := s.send(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "read answer of %s: %w", s.Base, err)
	}
	return answer, nil
}

func (s *Server) request(ctx context.Context, method, path string, query url.Values, body io.Reader, contentType string) (*http.Request, error) {
	target := strings.TrimSuffix(s.Base, "/") + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, target, body)
	if err == nil && (request.URL.Scheme != "http" && request.URL.Scheme != "https" || request.URL.Host == "") {
		err = errors.New("not http://HOST:PORT or https://HOST")
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "server %q: %w", s.Base, err).WithPlaces(fault.Place{Where: "flag.server", Problem: "not a URL"})
	}
	request.Header.Set("Accept", "application/json")
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if s.Token != "" {
		request.Header.Set("Authorization", "Bearer "+s.Token)
	}
	if s.User != "" {
		request.Header.Set("X-Pricewire-User", s.User)
	}
	return request, nil
}

// send returns the response of a request that succeeded; anything else is a fault and its body is closed.
func (s *Server) send(request *http.Request) (*http.Response, error) {
	response, err := s.HTTP.Do(request)
	if err != nil {
		if ctxErr := request.Context().Err(); ctxErr != nil {
			return nil, ctxErr
		}
		return nil, fault.New(fault.Unavailable, "no answer from %s: %w", s.Base, cause(err)).
			WithHint("start it with `pricewire up`, or name another with --server or PRICEWIRE_SERVER")
	}
	if response.StatusCode < http.StatusBadRequest {
		return response, nil
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxProblem))
	if err != nil {
		return nil, fault.New(fault.Unavailable, "read answer of %s: %w", s.Base, err)
	}
	return nil, Problem(response.StatusCode, body)
}

// cause drops the method and URL that net/http puts before the reason.
func cause(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// Problem turns an RFC 9457 body into a fault, as the Go client reads it; the status decides where the body does not say what kind it is.
func Problem(status int, body []byte) error { return client.ProblemOf(status, body).Fault }
