package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// askTime is how long an answer is awaited before the question counts as lost: long, because a loaded machine is slow, and what is given up is begun anew.
const askTime = 30 * time.Second

// answerError is an answer that is no success.
type answerError struct {
	status int
	text   string
}

func (e *answerError) Error() string { return fmt.Sprintf("status %d: %.300s", e.status, e.text) }

// refusedWith reports whether the product answered with a status below 500: it understood and said no.
func refusedWith(err error) (int, bool) {
	if answer, ok := errors.AsType[*answerError](err); ok && answer.status < http.StatusInternalServerError {
		return answer.status, true
	}
	return 0, false
}

// ask asks a product's API once. The body is sent as JSON, or as it is when it is bytes; the answer is read into result.
func (r *round) ask(ctx context.Context, of *product, method, path, user string, body, result any) error {
	base := of.http()
	if base == "" {
		return errors.New("the API is not there")
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	var sent io.Reader
	kind := "application/octet-stream"
	switch b := body.(type) {
	case nil:
	case []byte:
		sent = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return err
		}
		sent, kind = bytes.NewReader(text), "application/json"
	}
	request, err := http.NewRequestWithContext(ctx, method, base+path, sent)
	if err != nil {
		return err
	}
	request.Header.Set("X-Pricewire-User", user)
	request.Header.Set("Content-Type", kind)
	response, err := r.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return err
	case response.StatusCode >= http.StatusMultipleChoices:
		return &answerError{response.StatusCode, strings.TrimSpace(string(text))}
	case result == nil:
		return nil
	}
	return json.Unmarshal(text, result)
}
