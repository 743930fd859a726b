package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/services/pricewire/output"
)

const (
	// lookupLines is how many lines of a file are asked for at a time: far below what a server takes, so that answers come soon.
	lookupLines = 10_000
	// longestLine bounds a line of NDJSON.
	longestLine = 1 << 20
)

// lookup is a command that asks for many prices at once.
type lookup struct {
	path    string   // of the operation
	answers string   // the field that the answers to a line are in
	columns []string // of a table, behind the line
	all     []string // of CSV, behind the line and what it asks about
}

// rateColumns are all columns of a usage rate.
func rateColumns() []string {
	return []string{
		"price_list", "currency", "meter_id", "sku_id", "type", "reservation_term", "tier", "price", "effective_from", "valid_to", "known_at", "meter_name", "product_id",
		"product_name", "sku_name", "service_name", "service_id", "service_family", "unit_of_measure", "region", "location", "arm_sku_name", "is_primary_meter_region",
		"savings_plans", "included_quantity", "block_size", "unit", "price_per_unit", "hourly_equivalent", "operating_system", "purchase_option",
	}
}

// priceColumns are all columns of a licence price.
func priceColumns() []string {
	return []string{
		"market", "product", "sku", "term", "billing", "tier", "currency", "unit_price", "erp_price", "price_basis", "valid_from", "valid_to", "starts_at", "known_at", "release",
		"in_force", "family", "product_title", "sku_title", "publisher", "description", "unit", "end_of_sale", "segment", "tags",
	}
}

// row is a line of a file: where it is, and what it asks for.
type row struct {
	number int // of the file's line, from 1
	fields map[string]json.RawMessage
}

func (a *app) rateLookup() *cobra.Command {
	cmd := &cobra.Command{
		Use: "lookup FILE", Short: "The prices of many rates at once, each line as of instants of its own", Args: cobra.ExactArgs(1),
		Long: `The prices of many rates at once. FILE is CSV with a header, or NDJSON, a line an object: meter_id, sku_id, and where they are others than
usual price_list (retail), currency (USD), type (Consumption), reservation_term, tier (0) or all_tiers (false), at and known_at (now). Answers
are in the order of the lines. A line without a price then is shown without one.`,
		Example: `  pricewire rate lookup bill.csv -o csv
  pricewire rate lookup lines.ndjson --at 2026-01-10 --known-at 2026-01-15 -o ndjson`,
	}
	return a.lookup(cmd, lookup{"/v1/rates:lookup", "rates", []string{"meter_id", "sku_id", "type", "tier", "price", "currency", "unit_of_measure", "effective_from", "valid_to", "known_at"}, rateColumns()})
}

func (a *app) priceLookup() *cobra.Command {
	cmd := &cobra.Command{
		Use: "lookup FILE", Short: "Many licence prices at once, each line as of instants of its own", Args: cobra.ExactArgs(1),
		Long: `Many licence prices at once. FILE is CSV with a header, or NDJSON, a line an object: market, product, sku, term, billing, and perhaps currency
and tier (all that match without them), at and known_at (now). Answers are in the order of the lines. A line without a price then is shown
without one.`,
		Example: `  pricewire price lookup orders.csv -o csv
  pricewire price lookup orders.ndjson --known-at 2026-11-02`,
	}
	return a.lookup(cmd, lookup{"/v1/prices:lookup", "prices", []string{"market", "product", "sku", "term", "billing", "tier", "unit_price", "erp_price", "currency", "valid_from", "valid_to", "release"}, priceColumns()})
}

func (a *app) lookup(cmd *cobra.Command, l lookup) *cobra.Command {
	q := newQuery(cmd.Flags()).add("at", "at", "", "valid time of lines that name none (a date or RFC 3339; default now)").
		add("known-at", "known_at", "", "knowledge time of lines that name none (default now)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := openSheet(args[0])
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		otherwise := map[string]json.RawMessage{}
		for name, values := range q.encode() {
			otherwise[name], _ = json.Marshal(values[0]) // text always can be
		}
		line := a.progress("lines looked up", 0)
		defer line.end()
		var all []json.RawMessage
		for rows, err := range chunks(rowsOf(f, args[0]), lookupLines) {
			var items []json.RawMessage
			if err == nil {
				items, err = a.lookUp(cmd.Context(), l, rows, otherwise)
			}
			if err == nil && a.out() == output.NDJSON {
				err = output.List(a.streams.Out, output.NDJSON, items)
			}
			if err != nil {
				return err
			}
			if a.out() != output.NDJSON {
				all = append(all, items...)
			}
			line.reach(line.done + int64(len(rows)))
		}
		line.end()
		if a.out() == output.NDJSON {
			return nil
		}
		if a.out() == output.CSV { // the same columns whatever is found
			return output.Columns(a.streams.Out, all, append([]string{"line", "asked_at", "asked_known_at"}, l.all...)...)
		}
		return output.List(a.streams.Out, a.out(), all, append([]string{"line"}, l.columns...)...)
	}
	return cmd
}

// lookUp asks for some rows and returns what is shown of the answers: as they come for programs that read JSON, a record a price otherwise.
func (a *app) lookUp(ctx context.Context, l lookup, rows []row, otherwise map[string]json.RawMessage) ([]json.RawMessage, error) {
	var body bytes.Buffer
	for _, r := range rows {
		for name, value := range otherwise {
			if _, given := r.fields[name]; !given {
				r.fields[name] = value
			}
		}
		text, err := json.Marshal(r.fields)
		if err != nil {
			return nil, fmt.Errorf("encode line %d: %w", r.number, err)
		}
		body.Write(append(text, '\n'))
	}
	answer, err := a.remote().Post(ctx, l.path, nil, &body, "application/x-ndjson")
	if err != nil {
		return nil, inRows(err, rows)
	}
	var answers struct {
		Items []map[string][]json.RawMessage
	}
	if err := json.Unmarshal(answer, &answers); err != nil {
		return nil, fmt.Errorf("read answer of %s: %w", l.path, err)
	}
	if len(answers.Items) != len(rows) {
		return nil, fmt.Errorf("the server gave %d answers to %d lines", len(answers.Items), len(rows))
	}
	whole := a.out() == output.JSON || a.out() == output.NDJSON
	var shown []json.RawMessage
	for i, r := range rows {
		found := answers.Items[i][l.answers]
		switch {
		case whole:
			text, err := json.Marshal(map[string]any{"line": r.number, l.answers: found})
			if err != nil {
				return nil, fmt.Errorf("encode answer: %w", err)
			}
			shown = append(shown, text)
		case len(found) == 0:
			asked := maps.Clone(r.fields)
			delete(asked, "at")
			delete(asked, "known_at")
			text, err := json.Marshal(asked)
			if err != nil {
				return nil, fmt.Errorf("encode line %d: %w", r.number, err)
			}
			shown = append(shown, numbered(r, text))
		default:
			for _, one := range found {
				shown = append(shown, numbered(r, one))
			}
		}
	}
	return shown, nil
}

// numbered puts the number of a line, and the instants that it asks about where it names them, before what a record says.
func numbered(r row, record json.RawMessage) json.RawMessage {
	rest := bytes.TrimSpace(record)[1:] // behind its brace
	all := fmt.Appendf(nil, `{"line":%d`, r.number)
	for _, name := range []string{"at", "known_at"} {
		if asked, given := r.fields[name]; given {
			all = fmt.Appendf(all, `,"asked_%s":%s`, name, asked)
		}
	}
	if len(rest) > 1 {
		all = append(all, ',')
	}
	return append(all, rest...)
}

// inRows names places of a request as the lines of the file that they came from.
func inRows(err error, rows []row) error {
	item := regexp.MustCompile(`items\[(\d+)\](\.\w+)?`)
	name := func(text string) string {
		return item.ReplaceAllStringFunc(text, func(place string) string {
			parts := item.FindStringSubmatch(place)
			n, _ := strconv.Atoi(parts[1]) // it is digits
			if n >= len(rows) {
				return place
			}
			if parts[2] == "" {
				return fmt.Sprintf("line %d", rows[n].number)
			}
			return fmt.Sprintf("line %d, %s", rows[n].number, parts[2][1:])
		})
	}
	places := slices.Clone(fault.PlacesOf(err))
	if len(places) == 0 {
		return err
	}
	for i := range places {
		places[i].Where = name(places[i].Where)
	}
	return fault.New(fault.KindOf(err), "%s", name(err.Error())).WithPlaces(places...).WithHint("%s", fault.HintOf(err))
}

// chunks gathers what is read, so many at a time.
func chunks(rows iter.Seq2[row, error], size int) iter.Seq2[[]row, error] {
	return func(yield func([]row, error) bool) {
		var some []row
		for r, err := range rows {
			if err != nil {
				yield(nil, err)
				return
			}
			if some = append(some, r); len(some) == size {
				if !yield(some, nil) {
					return
				}
				some = nil
			}
		}
		if len(some) > 0 {
			yield(some, nil)
		}
	}
}

// rowsOf reads a file, which is NDJSON when it begins with a brace and CSV otherwise.
func rowsOf(f io.Reader, name string) iter.Seq2[row, error] {
	in := bufio.NewReader(f)
	head, _ := in.Peek(64) // what there is of it; a failure comes again when it is read
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(bytes.TrimSpace(head), []byte("{")) {
		return objects(in, name)
	}
	return records(in, name)
}

// objects reads NDJSON; empty lines mean nothing.
func objects(in io.Reader, name string) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, longestLine)
		n := 0
		for scanner.Scan() {
			n++
			text := bytes.TrimSpace(bytes.TrimPrefix(scanner.Bytes(), []byte("\xef\xbb\xbf")))
			if len(text) == 0 {
				continue
			}
			r := row{number: n}
			if err := json.Unmarshal(text, &r.fields); err != nil || r.fields == nil {
				yield(row{}, badLine(name, n, "it is not a JSON object"))
				return
			}
			if !yield(r, nil) {
				return
			}
		}
		if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
			yield(row{}, badLine(name, n+1, "it is longer than 1 MiB"))
		} else if err != nil {
			yield(row{}, unreadable(name, err))
		}
	}
}

// records reads CSV, whose header names the fields. Empty cells are left out.
func records(in io.Reader, name string) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		reader := csv.NewReader(in)
		header, err := reader.Read()
		if err != nil {
			yield(row{}, badLine(name, 1, "it has no header: "+err.Error()))
			return
		}
		header = slices.Clone(header)
		for i := range header {
			header[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(header[i], "\xef\xbb\xbf")))
		}
		for {
			cells, err := reader.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			line := 0
			if len(cells) > 0 {
				line, _ = reader.FieldPos(0)
			}
			if parse, ok := errors.AsType[*csv.ParseError](err); ok {
				err = badLine(name, parse.StartLine, parse.Err.Error())
			} else if err != nil {
				err = unreadable(name, err)
			}
			if !yield(row{line, fieldsOf(header, cells)}, err) || err != nil {
				return
			}
		}
	}
}

// fieldsOf are the cells of a row of CSV by the names of their columns; true and false are what they are.
func fieldsOf(header, cells []string) map[string]json.RawMessage {
	fields := make(map[string]json.RawMessage, len(header))
	for i, name := range header {
		if i >= len(cells) || strings.TrimSpace(cells[i]) == "" {
			continue
		}
		text := strings.TrimSpace(cells[i])
		if yes, err := strconv.ParseBool(text); err == nil && name == "all_tiers" {
			fields[name] = strconv.AppendBool(nil, yes)
			continue
		}
		fields[name], _ = json.Marshal(text) // text always can be
	}
	return fields
}

// badLine says what is wrong with a line of a file.
func badLine(name string, line int, problem string) error {
	where := fmt.Sprintf("line %d", line)
	return fault.New(fault.Invalid, "%s, %s: %s", name, where, problem).WithPlaces(fault.Place{Where: where, Problem: problem})
}
