package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// verdict says whether an offer can be ordered, as the server's JSON has it.
type verdict struct {
	Key           string `json:"key"`
	Product       string `json:"product"`
	SKU           string `json:"sku"`
	Title         string `json:"title"`
	Orderable     bool   `json:"orderable"`
	Missing       []lack
	Prerequisites []prerequisite
	Includes      []string
	Terms         []struct{ Term, Billing string }
	MinLicenses   json.RawMessage `json:"min_licenses"`
	MaxLicenses   json.RawMessage `json:"max_licenses"`
}

type lack struct{ Reason, Text string }

type prerequisite struct {
	Key, Title string
	Orderable  bool
}

func (a *app) orderableCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "orderable", Short: "What can be ordered in a market, and what is missing where something cannot", Args: cobra.NoArgs,
		Long: `What can be ordered in a market: what is in the price list in force and in the offer matrix, is allowed in the country, and has a prerequisite that
can be ordered where it needs one. With --product everything about it, and what a bundle contains.`,
		Example: `  pricewire orderable --market US
  pricewire orderable --market US --product CFQ7TTC0LH18 --at 2026-12-01`,
	}
	q := newQuery(cmd.Flags()).add("market", "market", "", "market, ISO 3166").add("product", "product", "", "only this product id").times()
	_ = cmd.MarkFlagRequired("market")
	a.wholeList(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		values := q.encode()
		if a.out().Binary() {
			return a.download(cmd.Context(), "/v1/orderable", values)
		}
		p, err := a.page(cmd.Context(), "/v1/orderable", values)
		if err != nil {
			return err
		}
		return a.deliver(false, func() error { return a.printOrderable(p.Items, values.Has("product")) })
	}
	return cmd
}

func (a *app) printOrderable(items []json.RawMessage, whole bool) error {
	if form := a.out(); form == output.JSON || form == output.NDJSON {
		return output.List(a.streams.Out, form, items)
	}
	verdicts := make([]verdict, len(items))
	can := 0
	for i, item := range items {
		if err := json.Unmarshal(item, &verdicts[i]); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
		if verdicts[i].Orderable {
			can++
		}
	}
	show := a.printVerdicts
	if a.out() == output.CSV || a.choosing() {
		show = a.printFlat
	}
	if err := show(verdicts, whole); err != nil {
		return err
	}
	a.note("%d of %d can be ordered", can, len(verdicts))
	return nil
}

// printVerdicts writes verdicts as a table, or everything about each.
func (a *app) printVerdicts(verdicts []verdict, whole bool) error {
	if whole {
		for i, v := range verdicts {
			if i > 0 {
				if _, err := fmt.Fprintln(a.streams.Out); err != nil {
					return err
				}
			}
			if err := v.print(a.streams.Out); err != nil {
				return err
			}
		}
		return nil
	}
	rows := make([][]string, len(verdicts))
	for i, v := range verdicts {
		rows[i] = []string{v.Key, short(v.Title), yes(v.Orderable), v.terms(), v.licenses(), v.reasons()}
	}
	return output.Grid(a.streams.Out, []string{"KEY", "TITLE", "ORDERABLE", "TERMS", "LICENSES", "MISSING"}, rows)
}

// print writes all of a verdict as a block.
func (v verdict) print(w io.Writer) error {
	rows := [][]string{{"title", v.Title}, {"orderable", yes(v.Orderable)}, {"terms", v.terms()}, {"licenses", v.licenses()}}
	for _, m := range v.Missing {
		rows = append(rows, []string{"missing", m.Text})
	}
	for _, p := range v.Prerequisites {
		state := "can be ordered"
		if !p.Orderable {
			state = "cannot be ordered"
		}
		rows = append(rows, []string{"prerequisite", strings.TrimSpace(p.Key+" "+p.Title) + ": " + state})
	}
	for _, name := range v.Includes {
		rows = append(rows, []string{"includes", name})
	}
	return output.Grid(w, []string{"key", v.Key}, rows)
}

// printFlat writes verdicts as records, each list in one cell.
func (a *app) printFlat(verdicts []verdict, _ bool) error {
	flat := make([]json.RawMessage, len(verdicts))
	for i, v := range verdicts {
		var texts, needs []string
		for _, m := range v.Missing {
			texts = append(texts, m.Text)
		}
		for _, p := range v.Prerequisites {
			needs = append(needs, p.Key)
		}
		var err error
		flat[i], err = json.Marshal(map[string]any{
			"key": v.Key, "product": v.Product, "sku": v.SKU, "title": v.Title, "orderable": v.Orderable,
			"missing": v.reasons(), "missing_text": strings.Join(texts, "; "), "prerequisites": strings.Join(needs, ";"), "includes": strings.Join(v.Includes, ";"),
			"terms": v.terms(), "min_licenses": v.MinLicenses, "max_licenses": v.MaxLicenses,
		})
		if err != nil {
			return err
		}
	}
	columns := []string{"key", "product", "sku", "title", "orderable", "missing", "missing_text", "prerequisites", "includes", "terms", "min_licenses", "max_licenses"}
	if a.out() == output.Table {
		return output.List(a.streams.Out, output.Table, flat, columns...)
	}
	return output.Columns(a.streams.Out, flat, columns...)
}

func (v verdict) reasons() string {
	words := make([]string, len(v.Missing))
	for i, m := range v.Missing {
		words[i] = m.Reason
	}
	return strings.Join(words, ";")
}

func (v verdict) terms() string {
	words := make([]string, len(v.Terms))
	for i, t := range v.Terms {
		words[i] = t.Term + " " + t.Billing
	}
	return strings.Join(words, ";")
}

// licenses is between how many may be bought, empty where nothing limits it. A limit of none is null or 0.
func (v verdict) licenses() string {
	least, most := limit(v.MinLicenses), limit(v.MaxLicenses)
	switch {
	case least == "" && most == "":
		return ""
	case most == "":
		return least + " or more"
	case least == "":
		return "up to " + most
	}
	return least + " to " + most
}

func limit(raw json.RawMessage) string {
	text := strings.Trim(string(raw), `"`)
	if text == "null" || text == "0" {
		return ""
	}
	return text
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
