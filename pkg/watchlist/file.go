package watchlist

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
)

// Columns are those of a file of entries. A row with a product is a line, one with a meter_id a meter.
func Columns() []string {
	return []string{"product", "sku", "market", "currency", "term", "billing", "meter_id", "sku_id", "region"}
}

// Rows yields the entries as rows of Columns: lines, then meters.
func (w *Watchlist) Rows(yield func([]string) bool) {
	for _, l := range w.Lines {
		if !yield([]string{l.Product, l.SKU, l.Market, l.Currency, l.Term, l.Billing, "", "", ""}) {
			return
		}
	}
	for _, m := range w.Meters {
		if !yield([]string{"", "", "", m.Currency, "", "", m.ID, m.SKU, m.Region}) {
			return
		}
	}
}

// WriteCSV writes the entries with a header.
func (w *Watchlist) WriteCSV(out io.Writer) error {
	file := csv.NewWriter(out)
	if err := file.Write(Columns()); err != nil {
		return err
	}
	for row := range w.Rows {
		if err := file.Write(row); err != nil {
			return err
		}
	}
	file.Flush()
	return file.Error()
}

// ReadCSV reads entries as WriteCSV writes them; columns may be in any order, and those that nothing is said in may be missing. It reads
// at most MaxEntries rows. An invalid fault names every row that is wrong, up to twenty.
func ReadCSV(in io.Reader) ([]Line, []Meter, error) {
	file := csv.NewReader(in)
	file.ReuseRecord = true
	at, err := header(file)
	if err != nil {
		return nil, nil, err
	}
	r := &entryReader{at: at}
	for row := 2; ; row++ {
		record, err := file.Read()
		switch {
		case errors.Is(err, io.EOF):
			return r.lines, r.meters, r.err()
		case err != nil:
			return nil, nil, fault.New(fault.Invalid, "read watchlist: %w", err).WithPlaces(fault.Place{Where: fmt.Sprintf("row %d", row), Problem: err.Error()})
		case row > MaxEntries+1:
			return nil, nil, fault.New(fault.Invalid, "read watchlist: it has more than %d entries", MaxEntries).WithHint("make several of it")
		}
		r.row(row, record)
	}
}

// header returns where the columns are.
func header(file *csv.Reader) (map[string]int, error) {
	names, err := file.Read()
	if errors.Is(err, io.EOF) {
		return nil, fault.New(fault.Invalid, "read watchlist: the file is empty").WithHint("its first row names the columns: %s", strings.Join(Columns(), ", "))
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "read watchlist: %w", err)
	}
	at := map[string]int{}
	for i, name := range names {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if _, twice := at[name]; twice || !slices.Contains(Columns(), name) {
			return nil, fault.New(fault.Invalid, "read watchlist: column %d, %q, is none or comes twice", i+1, name).
				WithPlaces(fault.Place{Where: "row 1, column " + name, Problem: "not a column, or twice"}).WithHint("the columns are %s", strings.Join(Columns(), ", "))
		}
		at[name] = i
	}
	return at, nil
}

// mostPlaces is how many wrong rows are named.
const mostPlaces = 20

type entryReader struct {
	at     map[string]int
	lines  []Line
	meters []Meter
	wrong  []fault.Place
}

func (r *entryReader) row(n int, record []string) {
	get := func(column string) string {
		if i, there := r.at[column]; there {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	product, meter := get("product"), get("meter_id")
	note := func(column, problem string) {
		if len(r.wrong) < mostPlaces {
			r.wrong = append(r.wrong, fault.Place{Where: fmt.Sprintf("row %d, column %s", n, column), Problem: problem})
		}
	}
	switch {
	case (product == "") == (meter == ""):
		note("product", "a row has either a product or a meter_id")
	case product != "":
		l, field, problem := Line{get("market"), get("currency"), product, get("sku"), get("term"), get("billing")}.normal()
		if problem == "" && (get("sku_id") != "" || get("region") != "") {
			field, problem = "sku_id", "is of meters, and the row has a product"
		}
		if problem != "" {
			note(field, problem)
			return
		}
		r.lines = append(r.lines, l)
	default:
		m, field, problem := Meter{meter, get("sku_id"), get("currency"), get("region")}.normal()
		if problem == "" && (get("sku") != "" || get("market") != "" || get("term") != "" || get("billing") != "") {
			field, problem = "meter_id", "the row has columns of lines too"
		}
		if problem != "" {
			note(field, problem)
			return
		}
		r.meters = append(r.meters, m)
	}
}

func (r *entryReader) err() error {
	if len(r.wrong) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "read watchlist: %s: %s", r.wrong[0].Where, r.wrong[0].Problem).WithPlaces(r.wrong...)
}
