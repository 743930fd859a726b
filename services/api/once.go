package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/idempotency"
)

const (
	// headerIdempotency names a request, so that it is done once however often it is sent.
	headerIdempotency = "Idempotency-Key"
	// headerReplayed marks an answer that was given before.
	headerReplayed = "Idempotency-Replayed"
	// longestKey bounds the name, in characters.
	longestKey = 255
	// largestAnswer bounds what is held of an answer until it is recorded.
	largestAnswer = 8 << 20
	// retryRunning is when to ask again for what still runs.
	retryRunning = time.Second
)

// attempt is one request that may be sent again.
type attempt struct {
	s     *server
	op    operation
	next  http.Handler
	mu    sync.Mutex // claim is renewed while the operation runs
	claim idempotency.Claim
	lost  bool // somebody else has taken it over
}

// once does what a request asks for, unless it was done: then it is answered as it was. A request without a name is done as it is.
//
// What is promised: of requests with one name by one person, one runs at a time, and none runs after one that succeeded. What fails frees its name. Where a
// process ends between doing something and recording that it did, the next such request looks whether it was done (traced), and otherwise does it; every
// operation is such that this changes nothing twice: releases move by compare-and-set from one state to the next, a set makes the drafts that are missing, an
// observation that was made is known by its content, and crawls, audits and rebuilds write nothing that is there already.
func (s *server) once(op operation, w http.ResponseWriter, r *http.Request, next http.Handler) {
	names := r.Header.Values(headerIdempotency)
	if len(names) == 0 {
		next.ServeHTTP(w, r)
		return
	}
	if s.deps.Requests == nil {
		answerProblem(w, problemOf(fault.New(fault.Unavailable, "this server remembers no requests").WithHint("send it without %s", headerIdempotency)))
		return
	}
	if err := wrongKey(names); err != nil {
		answerProblem(w, problemOf(err))
		return
	}
	// who has gone may ask again: what was begun is finished
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), writeTime)
	defer cancel()
	r = r.WithContext(ctx)
	now := time.Now() //nolint:forbidigo // clients wait in real time
	a := &attempt{s: s, op: op, next: next, claim: idempotency.Claim{
		Key: idempotency.KeyOf(whose(r.Context()), names[0]), Request: headOf(r), Owner: rand.Text(), Began: s.deps.Clock.Now(), Until: now.Add(idempotency.Lease),
	}}
	if r.ContentLength == 0 {
		a.claim.Body = hex.EncodeToString(sha256.New().Sum(nil))
	}
	there, mine, err := s.deps.Requests.Begin(ctx, a.claim)
	if err != nil {
		s.answerError(ctx, w, err)
		return
	}
	if mine {
		a.claim = there
		a.run(w, r)
		return
	}
	a.again(w, r, there, now)
}

func wrongKey(names []string) error {
	var p params
	where := "header." + headerIdempotency
	switch key := names[0]; {
	case len(names) > 1:
		p.wrong(where, "it is given more than once")
	case key == "" || len(key) > longestKey:
		p.wrong(where, "it must have 1 to 255 characters")
	case strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' }):
		p.wrong(where, "it must be printable ASCII")
	}
	return p.err()
}

// headOf tells requests apart by all but their bodies.
func headOf(r *http.Request) string {
	query := r.URL.Query().Encode() // in order of the names
	sum := sha256.Sum256([]byte(strings.Join([]string{r.Method, r.URL.Path, query, r.Header.Get("Content-Type"), r.Header.Get("If-Match")}, "\n")))
	return hex.EncodeToString(sum[:])
}

// again answers a request whose name is known.
func (a *attempt) again(w http.ResponseWriter, r *http.Request, there idempotency.Claim, now time.Time) {
	switch there.StateOf(a.claim.Request, now) {
	case idempotency.Running:
		answerLater(w, http.StatusConflict, retryRunning, fault.New(fault.Conflict, "the request of this %s still runs", headerIdempotency).WithHint("send it again after %s", retryRunning))
	case idempotency.Other:
		answerProblem(w, problemOf(errOther()))
	case idempotency.Answered:
		sum := newSumming(r.Body, nil)
		if _, err := io.Copy(io.Discard, io.LimitReader(sum, largestSheet+1)); err != nil {
			answerProblem(w, problemOf(fault.New(fault.Unavailable, "the body did not arrive: %w", err)))
			return
		}
		if !there.SameBody(sum.sum()) {
			answerProblem(w, problemOf(errOther()))
			return
		}
		replay(w, there.Answer)
	case idempotency.Lapsed:
		a.takeOver(w, r, there)
	}
}

// errOther refuses a name that was used for something else.
func errOther() error {
	return fault.New(fault.Refused, "this %s was used for another request", headerIdempotency).WithHint("take a new one for each request").
		WithPlaces(fault.Place{Where: "header." + headerIdempotency, Problem: "was used for another request"})
}

// replay answers as the first request was.
func replay(w http.ResponseWriter, answer idempotency.Answer) {
	w.Header().Set(headerReplayed, "true")
	if answer.Partial {
		answerProblem(w, problemOf(fault.New(fault.Conflict, "it was done, and its answer is not kept").WithHint("ask for what it made; an answer is not kept that is too large or holds a secret")))
		return
	}
	maps.Copy(w.Header(), answer.Header)
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body) // a client that has gone asks again
}

// takeOver goes on with a request whose process has gone, or that was done without its answer.
func (a *attempt) takeOver(w http.ResponseWriter, r *http.Request, there idempotency.Claim) {
	mine := there
	mine.Owner, mine.Until = a.claim.Owner, a.claim.Until
	mine, err := a.s.deps.Requests.Update(r.Context(), mine)
	if fault.Is(err, fault.Conflict) {
		answerLater(w, http.StatusConflict, retryRunning, fault.New(fault.Conflict, "the request of this %s still runs", headerIdempotency).WithHint("send it again after %s", retryRunning))
		return
	}
	if err != nil {
		a.s.answerError(r.Context(), w, err)
		return
	}
	a.claim = mine
	made, found := a.s.traced(r.Context(), a.op, r, there.Began)
	if !found {
		a.run(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, largestSheet+1))
	sum := sha256.Sum256(body)
	switch {
	case err != nil:
		a.leave(r.Context())
		answerProblem(w, problemOf(fault.New(fault.Unavailable, "the body did not arrive: %w", err)))
		return
	case !a.claim.SameBody(hex.EncodeToString(sum[:])):
		a.leave(r.Context())
		answerProblem(w, problemOf(errOther()))
		return
	}
	a.record(w, r, func(out http.ResponseWriter) { a.s.show(out, r, made) })
}

// run does what is asked for.
func (a *attempt) run(w http.ResponseWriter, r *http.Request) {
	var other bool
	body := newSumming(r.Body, func(sum string) error {
		a.mu.Lock()
		defer a.mu.Unlock()
		if !a.claim.SameBody(sum) {
			other = true
			return errors.New("the body is another than that of the first request")
		}
		if a.claim.Body == "" {
			a.claim.Body = sum
			a.store(r.Context())
		}
		return nil
	})
	r.Body = body
	a.record(w, r, func(out http.ResponseWriter) {
		a.next.ServeHTTP(out, r)
		_, _ = io.Copy(io.Discard, io.LimitReader(body, largestSheet)) // what was not read is part of the request all the same
		if kept, ok := out.(*keptAnswer); ok && other {
			kept.reset()
			answerProblem(out, problemOf(errOther()))
		}
	})
}

// record answers, and records the answer before the client has it.
func (a *attempt) record(w http.ResponseWriter, r *http.Request, answer func(http.ResponseWriter)) {
	kept := &keptAnswer{to: w, header: w.Header().Clone()}
	ctx, stop := context.WithCancel(r.Context())
	var renewing sync.WaitGroup
	renewing.Go(func() { a.renew(ctx) })
	whole := false
	func() {
		defer func() {
			stop()
			renewing.Wait()
			if !whole { // it panics: nobody knows what was done
				a.leave(r.Context())
			}
		}()
		answer(kept)
		whole = true
	}()
	switch {
	case kept.status >= http.StatusInternalServerError: // what was done is looked for when it is sent again
		a.leave(r.Context())
	case kept.status >= http.StatusBadRequest:
		a.forget(r.Context())
	default:
		a.finish(r.Context(), kept)
	}
	kept.send()
}

// renew shows that somebody works on the claim.
func (a *attempt) renew(ctx context.Context) {
	beat := time.NewTicker(idempotency.Renewal)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case at := <-beat.C:
			a.mu.Lock()
			a.claim.Until = at.Add(idempotency.Lease)
			a.store(context.WithoutCancel(ctx))
			a.mu.Unlock()
		}
	}
}

// store writes the claim down; that it cannot changes nothing but what is known after a crash.
func (a *attempt) store(ctx context.Context) {
	if a.lost {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), idempotency.Renewal)
	defer cancel()
	stored, err := a.s.deps.Requests.Update(ctx, a.claim)
	if err == nil {
		a.claim = stored
		return
	}
	a.lost = fault.Is(err, fault.Conflict)
	a.s.log.Warn("claim of a request was not stored", zap.Error(err))
}

// finish records the answer.
func (a *attempt) finish(ctx context.Context, kept *keptAnswer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.claim.Done, a.claim.Answer = true, kept.answer(a.op.secret)
	if _, err := idempotency.Encode(a.claim); err != nil {
		a.claim.Answer.Body, a.claim.Answer.Partial = nil, true
	}
	a.store(ctx)
}

// leave lets whoever sends the request again take it over at once.
func (a *attempt) leave(ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.claim.Until = time.Time{}
	a.store(ctx)
}

// forget frees the name.
func (a *attempt) forget(ctx context.Context) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.lost {
		return
	}
	if err := a.s.deps.Requests.Forget(context.WithoutCancel(ctx), a.claim); err != nil {
		a.s.log.Warn("claim of a request was not forgotten", zap.Error(err))
	}
}

// keptAnswer holds an answer until it is recorded.
type keptAnswer struct {
	to     http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
	begun  bool // it was too large to be held, and goes out as it comes
}

// Header is http.ResponseWriter's.
func (k *keptAnswer) Header() http.Header { return k.header }

// WriteHeader begins the answer.
func (k *keptAnswer) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

// Write is io.Writer's.
func (k *keptAnswer) Write(b []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	if !k.begun && k.body.Len()+len(b) > largestAnswer {
		k.send()
	}
	if k.begun {
		return k.to.Write(b)
	}
	return k.body.Write(b)
}

// Unwrap lets the rest of what the server can do be found.
func (k *keptAnswer) Unwrap() http.ResponseWriter { return k.to }

func (k *keptAnswer) reset() {
	k.header, k.status = k.to.Header().Clone(), 0
	k.body.Reset()
}

// send gives the client what is held.
func (k *keptAnswer) send() {
	if k.begun {
		return
	}
	k.begun = true
	k.WriteHeader(http.StatusOK)
	maps.Copy(k.to.Header(), k.header)
	k.to.WriteHeader(k.status)
	_, _ = k.to.Write(k.body.Bytes()) // a client that has gone asks again
}

// answer is what is recorded.
func (k *keptAnswer) answer(secret bool) idempotency.Answer {
	a := idempotency.Answer{Status: max(k.status, http.StatusOK), Header: map[string][]string{}, Partial: secret || k.begun}
	for _, name := range []string{"Content-Type", "Etag", "Location"} {
		if values := k.header.Values(name); len(values) > 0 {
			a.Header[name] = slices.Clone(values)
		}
	}
	if !a.Partial {
		a.Body = bytes.Clone(k.body.Bytes())
	}
	return a
}

// summing is a body that is summed up while it is read. When all of it has come, ended is told before whoever reads is.
type summing struct {
	io.ReadCloser
	hash  hash.Hash
	ended func(sum string) error
	told  error
}

func newSumming(body io.ReadCloser, ended func(string) error) *summing {
	return &summing{ReadCloser: body, hash: sha256.New(), ended: ended}
}

func (b *summing) sum() string { return hex.EncodeToString(b.hash.Sum(nil)) }

// Read is io.Reader's.
func (b *summing) Read(p []byte) (int, error) {
	if b.told != nil {
		return 0, b.told
	}
	n, err := b.ReadCloser.Read(p)
	b.hash.Write(p[:n]) // never fails
	if errors.Is(err, io.EOF) && b.told == nil {
		b.told = io.EOF
		if b.ended != nil {
			if failed := b.ended(b.sum()); failed != nil {
				b.told = failed
			}
		}
		err = b.told
	}
	return n, err
}

// whose request it is: somebody's, as far as he may see what was answered. An answer that tells cost is not for the same person without that right.
func whose(ctx context.Context) string {
	name := strings.ToLower(principal(ctx).Name)
	if seesCost(ctx) {
		return name
	}
	return name + "\x00without cost"
}
