package peer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/trace"
)

// dialTime is how long it may take until a connection stands. What an answer takes is up to who asks.
const dialTime = 5 * time.Second

// Client asks another process. It may be used from several goroutines.
type Client struct {
	speaks Interface
	base   string
	secret string
	http   *http.Client
}

// NewClient returns a client of the process that answers at a base URL, which Validate has found well. It sends the secret nowhere else:
// redirects and proxies are not followed. Connections are not kept, because a write on one that has died meanwhile could not be repeated.
func NewClient(speaks Interface, base, secret string) *Client {
	transport := &http.Transport{DialContext: (&net.Dialer{Timeout: dialTime}).DialContext, TLSHandshakeTimeout: dialTime, DisableKeepAlives: true}
	return &Client{
		speaks: speaks, base: strings.TrimSuffix(base, "/"), secret: secret,
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// Get asks for what is at a path and reads the answer into a value. An answer that does not come within a time is unavailable.
func (c *Client) Get(ctx context.Context, within time.Duration, path string, into any) error {
	return c.within(ctx, within, func(ctx context.Context) error { return c.Exchange(ctx, http.MethodGet, path, http.NoBody, into) })
}

// Post sends a value and reads the answer into another. An answer that does not come within a time is unavailable; 0: it takes as long as it takes.
func (c *Client) Post(ctx context.Context, within time.Duration, path string, in, into any) error {
	data, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("ask the %s: %w", c.speaks.Name, err)
	}
	return c.within(ctx, within, func(ctx context.Context) error {
		return c.Exchange(ctx, http.MethodPost, path, bytes.NewReader(data), into)
	})
}

func (c *Client) within(ctx context.Context, limit time.Duration, ask func(context.Context) error) error {
	if limit == 0 {
		return ask(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := ask(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return c.silent(err)
	}
	return err
}

// Exchange asks and reads the answer. It closes the body in every case. When ctx ends, so does what was asked for, and its error is returned.
// Faults: what the other process says, and unavailable where it says nothing, or is none of this interface.
func (c *Client) Exchange(ctx context.Context, method, path string, body io.Reader, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		if closer, ok := body.(io.Closer); ok {
			_ = closer.Close() // nothing was read of it
		}
		return fault.New(fault.Invalid, "ask the %s at %s: %w", c.speaks.Name, c.base, err)
	}
	request.Header.Set(c.speaks.Header, c.speaks.Version)
	if c.secret != "" {
		request.Header.Set("Authorization", "Bearer "+c.secret)
	}
	if by := trace.From(ctx); !by.IsZero() {
		request.Header.Set(trace.Header, by.String())
	}
	response, err := c.http.Do(request)
	if err != nil {
		return c.lost(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer+1))
	if err != nil {
		return c.lost(ctx, err)
	}
	if len(answer) > largestAnswer {
		return c.strange(fmt.Errorf("an answer of more than %d MiB", largestAnswer>>20))
	}
	if response.StatusCode != http.StatusOK {
		return c.refusal(response.StatusCode, answer)
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return c.strange(err)
	}
	return nil
}

// refusal turns an answer that is none back into the fault that it was.
func (c *Client) refusal(status int, answer []byte) error {
	var f faultWire
	if err := json.Unmarshal(answer, &f); err != nil || f.Kind == "" {
		if status == http.StatusServiceUnavailable { // it is not the service itself that says so
			return fault.New(fault.Unavailable, "the %s at %s is starting", c.speaks.Name, c.base).WithHint("ask again; its log says what it waits for")
		}
		return c.strange(errors.New(http.StatusText(status)))
	}
	return f.fault()
}

// strange is the error for what no process of this interface answers.
func (c *Client) strange(err error) error {
	return fault.New(fault.Unavailable, "what answers at %s is no %s of this version: %w", c.base, c.speaks.Name, err).
		WithHint("look at %s, and run the same version of both", c.speaks.flag())
}

// lost is the error for an answer that did not come. Whether what was asked for was done is not known then.
func (c *Client) lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok { // its method and URL say nothing new
		err = wrapped.Err
	}
	return c.silent(err)
}

func (c *Client) silent(err error) error {
	return fault.New(fault.Unavailable, "no answer from the %s at %s: %w", c.speaks.Name, c.base, err).
		WithHint("see whether it runs, and with %s whether what was asked for was done", c.speaks.Recheck)
}
