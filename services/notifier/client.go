package notifier

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/pricewire/pricewire/pkg/trace"
	"github.com/pricewire/pricewire/pkg/webhook"
)

// Bounds of one attempt.
const (
	sendTime    = 15 * time.Second // for all of it
	dialTime    = 5 * time.Second
	mostOfReply = 64 << 10 // of what an endpoint answers is read, and dropped; the rest is cut off
)

// client sends requests to endpoints that nobody here knows. Redirects are not followed, no proxy is asked, and which addresses may be reached
// is decided when they are dialled, so that a name that means another address the next time gains nothing.
type client struct {
	secure, plain *http.Client
	agent         string
}

func newClient(reach webhook.Reach, version string) *client {
	return &client{secure: sender(guard{reach: reach}), plain: sender(guard{reach: reach, plain: true}), agent: "Pricewire-Webhooks/" + strings.TrimSpace(version)}
}

func sender(g guard) *http.Client {
	dialer := &net.Dialer{Timeout: dialTime, Control: g.control}
	return &http.Client{
		Timeout:       sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil, DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: dialTime,
			MaxIdleConnsPerHost: parallel, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: mostOfReply, DisableCompression: true, ForceAttemptHTTP2: true,
		},
	}
}

func (c *client) close() {
	c.secure.CloseIdleConnections()
	c.plain.CloseIdleConnections()
}

// send makes one attempt, which is a step of its own in the trace of what caused the event.
func (c *client) send(ctx context.Context, e webhook.Endpoint, id string, by trace.Parent, body []byte, secrets []webhook.Secret) webhook.Answer {
	at := now()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(body))
	if err != nil {
		return webhook.Answer{Problem: "its URL cannot be used"}
	}
	request.Header.Set("Content-Type", "application/cloudevents+json")
	request.Header.Set("User-Agent", c.agent)
	request.Header.Set("Webhook-Id", id)
	request.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	request.Header.Set("Webhook-Signature", webhook.Sign(secrets, id, at, body))
	if by.IsZero() {
		by = trace.New()
	}
	request.Header.Set(trace.Header, by.Child().String())
	through := c.secure
	if request.URL.Scheme == "http" {
		through = c.plain
	}
	response, err := through.Do(request)
	if err != nil {
		return webhook.Answer{Problem: problem(err), Refused: errors.Is(err, webhook.ErrInside) || errors.Is(err, webhook.ErrPlain)}
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, mostOfReply)) // so that the connection can be used again
	return webhook.Answer{Status: response.StatusCode, RetryAfter: retryAfter(response.Header.Get("Retry-After"), at)}
}

// retryAfter reads the header, in seconds or as a date; 0 when it says nothing.
func retryAfter(text string, at time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(text); err == nil {
		return max(date.Sub(at), 0)
	}
	return 0
}

// problem is why no answer came, without the URL, whose query may hold what only the endpoint should know.
func problem(err error) string {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		if wrapped.Timeout() {
			return "no answer within " + sendTime.String()
		}
		err = wrapped.Err
	}
	for _, known := range []error{webhook.ErrInside, webhook.ErrPlain} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return err.Error()
}

// guard decides which addresses may be reached.
type guard struct {
	reach webhook.Reach
	plain bool // nothing but http is spoken
}

// control is net.Dialer's: it sees the address that is dialled, after names were looked up.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return webhook.ErrInside
	}
	return g.reach.Dial(target.Addr(), g.plain)
}
