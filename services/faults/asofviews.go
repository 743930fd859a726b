package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

func rateIDNames() []string {
	return []string{"price_list", "currency", "meter_id", "sku_id", "type", "reservation_term", "tier"}
}

func priceIDNames() []string {
	return []string{"market", "currency", "product", "sku", "term", "billing", "tier"}
}

// ratesView is a list of rates as of; its rows have no place in a stream, so their identity stands for it.
func ratesView(from string) view {
	return view{
		name: from, key: rateIDNames(), as: map[string]string{"savings_plans": plansOf("savings_plans")},
		columns: slices.Concat(rateIDNames(), rateNames(), []string{"price", "effective_from", "valid_to", "known_at", "savings_plans"}),
	}
}

// pricesView is the list of licence prices as of a moment.
func pricesView(at moment) view {
	return view{
		name: "license_prices_at" + at.sql(), key: priceIDNames(),
		columns: slices.Concat(priceIDNames(), lineNames(), []string{
			"unit_price", "erp_price", "price_basis", "starts_at", "valid_from", "valid_to", "known_at", "release", "in_force",
		}),
	}
}

func (m moment) sql() string {
	return fmt.Sprintf("(valid_at = '%s', known_at = '%s')", m.valid, m.known)
}

// otherMoments is how many moments beside now are asked for.
const otherMoments = 3

// judgeAsOf holds what is answered as of some moments, in SQL and over HTTP, against what the model's periods say.
func (r *round) judgeAsOf(ctx context.Context, conn driver.Conn, want model) ([]string, error) {
	random := rand.New(rand.NewPCG(r.plan.Seed, 0x61736f66))
	moments := want.moments(random, now(), otherMoments)
	wrong, err := r.hold(ctx, conn, ratesView("rates_current"), want.ratesCurrent())
	if err != nil {
		return nil, err
	}
	for _, at := range moments {
		for _, asked := range []struct {
			view view
			want map[place]row
		}{{ratesView("rates_at" + at.sql()), want.ratesAt(at)}, {pricesView(at), want.pricesAt(at)}} {
			more, err := r.hold(ctx, conn, asked.view, asked.want)
			if err != nil {
				return nil, err
			}
			wrong = append(wrong, more...)
		}
	}
	return append(wrong, r.judgeRates(ctx, want, moments, random)...), nil
}

// hold reads a view and holds it against the model.
func (r *round) hold(ctx context.Context, conn driver.Conn, v view, want map[place]row) ([]string, error) {
	held, twice, err := v.held(ctx, conn)
	if err != nil {
		return nil, err
	}
	r.count(func(c *counts) { c.rows += len(held) })
	wrong := compare(v, want, held)
	if twice != nil {
		wrong = append(wrong, fmt.Sprintf("%s holds %v twice", v.name, *twice))
	}
	return wrong, nil
}

// askedRates is how many rates every product is asked for, one by one.
const askedRates = 6

// judgeRates asks every product for some rates: what they are now, from memory, and as of the moments, from the tables.
func (r *round) judgeRates(ctx context.Context, want model, moments []moment, random *rand.Rand) []string {
	all, changes := histories(want["rates"], rateIDNames()), histories(want["rate_changes"], rateIDNames())
	var keys []string
	for key := range all {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	var wrong []string
	for _, key := range keys[:min(askedRates, len(keys))] {
		for _, of := range r.speakers() {
			if text := r.askRate(ctx, of, all[key][0], nil, want.rateAt(all[key], changes[key], moments[0])); text != "" {
				wrong = append(wrong, text)
			}
			for _, at := range moments {
				if text := r.askRate(ctx, of, all[key][0], &at, want.rateAt(all[key], changes[key], at)); text != "" {
					wrong = append(wrong, text)
				}
			}
		}
	}
	if len(wrong) > mostDifferences {
		wrong = append(wrong[:mostDifferences], fmt.Sprintf("%d answers about single rates are wrong in all", len(wrong)))
	}
	return wrong
}

// answerTime is how long a product may take until it answers what the tables hold: what it keeps in memory follows the streams.
const answerTime = time.Minute

// askRate asks for one rate until the answer is the one that is wanted, and says what it was when that does not happen in time.
func (r *round) askRate(ctx context.Context, of *product, id row, at *moment, want row) string {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	question := url.Values{}
	for _, name := range rateIDNames() {
		question.Set(name, id[name])
	}
	if at != nil {
		question.Set("at", strings.Replace(at.valid, " ", "T", 1)+"Z")
		question.Set("known_at", strings.Replace(at.known, " ", "T", 1)+"Z")
	}
	path := "/v1/rates?" + question.Encode()
	for {
		wrong := r.rateDiffers(ctx, of, path, want)
		if wrong == "" {
			return ""
		}
		if at != nil && !strings.HasPrefix(wrong, unanswered) || ctx.Err() != nil { // the tables have all there is
			return fmt.Sprintf("%s: GET %s %s", of.name, path, wrong)
		}
		wait(ctx, 100*time.Millisecond)
	}
}

const unanswered = "was not answered: "

// rateDiffers says how an answer differs from what is wanted; empty: it does not.
func (r *round) rateDiffers(ctx context.Context, of *product, path string, want row) string {
	var page struct{ Items []object }
	err := r.ask(ctx, of, "GET", path, "alice", nil, &page)
	if status, refused := refusedWith(err); refused && status == http.StatusNotFound {
		err = nil
	}
	switch {
	case err != nil:
		return unanswered + err.Error()
	case len(page.Items) == 0 && want == nil:
		return ""
	case len(page.Items) == 0:
		return fmt.Sprintf("says that there is none, not %s", want["price"])
	case want == nil:
		return fmt.Sprintf("says %s, where there is none", page.Items[0].text("price"))
	}
	item := page.Items[0]
	got := row{
		"price": item.amount("price"), "effective_from": item.valid("effective_from", always), "valid_to": item.valid("valid_to", open),
		"known_at": item.known("known_at"), "savings_plans": plansIn(item.list("savings_plans")),
	}
	got.copyTexts(item, rateNames()...)
	got.rateIdentity(item)
	for name := range want {
		if got[name] != want[name] {
			return fmt.Sprintf("has %.200q in %s, not %.200q", got[name], name, want[name])
		}
	}
	return ""
}
