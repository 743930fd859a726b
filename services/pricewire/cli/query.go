package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/spf13/pflag"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// pageSize is how many items a list command asks for at a time.
const pageSize = "5000"

// parameterKey is where a flag's annotations name the parameter that it becomes.
const parameterKey = "parameter"

// query collects flags that become parameters of a request under another name where it differs.
type query struct {
	flags  *pflag.FlagSet
	values map[string]*string
	names  map[string]string // of the flags, by parameter
	always map[string]bool   // sent even when empty
}

func newQuery(flags *pflag.FlagSet) *query {
	return &query{flags: flags, values: map[string]*string{}, names: map[string]string{}, always: map[string]bool{}}
}

// add declares a flag that is sent as the parameter when it is not empty.
func (q *query) add(flag, parameter, otherwise, help string) *query {
	q.values[parameter], q.names[parameter] = q.flags.String(flag, otherwise, help), flag
	_ = q.flags.SetAnnotation(flag, parameterKey, []string{parameter}) // the flag is there
	return q
}

// addAlways declares a flag that is sent even when empty.
func (q *query) addAlways(flag, parameter, otherwise, help string) *query {
	q.always[parameter] = true
	return q.add(flag, parameter, otherwise, help)
}

// times declares the two time axes.
func (q *query) times() *query {
	return q.add("at", "at", "", "valid time: when the price holds (a date or RFC 3339; default now)").
		add("known-at", "known_at", "", "knowledge time: what was believed then (default now)")
}

func (q *query) encode() url.Values {
	values := url.Values{}
	for parameter, value := range q.values {
		if *value != "" || q.always[parameter] {
			values.Set(parameter, *value)
		}
	}
	return values
}

// needs reports, as a usage error, parameters that were given but empty.
func (q *query) needs(parameters ...string) error {
	for _, p := range parameters {
		if *q.values[p] == "" {
			return usage(fmt.Errorf("--%s must not be empty", q.names[p]))
		}
	}
	return nil
}

// page is how a list answers.
type page struct {
	Items []json.RawMessage `json:"items"`
	Next  *string           `json:"next"`
}

func (a *app) page(ctx context.Context, path string, values url.Values) (page, error) {
	var p page
	answer, err := a.remote().Get(ctx, path, values)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(answer, &p); err != nil {
		return p, fmt.Errorf("read answer of %s: %w", path, err)
	}
	return p, nil
}

// list asks for all pages and writes them. NDJSON is written page by page, the other forms need all of it.
func (a *app) list(ctx context.Context, path string, values url.Values, columns ...string) error {
	if a.out() == output.NDJSON {
		return a.pages(ctx, path, values, func(items []json.RawMessage) error { return output.List(a.streams.Out, output.NDJSON, items) })
	}
	all, err := a.all(ctx, path, values)
	if err != nil {
		return err
	}
	return output.List(a.streams.Out, a.out(), all, columns...)
}

// all asks for all pages.
func (a *app) all(ctx context.Context, path string, values url.Values) ([]json.RawMessage, error) {
	var all []json.RawMessage
	err := a.pages(ctx, path, values, func(items []json.RawMessage) error {
		all = append(all, items...)
		return nil
	})
	return all, err
}

// pages asks for one page after another.
func (a *app) pages(ctx context.Context, path string, values url.Values, take func([]json.RawMessage) error) error {
	values.Set("limit", pageSize)
	for {
		p, err := a.page(ctx, path, values)
		if err != nil {
			return err
		}
		if err := take(p.Items); err != nil || p.Next == nil || *p.Next == "" {
			return err
		}
		values.Set("cursor", *p.Next)
	}
}

// tagged puts a text before what each record says.
func tagged(name, text string, records []json.RawMessage) []json.RawMessage {
	label, _ := json.Marshal(text) // text always can be
	all := make([]json.RawMessage, len(records))
	for i, r := range records {
		rest := bytes.TrimSpace(r)[1:] // behind its brace
		all[i] = fmt.Appendf(nil, `{%q:%s`, name, label)
		if len(bytes.TrimSpace(rest)) > 1 {
			all[i] = append(all[i], ',')
		}
		all[i] = append(all[i], rest...)
	}
	return all
}
