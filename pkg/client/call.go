package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/trace"
)

const (
	// problemLimit bounds how much of an error's body is read.
	problemLimit = 1 << 20
	mediaJSON    = "application/json"
	mediaNDJSON  = "application/x-ndjson"
)

// call is one request, which may be sent several times.
type call struct {
	method string
	path   string
	query  url.Values
	header http.Header
	accept string
	// body makes the body of one attempt; nil: there is none. again says whether it can be made a second time.
	body  func() (io.Reader, error)
	media string
	again bool // it may be sent twice: it changes nothing, or the server knows it again
}

// get is a call that reads.
func get(path string, query url.Values) call {
	return call{method: http.MethodGet, path: path, query: query, accept: mediaJSON, again: true}
}

// write is a call that changes something. It carries a key by which the server knows the second of two alike.
func write(path string, query url.Values) call {
	return call{
		method: http.MethodPost, path: path, query: query, accept: mediaJSON, again: true,
		header: http.Header{"Idempotency-Key": {rand.Text()}},
	}
}

// json gives a call a body.
func (r call) json(v any) (call, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return r, failed(fault.Invalid, "encode request: %w", err)
	}
	r.media, r.body = mediaJSON, func() (io.Reader, error) { return bytes.NewReader(raw), nil }
	return r, nil
}

// from gives a call a body that is read from where it stands. What cannot be read twice is sent once.
func (r call) from(body io.Reader, media string) call {
	r.media = media
	seeker, ok := body.(io.Seeker)
	if !ok {
		r.again, r.body = false, func() (io.Reader, error) { return io.NopCloser(body), nil }
		return r
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil { // a pipe says that it can, and cannot
		r.again, r.body = false, func() (io.Reader, error) { return io.NopCloser(body), nil }
		return r
	}
	r.body = func() (io.Reader, error) {
		_, err := seeker.Seek(start, io.SeekStart)
		return io.NopCloser(body), err // the caller closes it
	}
	return r
}

// as gives a call headers that options ask for.
func (r call) as(options []CallOption) call {
	for _, o := range options {
		o(&r)
	}
	return r
}

func (r *call) set(name, value string) {
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header.Set(name, value)
}

// CallOption changes one call.
type CallOption func(*call)

// IfMatch lets an act happen only while the release is the one that was read: its ETag. It is a Conflict otherwise.
func IfMatch(etag string) CallOption { return func(r *call) { r.set("If-Match", etag) } }

// IdempotencyKey names a write, so that a program that does not know whether it was done, because it was killed meanwhile, can send it again: with
// the same key it is done once, and the first answer is given again. A call makes a key of its own otherwise.
func IdempotencyKey(key string) CallOption { return func(r *call) { r.set("Idempotency-Key", key) } }

// send returns the answer of a call that succeeded, whose body the caller closes.
func (c *Client) send(ctx context.Context, r call) (*http.Response, error) {
	for n := 1; ; n++ {
		response, err := c.attempt(ctx, r)
		if err == nil || ctx.Err() != nil {
			return response, err
		}
		var e *Error
		if !errors.As(err, &e) || !r.again || n >= c.attempts || !passing(e) {
			return nil, err
		}
		if err := pause(ctx, max(backOff(n, c.least, c.most), e.RetryAfter)); err != nil {
			return nil, err
		}
	}
}

// passing reports whether an error may be over by itself.
func passing(e *Error) bool {
	switch e.Status {
	case 0:
		return e.Kind == ErrUnavailable
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

func (c *Client) attempt(ctx context.Context, r call) (*http.Response, error) {
	request, err := c.request(ctx, r)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, failed(fault.Unavailable, "no answer from %s: %w", c.base, cause(err)).hint("is the server running, and is that its address?")
	}
	if response.StatusCode < http.StatusMultipleChoices {
		return response, nil
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, problemLimit))
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	e := ProblemOf(response.StatusCode, body) // what is left of a body that broke off says nothing, and the status does
	e.RetryAfter = retryAfter(response.Header)
	return nil, e
}

func (c *Client) request(ctx context.Context, r call) (*http.Request, error) {
	target := c.base.String() + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	var body io.Reader
	if r.body != nil {
		var err error
		if body, err = r.body(); err != nil {
			return nil, failed(fault.Invalid, "read what is to be sent: %w", err)
		}
	}
	request, err := http.NewRequestWithContext(ctx, r.method, target, body)
	if err != nil {
		return nil, failed(fault.Invalid, "make request: %w", err)
	}
	for name, values := range r.header {
		request.Header[name] = values
	}
	request.Header.Set("Accept", r.accept)
	request.Header.Set("User-Agent", c.agent)
	if r.media != "" {
		request.Header.Set("Content-Type", r.media)
	}
	if c.user != "" {
		request.Header.Set("X-Pricewire-User", c.user)
	}
	if by := trace.From(ctx); !by.IsZero() {
		request.Header.Set(trace.Header, by.String())
	}
	if c.token == nil {
		return request, nil
	}
	token, err := c.token()
	if err != nil {
		return nil, fmt.Errorf("have a token: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return request, nil
}

// cause drops the method and URL that net/http puts before the reason: a URL may say what nobody else should read.
func cause(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// ask sends a call and reads its JSON answer.
func ask[T any](ctx context.Context, c *Client, r call) (T, error) {
	v, _, err := askTagged[T](ctx, c, r)
	return v, err
}

// askTagged returns the answer's ETag as well.
func askTagged[T any](ctx context.Context, c *Client, r call) (v T, etag string, err error) {
	raw, header, err := c.whole(ctx, r)
	if err != nil {
		return v, "", err
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, "", failed(fault.Internal, "read answer of %s: %w", r.path, err).hint("does another server than Pricewire answer under this address?")
	}
	return v, header.Get("ETag"), nil
}

// whole sends a call and reads all of its answer.
func (c *Client) whole(ctx context.Context, r call) ([]byte, http.Header, error) {
	response, err := c.send(ctx, r)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(response.Body, c.limit+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case err != nil:
		return nil, nil, failed(fault.Unavailable, "the answer of %s broke off after %d bytes: %w", r.path, len(raw), err).hint("ask again; the server's log says why")
	case int64(len(raw)) > c.limit:
		return nil, nil, failed(fault.Refused, "the answer of %s is longer than %d bytes", r.path, c.limit).hint("ask for less, or raise WithAnswerLimit")
	}
	return raw, response.Header, nil
}

// Call sends a request that this package has no method for and returns the answer as it is: of a method and path such as /v1/rates, with a body that
// is encoded as JSON unless it is nil. GET is tried again like all reads, anything else has a key of its own.
func (c *Client) Call(ctx context.Context, method, path string, query url.Values, body any, options ...CallOption) (json.RawMessage, error) {
	r := write(path, query)
	if method == http.MethodGet {
		r = get(path, query)
	}
	r.method = method
	if body != nil {
		var err error
		if r, err = r.json(body); err != nil {
			return nil, err
		}
	}
	raw, _, err := c.whole(ctx, r.as(options))
	return raw, err
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
