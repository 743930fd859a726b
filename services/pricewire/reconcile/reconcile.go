package reconcile

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/pricewire/pricewire/pkg/bill"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/sheet"
)

// The bounds of a bill. What is beyond them is refused.
const (
	mostLines    = 20_000_000
	mostBytes    = 16 << 30
	mostProblems = 10_000 // listed; further ones are counted
	chunk        = 5_000  // lines that are judged together
)

// Options are how a bill is checked.
type Options struct {
	Policy          bill.Policy
	PriceCurrency   string   // that prices of usage are in, where a line doesn't say
	Exchange        Exchange // nil: those of the server's fx list
	DifferencesOnly bool     // the report leaves out what matches or is rounded
	EndsInclusive   bool     // a charge_end without a time of day is the last day charged, not the day behind it
	Dir             string   // where temporary files go; empty: the system's folder for them

	// Progress is told how far the work is: lines read, with no total yet, then lines judged.
	Progress func(stage string, done, total int)
}

// Result is what became of a bill.
type Result struct {
	Layout   string
	Lines    int
	Asked    int               // questions that prices were asked
	Notes    []listing.Problem // of the header
	Remarks  []string          // what else is to be known of how the bill was read, for people
	Problems []listing.Problem // of rows; with any, nothing was judged
	More     int               // problems beyond those
	Totals   bill.Totals

	options Options
	dir     string
	lines   *sorter // as read
	report  *sorter // the report's rows by the rows of the file
}

// Check reads a bill and judges all of its lines. With problems in it, the result has these and nothing else. An error of kind invalid says
// that the file is no bill. The result must be closed; it keeps the report on disk until then.
func Check(ctx context.Context, in io.Reader, lookup Lookup, o Options) (*Result, error) {
	dir, err := os.MkdirTemp(o.Dir, "pricewire-reconcile-*")
	if err != nil {
		return nil, fmt.Errorf("spool bill: %w", err)
	}
	r := &Result{options: o, dir: dir, lines: newSorter(dir, sortBytes), report: newSorter(dir, sortBytes)}
	if err := r.read(ctx, in); err != nil {
		return nil, r.fail(err)
	}
	if len(r.Problems) > 0 {
		return r, nil
	}
	if r.Layout == UsageLayout {
		err = r.judgeUsage(ctx, lookup)
	} else {
		err = r.judgeLicenses(ctx, lookup)
	}
	if err != nil {
		return nil, r.fail(err)
	}
	r.lines.close()
	return r, nil
}

func (r *Result) fail(err error) error {
	r.Close()
	return err
}

// Close removes the temporary files.
func (r *Result) Close() {
	r.lines.close()
	r.report.close()
	_ = os.RemoveAll(r.dir) // what is left there is nobody's
}

// read spools all lines, or gathers all problems.
func (r *Result) read(ctx context.Context, in io.Reader) error {
	stream, err := sheet.OpenStream(in, layouts(), sheet.Limits{Bytes: mostBytes, Rows: mostLines})
	if err != nil {
		return fault.Wrap(err, "read bill")
	}
	r.Layout, r.Notes = kindOf(stream.Layout()), stream.Notes()
	line := row{Stream: stream, priceCurrency: r.options.PriceCurrency, endsInclusive: r.options.EndsInclusive, seen: &seen{inclusive: r.options.EndsInclusive}}
	var key []byte
	var content packer
	for ctx.Err() == nil {
		more, err := stream.Next()
		if err != nil {
			return fault.Wrap(err, "read bill")
		}
		if !more {
			r.Remarks = line.seen.remarks()
			return r.empty()
		}
		r.Lines++
		if len(stream.Problems()) == 0 {
			key, content = line.spool(r.Layout, key[:0], content[:0])
		}
		r.problems(stream.Problems())
		if len(r.Problems) == 0 {
			if err := r.lines.add(key, content); err != nil {
				return err
			}
		}
		r.tell("read", r.Lines, 0)
	}
	return ctx.Err()
}

// empty refuses a bill without lines.
func (r *Result) empty() error {
	if r.Lines == 0 {
		return fault.New(fault.Invalid, "read bill: it has a header and no line")
	}
	return nil
}

// spool reads a row and packs it, when nothing is wrong with it, under the key it is sorted by.
func (r row) spool(layout string, key []byte, content packer) ([]byte, packer) {
	if layout == UsageLayout {
		u := r.usage()
		packUsage(&content, &u)
		return usageKey(key, &u), content
	}
	l := r.license()
	packLicense(&content, &l)
	return rowKey(l.Row), content
}

func (r *Result) problems(of []listing.Problem) {
	for _, p := range of {
		if len(r.Problems) < mostProblems {
			r.Problems = append(r.Problems, p)
		} else {
			r.More++
		}
	}
}

// often is after how many lines the progress is told.
const often = 1_000

func (r *Result) tell(stage string, done, total int) {
	if r.options.Progress != nil && (done%often == 0 || done == total) {
		r.options.Progress(stage, done, total)
	}
}
