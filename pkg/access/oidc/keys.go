package oidc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
)

// largestAnswer bounds what the provider says, in bytes.
const largestAnswer = 1 << 20

// outage is that the provider could not be asked.
type outage struct{ err error }

// Error says why.
func (o *outage) Error() string { return o.err.Error() }

// Unwrap gives errors.Is and errors.As the cause.
func (o *outage) Unwrap() error { return o.err }

type outageKey struct{}

// keySet is the provider's keys; it tells who verifies apart that a signature is wrong, and that it could not be found out.
type keySet struct{ remote *gooidc.RemoteKeySet }

// VerifySignature is gooidc.KeySet's.
func (k *keySet) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	payload, err := k.remote.VerifySignature(ctx, token)
	if err != nil {
		down, failed := errors.AsType[*outage](err)
		if told, ok := ctx.Value(outageKey{}).(*outage); ok && failed {
			told.err = down.err
		} else if ok && ctx.Err() != nil {
			told.err = ctx.Err()
		}
	}
	return payload, err
}

// patient asks the provider for each thing once in a while, whatever came of it, and answers from memory in between.
type patient struct {
	next    http.RoundTripper
	mu      sync.Mutex
	answers map[string]answer // by URL; there are two
}

type answer struct {
	at     time.Time
	header http.Header
	body   []byte
	failed error
}

// RoundTrip is http.RoundTripper's. Whatever is no answer with 200 is an outage.
func (p *patient) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	url, now := r.URL.String(), time.Now() //nolint:forbidigo // network time-outs are real time
	a, asked := p.answers[url]
	if !asked || now.Sub(a.at) >= askAgain {
		a = p.ask(r)
		a.at = now
		if p.answers == nil {
			p.answers = map[string]answer{}
		}
		p.answers[url] = a
	}
	if a.failed != nil {
		return nil, &outage{a.failed}
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header.Clone(), Request: r,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, nil
}

func (p *patient) ask(r *http.Request) answer {
	response, err := p.next.RoundTrip(r)
	if err != nil {
		return answer{failed: err}
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return answer{failed: fmt.Errorf("%s answers %s", r.URL.Host, response.Status)}
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer+1))
	if err == nil && len(body) > largestAnswer {
		err = fmt.Errorf("%s answers with more than %d bytes", r.URL.Host, largestAnswer)
	}
	return answer{header: response.Header, body: body, failed: err}
}
