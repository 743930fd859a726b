package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/sheet/lookalike"
)

// story is the life of a market's releases in a round.
type story struct {
	Market   string
	Lines    int
	Correct  bool // a second revision mends the first
	Withdraw bool // some lines of the last revision are taken back
	Whole    bool // all of it is, instead
}

// releaseView is what is read of a release.
type releaseView struct {
	ID, State   string
	Withdrawals []struct{ Reason string }
	Problems    []struct{ Rule, Severity string }
}

// acknowledge answers every warning of a release, and gives the reason of its short notice.
func (v releaseView) acknowledge() map[string]string {
	var rules []string
	for _, p := range v.Problems {
		if p.Severity == "warning" && !slices.Contains(rules, p.Rule) {
			rules = append(rules, p.Rule)
		}
	}
	return map[string]string{"short_notice": "a trial", "acknowledge": strings.Join(rules, ",")}
}

// releaseLoad tells one story after the other.
func (r *round) releaseLoad(ctx context.Context) error {
	for i, s := range r.plan.Stories {
		if err := r.tell(ctx, s, r.products[i%len(r.products)]); err != nil {
			return fmt.Errorf("releases of %s: %w", s.Market, err)
		}
		r.count(func(c *counts) { c.releases++ })
	}
	return nil
}

// tell goes through a story step by step. Every step is done again until the product's own record says that it was done, since an answer
// may be lost when the deed was not.
func (r *round) tell(ctx context.Context, s story, by *product) error {
	at := now().AddDate(0, 0, 2).Truncate(24 * time.Hour)
	list := lookalike.Generate(lookalike.Spec{
		Seed: r.plan.Seed, Lines: s.Lines, Market: s.Market, Currencies: []string{"USD"}, Month: effective.Month{Year: at.Year(), Month: at.Month()},
	})
	var sheet bytes.Buffer
	if err := list.WriteCSV(&sheet); err != nil {
		return err
	}
	id := fmt.Sprintf("license-%s-%s-r", strings.ToLower(s.Market), at.Format("2006-01"))
	create := "/v1/releases?" + url.Values{"market": {s.Market}, "effective": {at.Format(time.DateOnly)}, "filename": {"list.csv"}}.Encode()
	last := id + "1"
	u := firstUpload(list.Rows)
	r.uploads[last] = u
	if err := r.publish(ctx, by, last, create, sheet.Bytes()); err != nil {
		return err
	}
	if s.Correct {
		next, planted := list.Next()
		sheet.Reset()
		if err := next.WriteCSV(&sheet); err != nil {
			return err
		}
		correct := "/v1/releases/" + last + "/correct?" + url.Values{"reason": {"a trial"}, "filename": {"fixed.csv"}}.Encode()
		u = firstUpload(next.Rows) // it has the same predecessor as what it mends: none
		u.mends, u.corrects = lineKeys(planted.Prices, planted.Titles, planted.Added), last
		last, list = id+"2", next
		r.uploads[last] = u
		if err := r.publish(ctx, by, last, correct, sheet.Bytes()); err != nil {
			return err
		}
	}
	if s.Withdraw {
		u.whole, u.withdrawn = s.Whole, lineKeys(identities(list.Rows))
		if !s.Whole {
			u.withdrawn = ofProduct(list.Rows, list.Rows[0].Product)
			u.whole = len(u.withdrawn) == len(list.Rows)
		}
		return r.withdraw(ctx, by, last, s.Whole, sheet.Bytes())
	}
	return nil
}

// publish makes a draft and has it approved, until it is public.
func (r *round) publish(ctx context.Context, by *product, id, create string, sheet []byte) error {
	var err error
	for ctx.Err() == nil {
		var view releaseView
		err = r.ask(ctx, by, "GET", "/v1/releases/"+id, "alice", nil, &view)
		status, refused := refusedWith(err)
		switch {
		case refused && status == http.StatusNotFound:
			err = r.ask(ctx, by, "POST", create, "alice", sheet, nil)
		case err != nil:
		case view.State == "draft":
			err = r.ask(ctx, by, "POST", "/v1/releases/"+id+"/submit", "alice", view.acknowledge(), nil)
		case view.State == "in_review":
			err = r.ask(ctx, by, "POST", "/v1/releases/"+id+"/approve", "bob", view.acknowledge(), nil)
		case view.State == "approved" || view.State == "publishing":
			err = errors.New("it is not public yet")
		default:
			return nil
		}
		if status, refused := refusedWith(err); refused && status != http.StatusConflict && status != http.StatusNotFound {
			return fmt.Errorf("%s: %w", id, err)
		}
		r.note(err)
		wait(ctx, 20*time.Millisecond)
	}
	return fmt.Errorf("%s: %w; last: %w", id, ctx.Err(), err)
}

// withdraw takes some lines of a release back, or all of it.
func (r *round) withdraw(ctx context.Context, by *product, id string, whole bool, sheet []byte) error {
	path, lines := "/v1/releases/"+id+"/withdraw?reason=a+trial", any(nil)
	if !whole {
		path, lines = path+"&filename=lines.csv", firstProduct(sheet)
	}
	var err error
	for ctx.Err() == nil {
		var view releaseView
		err = r.ask(ctx, by, "GET", "/v1/releases/"+id, "carol", nil, &view)
		switch {
		case err == nil && len(view.Withdrawals) > 0:
			return nil
		case err == nil:
			err = r.ask(ctx, by, "POST", path, "carol", lines, nil)
		}
		if status, refused := refusedWith(err); refused && status != http.StatusConflict {
			return fmt.Errorf("withdraw %s: %w", id, err)
		}
		r.note(err)
		wait(ctx, 20*time.Millisecond)
	}
	return fmt.Errorf("withdraw %s: %w; last: %w", id, ctx.Err(), err)
}

// firstProduct selects all lines of the product that a sheet names first.
func firstProduct(sheet []byte) []byte {
	lines := strings.SplitN(strings.TrimPrefix(string(sheet), "\ufeff"), "\n", 3)
	at := -1
	for i, name := range strings.Split(lines[0], ",") {
		if name == "ProductId" {
			at = i
		}
	}
	fields := strings.Split(lines[1], ",") // no field before the product's id has a comma
	return []byte("ProductId\n" + fields[at] + "\n")
}
