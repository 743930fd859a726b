package reconcile

import (
	"context"
	"errors"

	"github.com/pricewire/pricewire/pkg/bill"
	"github.com/pricewire/pricewire/pkg/fault"
)

// usageJudge judges lines of usage in the order of their groups.
type usageJudge struct {
	*Result
	exchanger
	group  bill.Group
	used   bill.Used
	judged int
}

func (r *Result) judgeUsage(ctx context.Context, lookup Lookup) error {
	j := &usageJudge{Result: r, exchanger: exchanger{&r.options, newAnswers(lookup.Rates)}}
	err := inChunks(r.lines, unpackUsage, func(lines []bill.Usage) error { return j.judge(ctx, lines) })
	r.Asked = j.rates.asked
	return err
}

// judge judges a chunk of lines: first by their prices, then, where that is not the end of it, by the prices that may explain them.
func (j *usageJudge) judge(ctx context.Context, lines []bill.Usage) error {
	j.rates.begin()
	policy := &j.Result.options.Policy
	var questions []bill.RateQuestion
	for i := range lines {
		questions = append(questions, lines[i].Question(policy.Knowledge))
		questions = j.exchanges(questions, &lines[i], 0)
	}
	if err := j.rates.need(ctx, questions); err != nil {
		return err
	}
	checks := make([]*bill.UsageCheck, len(lines))
	for i := range lines {
		line := &lines[i]
		if group := line.Group(); group != j.group {
			j.group, j.used = group, bill.Used{}
		}
		check, err := line.Check(policy, j.rates.get(line.Question(policy.Knowledge)), &j.used, j.exchange)
		if err != nil {
			return inRow(err, line.Row)
		}
		checks[i] = check
	}
	if err := j.explain(ctx, checks); err != nil {
		return err
	}
	for _, check := range checks {
		if err := j.put(&check.Line.Charge, &check.Verdict, usageCells(check.Line, &check.Verdict)); err != nil {
			return err
		}
		j.judged++
		j.tell("checked", j.judged, j.Lines)
	}
	return nil
}

// explain asks for what may explain lines that differ, until there is nothing left to ask.
func (j *usageJudge) explain(ctx context.Context, checks []*bill.UsageCheck) error {
	for open := checks; len(open) > 0; {
		var questions []bill.RateQuestion
		for _, check := range open {
			if others := check.Questions(); len(others) > 0 {
				questions = j.exchanges(append(questions, others...), check.Line, -1, 1)
			}
		}
		if err := j.rates.need(ctx, questions); err != nil {
			return err
		}
		var next []*bill.UsageCheck
		for _, check := range open {
			if check.Explain(j.rates.get) {
				next = append(next, check)
			}
		}
		open = next
	}
	return nil
}

// licenseJudge judges lines of licences in the order of the file.
type licenseJudge struct {
	*Result
	exchanger
	prices *answers[bill.PriceQuestion, bill.Prices]
	judged int
}

func (r *Result) judgeLicenses(ctx context.Context, lookup Lookup) error {
	j := &licenseJudge{Result: r, exchanger: exchanger{&r.options, newAnswers(lookup.Rates)}, prices: newAnswers(lookup.Prices)}
	err := inChunks(r.lines, unpackLicense, func(lines []bill.License) error { return j.judge(ctx, lines) })
	r.Asked = j.prices.asked + j.rates.asked
	return err
}

// judge judges a chunk of lines, as that of usage does.
func (j *licenseJudge) judge(ctx context.Context, lines []bill.License) error {
	j.prices.begin()
	j.rates.begin()
	policy := &j.Result.options.Policy
	var questions []bill.PriceQuestion
	var rates []bill.RateQuestion
	for i := range lines {
		questions = append(questions, lines[i].Question(policy.Knowledge))
		rates = j.exchanges(rates, &lines[i], 0)
	}
	if err := errors.Join(j.prices.need(ctx, questions), j.rates.need(ctx, rates)); err != nil {
		return err
	}
	checks := make([]*bill.LicenseCheck, len(lines))
	for i := range lines {
		check, err := lines[i].Check(policy, j.prices.get(lines[i].Question(policy.Knowledge)), j.exchange)
		if err != nil {
			return inRow(err, lines[i].Row)
		}
		checks[i] = check
	}
	if err := j.explain(ctx, checks); err != nil {
		return err
	}
	for _, check := range checks {
		if err := j.put(&check.Line.Charge, &check.Verdict, licenseCells(check.Line, &check.Verdict)); err != nil {
			return err
		}
		j.judged++
		j.tell("checked", j.judged, j.Lines)
	}
	return nil
}

// explain asks for what may explain lines that differ, as that of usage does.
func (j *licenseJudge) explain(ctx context.Context, checks []*bill.LicenseCheck) error {
	for open := checks; len(open) > 0; {
		var questions []bill.PriceQuestion
		var rates []bill.RateQuestion
		for _, check := range open {
			if others := check.Questions(); len(others) > 0 {
				questions, rates = append(questions, others...), j.exchanges(rates, check.Line, -1, 1)
			}
		}
		if err := errors.Join(j.prices.need(ctx, questions), j.rates.need(ctx, rates)); err != nil {
			return err
		}
		var next []*bill.LicenseCheck
		for _, check := range open {
			if check.Explain(j.prices.get) {
				next = append(next, check)
			}
		}
		open = next
	}
	return nil
}

// inChunks visits the lines of a spool in its order, some at a time. The slice is used again for the next.
func inChunks[Line any](spool *sorter, unpack func([]byte) (Line, error), visit func([]Line) error) error {
	lines := make([]Line, 0, chunk)
	for content, err := range spool.all() {
		if err != nil {
			return err
		}
		line, err := unpack(content)
		if err != nil {
			return err
		}
		if lines = append(lines, line); len(lines) == chunk {
			if err := visit(lines); err != nil {
				return err
			}
			lines = lines[:0]
		}
	}
	return visit(lines)
}

// inRow names the row of an error.
func inRow(err error, row int) error {
	place := listingPlace(row)
	return fault.New(fault.KindOf(err), "read bill: %s: %w", place, err).WithPlaces(fault.Place{Where: place, Problem: err.Error()})
}
