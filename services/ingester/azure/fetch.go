package azure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/rate"
)

// refusal is an answer that is not a page.
type refusal struct {
	status string
	code   int
	after  time.Duration // how long the source asks to wait; 0 when it does not say
	body   string        // its beginning
}

func (r *refusal) Error() string {
	if r.body == "" {
		return "the source answers " + r.status
	}
	return fmt.Sprintf("the source answers %s: %s", r.status, r.body)
}

// final reports whether asking again would not help.
func (r *refusal) final() bool {
	return r.code < 500 && r.code != http.StatusTooManyRequests && r.code != http.StatusRequestTimeout
}

// page reads one page, again and again if need be.
func (c *Client) page(ctx context.Context, decoder *Decoder, link string, to rate.Sink) (Page, error) {
	for attempt := 1; ; attempt++ {
		page, next, err := c.try(ctx, decoder, link, to, attempt)
		if err == nil || ctx.Err() != nil {
			return page, err
		}
		if _, own := ofSink(err); own {
			return Page{}, err
		}
		if !next.again {
			return Page{}, classify(err, attempt)
		}
		if next.after == 0 {
			continue
		}
		if err := c.deps.Wait(ctx, next.after); err != nil {
			return Page{}, err
		}
	}
}

// next says what to do after a failure: whether to ask again, and how long to wait before, the gate's pause excepted.
type next struct {
	again bool
	after time.Duration
}

// try makes the nth attempt when the gate lets it. The gate learns of a pause for everybody before it lets anybody else pass.
func (c *Client) try(ctx context.Context, decoder *Decoder, link string, to rate.Sink, n int) (Page, next, error) {
	leave, err := c.gate.enter(ctx)
	if err != nil {
		return Page{}, next{}, err
	}
	defer leave()
	page, err := c.attempt(ctx, decoder, link, to)
	if err == nil {
		return page, next{}, nil
	}
	pause, again := c.pause(n, err)
	if everybody(err) {
		c.gate.pause(pause)
		pause = 0
	}
	return Page{}, next{again, pause}, err
}

// everybody reports whether a refusal is meant for all requests of ours and not for this one: the source says that there are too many,
// or when it will answer again.
func everybody(err error) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && (r.code == http.StatusTooManyRequests || (r.code == http.StatusServiceUnavailable && r.after > 0))
}

// pause decides whether to ask again after the attempt-th failure, and how long the source is left alone; 0 when that is of no use.
func (c *Client) pause(attempt int, err error) (pause time.Duration, again bool) {
	var after time.Duration
	if r, ok := errors.AsType[*refusal](err); ok {
		if r.final() {
			return 0, false
		}
		after = r.after
	}
	switch {
	case errors.Is(err, errElsewhere), after > c.cfg.RetryAfterMost:
		return 0, false
	case fault.Is(err, fault.Invalid) && attempt >= 3: // a body that was cut off looks malformed: it may be whole the next time
		return 0, false
	}
	backoff := min(c.cfg.Backoff<<min(attempt-1, 20), c.cfg.BackoffMost)
	spread := time.Duration(c.deps.Jitter() * float64(backoff) / 2)
	return max(after, backoff-spread), attempt < c.cfg.Attempts
}

// classify gives the last error of a page its kind: invalid for what cannot be read or asked, unavailable for the rest.
func classify(err error, attempts int) error {
	if fault.Is(err, fault.Invalid) {
		return err
	}
	kind := fault.Unavailable
	if r, ok := errors.AsType[*refusal](err); ok && r.final() {
		kind = fault.Invalid
	}
	if attempts > 1 {
		return fault.New(kind, "after %d attempts: %w", attempts, err)
	}
	return fault.New(kind, "%w", err)
}

// attempt asks once.
func (c *Client) attempt(ctx context.Context, decoder *Decoder, link string, to rate.Sink) (Page, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.PageTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return Page{}, fault.New(fault.Invalid, "%w", err)
	}
	request.Header.Set("User-Agent", c.cfg.UserAgent)
	request.Header.Set("Accept", "application/json")
	response, err := c.http.Do(request) // asks for gzip and unpacks it; limits count unpacked bytes
	if err != nil {
		return Page{}, err
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	if response.StatusCode != http.StatusOK {
		return Page{}, refused(response)
	}
	return decoder.Page(response.Body, to)
}

func refused(response *http.Response) *refusal {
	const shown = 200
	body, _ := io.ReadAll(io.LimitReader(response.Body, shown)) // only decorates the error: what cannot be read is left out
	return &refusal{
		status: response.Status, code: response.StatusCode, body: strings.Join(strings.Fields(strings.ToValidUTF8(string(body), "?")), " "),
		after: retryAfter(response.Header),
	}
}

// retryAfter reads how long to wait: seconds, or a date taken against the source's own clock.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(until.Sub(now), 0)
}
