package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/bill"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/sheet"
	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/output"
	"github.com/pricewire/pricewire/services/pricewire/reconcile"
)

// reconciling is what the flags of a check say.
type reconciling struct {
	tolerance, exchange, knownAt, only, report, priceIn, chargeEnd string

	fail bool
}

func (a *app) reconcileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "reconcile FILE", Short: "Check a bill: what each line should have cost, and why it differs", Args: cobra.ExactArgs(1),
		Long: `Check a bill: what each line should have cost by the price valid and known then, and why it differs.

FILE is CSV; its header tells whether it is a bill of usage (date, meter, sku, quantity, charged, and scope, subscription or customer) or of
licences (market, product, sku, term, billing, seats, ordered, currency, charged; ordered is the day of order or renewal, not OrderDate). A
price_currency says that prices are in another currency than the charge: they are converted by the exchange rates of the month. Every problem
of the file is named by row and column, and then nothing is checked. A bill may have up to 20 million lines; memory does not grow with them,
and TMPDIR holds about three times the file.

The report has a line for each line of the bill: what was expected, the difference, the reason, and the row of a list that the price comes from.
Promotions and credits are in no list: what they make of a line is unexplained, not an error.`,
		Example: `  pricewire reconcile usage.csv --only differences
  pricewire reconcile usage.csv --report report.csv -o json > totals.json
  pricewire reconcile usage.csv --fx exchange-rates.csv --tolerance 0.01 --fail-on-difference
  pricewire reconcile licences.csv --known-at now --charge-end inclusive`,
	}
	exits(cmd, "1 when the file has problems, 5 with --fail-on-difference when a line differs")
	var r reconciling
	flags := cmd.Flags()
	flags.StringVar(&r.tolerance, "tolerance", "", "largest difference that is rounding, in a line's currency (default: half of the last decimal of its amount)")
	flags.StringVar(&r.exchange, "fx", "", "file of monthly exchange rates: CurrencyCode,USDPerUnit,Month (default: the price list fx)")
	flags.StringVar(&r.knownAt, "known-at", "then", "whose knowledge of prices counts: then (the end of the day of usage or order), now, or a date or RFC 3339")
	flags.Var(command.NewChoice(&r.only, "all", "differences"), "only", "all lines, or those with differences")
	flags.StringVar(&r.report, "report", "", "write the lines to this file, .csv or .ndjson, and only totals to standard output")
	flags.StringVar(&r.priceIn, "price-currency", "USD", "currency that prices of usage are in, where a line does not say; other charges are converted. Licences are priced in that of their charge")
	flags.Var(command.NewChoice(&r.chargeEnd, "exclusive", "inclusive"), "charge-end", "whether a charge_end without a time of day is the day behind the last one charged, or the last")
	flags.BoolVar(&r.fail, "fail-on-difference", false, "exit with 5 when a line differs by more than rounding")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return a.reconcile(cmd.Context(), args[0], &r) }
	return cmd
}

func (a *app) reconcile(ctx context.Context, file string, r *reconciling) error {
	options, form, err := r.options()
	if err != nil {
		return err
	}
	in, err := openSheet(file)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	if err := notTheBill(in, r.report); err != nil {
		return err
	}
	progress := a.progress("", 0)
	options.Progress = func(stage string, done, total int) {
		progress.at("lines "+stage, int64(done), int64(total))
	}
	result, err := reconcile.Check(ctx, in, reconcile.Remote{Server: a.remote()}, options)
	progress.end()
	if err != nil {
		return err
	}
	defer result.Close()
	a.sayNotes(result)
	if len(result.Problems) > 0 {
		return a.printBillProblems(file, result)
	}
	if err := a.printBill(result, r.report, form); err != nil {
		return err
	}
	all, differ := result.Totals.Lines()
	a.note("%d lines: %d as expected, %d differ", all, all-differ, differ)
	if r.fail && differ > 0 {
		return fault.New(fault.Refused, "%d of %d lines differ", differ, all)
	}
	return nil
}

// options reads the flags; what is wrong with any is a usage error. The form is that of the report's file.
func (r *reconciling) options() (reconcile.Options, sheet.Format, error) {
	o := reconcile.Options{DifferencesOnly: r.only == "differences", EndsInclusive: r.chargeEnd == "inclusive"}
	var wrong []error
	currency, err := money.ParseCurrency(r.priceIn)
	if err != nil {
		wrong = append(wrong, fmt.Errorf("flag --price-currency: %w", err))
	}
	o.PriceCurrency = string(currency)
	if r.tolerance != "" {
		tolerance, err := money.Parse(r.tolerance)
		if err != nil || tolerance.IsNegative() {
			wrong = append(wrong, fmt.Errorf("flag --tolerance: %q is not an amount", r.tolerance))
		}
		o.Policy.Tolerance = &tolerance
	}
	if o.Policy.Knowledge, err = knowledge(r.knownAt); err != nil {
		wrong = append(wrong, err)
	}
	form, err := reportForm(r.report)
	if err != nil {
		wrong = append(wrong, err)
	}
	if err := errors.Join(wrong...); err != nil {
		return o, form, usage(err)
	}
	if r.exchange != "" {
		o.Exchange, err = readExchange(r.exchange)
	}
	return o, form, err
}

// knowledge reads whose knowledge counts.
func knowledge(text string) (bill.Knowledge, error) {
	switch strings.ToLower(text) {
	case "then":
		return bill.Knowledge{Then: true}, nil
	case "now":
		return bill.Knowledge{}, nil
	}
	for _, layout := range [...]string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil && at.Year() >= 1901 && at.Year() <= 2260 {
			return bill.Knowledge{At: at.UTC()}, nil
		}
	}
	return bill.Knowledge{}, fmt.Errorf("flag --known-at: %q is neither then, now, nor a date or RFC 3339 from 1901 to 2260", text)
}

// reportForm tells the form of a report by its file's name.
func reportForm(file string) (sheet.Format, error) {
	switch name := strings.ToLower(file); {
	case file == "":
		return "", nil
	case strings.HasSuffix(name, ".csv"):
		return sheet.CSV, nil
	case strings.HasSuffix(name, ".ndjson"), strings.HasSuffix(name, ".jsonl"):
		return sheet.NDJSON, nil
	}
	return "", fmt.Errorf("flag --report: %q ends in neither .csv nor .ndjson", file)
}

// notTheBill refuses a report that would take the place of the bill.
func notTheBill(in *os.File, report string) error {
	bill, err := in.Stat()
	if err != nil {
		return fmt.Errorf("read bill: %w", err)
	}
	if there, err := os.Stat(report); err == nil && os.SameFile(bill, there) { // what is not there is no bill
		return usage(fmt.Errorf("flag --report: %s is the bill", report))
	}
	return nil
}

func readExchange(file string) (reconcile.Exchange, error) {
	f, err := openSheet(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	rates, err := reconcile.ReadExchange(f)
	return rates, fault.Wrap(err, "flag --fx: %s", file)
}

// sayNotes tells what is left out of the bill, and how it was read.
func (a *app) sayNotes(result *reconcile.Result) {
	var left []string
	for _, p := range result.Notes {
		left = append(left, p.Column)
	}
	if len(left) > 0 {
		a.note("%s; columns left out: %s", result.Layout, strings.Join(left, ", "))
	}
	for _, remark := range result.Remarks {
		a.note("%s", remark)
	}
}

// printBill writes the report and the totals: the report to its file, or before the totals.
func (a *app) printBill(result *reconcile.Result, file string, form sheet.Format) error {
	if file == "" {
		return a.printReport(result)
	}
	table, err := a.chosenOf(result.Table())
	if err != nil {
		return err
	}
	err = replace(file, func(w io.Writer) error { return sheet.WriteTable(w, form, table) })
	if err != nil {
		return err
	}
	a.note("report written to %s", file)
	a.fields = nil // they were those of the lines
	return a.writeTables(named{"totals", result.TotalsTable()})
}

// printReport writes all lines and then the totals; as CSV, which has room for one table, the totals are told beside it.
func (a *app) printReport(result *reconcile.Result) error {
	out := a.streams.Out
	lines, err := a.chosenOf(result.Table())
	if err != nil {
		return err
	}
	main := result.Main()
	if len(a.fields) > 0 {
		main = nil
	}
	a.fields = nil // they were those of the lines
	switch a.out() {
	case output.JSON:
		return a.writeTables(named{"lines", lines}, named{"totals", result.TotalsTable()})
	case output.NDJSON:
		if err := sheet.WriteTable(out, sheet.NDJSON, withRecord("line", lines)); err != nil {
			return err
		}
		return sheet.WriteTable(out, sheet.NDJSON, withRecord("total", result.TotalsTable()))
	case output.CSV:
		if err := a.tableCSV(lines); err != nil {
			return err
		}
		return grid(a.streams.Err, result.TotalsTable(), nil)
	case output.Table, output.XLSX, output.Parquet:
	}
	if err := grid(out, lines, main); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out); err != nil {
		return err
	}
	return grid(out, result.TotalsTable(), nil)
}
