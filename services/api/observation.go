package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Resolve keeps the request, because the framework would read all of its body before anybody looks at it.
func (in *observeInput) Resolve(ctx huma.Context) []error {
	in.arriving = ctx
	return nil
}

// observe hands a snapshot over while it arrives: nothing of it is kept here.
func (s *server) observe(ctx context.Context, in *observeInput) (*crawlOutput, error) {
	var p params
	o := ObserveInput{Name: in.Name, Scope: in.Scope, Currency: or(p.currency("query.currency", in.Currency), defaultCurrency), Partial: in.Partial}
	o.At = p.instant("query.observed_at", in.ObservedAt, noonOf(in.Name))
	if o.At.IsZero() {
		p.wrong("query.observed_at", "is required where the name is not a date such as 2026-01-15.json")
	}
	deadline := time.Now().Add(uploadTime) //nolint:forbidigo // the network's time is real
	if err := in.arriving.SetReadDeadline(deadline); err != nil {
		return nil, problemOf(fmt.Errorf("bound upload: %w", err))
	}
	body := &arrival{name: or(in.Name, "the request body"), from: in.arriving.BodyReader(), left: largestSnapshot}
	head := bufio.NewReader(body)
	if err := p.err(); err != nil {
		return nil, problemOf(body.ended(err))
	}
	if _, err := head.Peek(1); errors.Is(err, io.EOF) {
		return nil, problemOf(fault.New(fault.Invalid, "%s is empty", body.name).WithHint("get the file again"))
	}
	o.Body = head
	observed, err := s.deps.Watcher.Observe(ctx, o)
	if err != nil {
		err = body.ended(err)
	}
	return s.observed(ctx, observed, err, in.Wait)
}

// arrival is an upload that is still on its way, up to a size. It remembers why it broke off.
type arrival struct {
	name   string
	from   io.Reader
	left   int64
	broken error
}

// errTooLarge ends an upload that is larger than what is taken.
var errTooLarge = errors.New("upload is too large")

// Read is io.Reader's.
func (a *arrival) Read(p []byte) (int, error) {
	if a.broken != nil {
		return 0, a.broken
	}
	if int64(len(p)) > a.left+1 { // a byte beyond the limit tells that there is more
		p = p[:a.left+1]
	}
	n, err := a.from.Read(p)
	if int64(n) > a.left {
		n, err = int(a.left), errTooLarge
	}
	a.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		a.broken = err
	}
	return n, err
}

// ended is why an upload was not taken, given what whoever read it says: that it broke off explains whatever else is wrong with it. What has
// not arrived yet is read away first, so that a client that is still sending gets to read the answer.
func (a *arrival) ended(err error) error {
	_, _ = io.Copy(io.Discard, a) // a.broken tells
	switch {
	case a.broken == nil:
		return err
	case errors.Is(a.broken, errTooLarge):
		p := newProblem(fault.Invalid, fmt.Sprintf("%s has more than %d MiB, which is too large", a.name, largestSnapshot>>20))
		p.Status, p.Hint = http.StatusRequestEntityTooLarge, "split it, or compress it with gzip"
		return p
	case errors.Is(a.broken, os.ErrDeadlineExceeded):
		return fault.New(fault.Unavailable, "%s did not arrive within %s", a.name, uploadTime).WithHint("split it, or compress it with gzip")
	}
	return fault.New(fault.Unavailable, "the upload of %s broke off: %w", a.name, a.broken).WithHint("send it again")
}
