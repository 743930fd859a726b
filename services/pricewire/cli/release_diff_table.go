package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// printLines writes a diff of prices as two tables: lines whose prices or whose place in the list change, and lines of which only what
// they say beside that does.
func (a *app) printLines(lines []json.RawMessage) error {
	var moved, said [][]string
	for _, line := range lines {
		head, err := output.Cells(line, "change", "renamed")
		if err != nil {
			return err
		}
		if head[0] != "changed" {
			row, err := movedRow(line)
			if err != nil {
				return err
			}
			moved = append(moved, row)
		}
		if head[0] == "changed" || head[1] == "true" {
			rows, err := saidRows(line, head[1] == "true")
			if err != nil {
				return err
			}
			said = append(said, rows...)
		}
	}
	if len(moved) > 0 || len(said) == 0 {
		heads := append([]string{"CHANGE"}, identityHeads()...)
		heads = append(heads, "OLD", "NEW", "AMOUNT", "PERCENT", "OLD ERP", "NEW ERP", "ERP AMOUNT", "ERP PERCENT", "ENDS", "TITLE")
		if err := output.Grid(a.streams.Out, heads, moved); err != nil {
			return err
		}
	}
	if len(said) == 0 {
		return nil
	}
	if len(moved) > 0 {
		if _, err := fmt.Fprintln(a.streams.Out); err != nil {
			return err
		}
	}
	return output.Grid(a.streams.Out, append(append([]string{"CHANGE"}, identityHeads()...), "WHAT", "OLD", "NEW"), said)
}

func identityHeads() []string {
	return []string{"PRODUCT", "SKU", "TERM", "BILLING", "CURRENCY", "TIER"}
}

func identityFields() []string {
	return []string{"identity.product", "identity.sku", "identity.term", "identity.billing", "identity.currency", "identity.tier"}
}

func movedRow(line json.RawMessage) ([]string, error) {
	row, err := output.Cells(line, slices.Concat([]string{"change"}, identityFields(), []string{
		"before.unit_price", "after.unit_price", "move.unit_amount", "move.unit_percent", "before.erp_price", "after.erp_price", "move.erp_amount", "move.erp_percent",
	})...)
	if err != nil {
		return nil, err
	}
	rest, err := output.Cells(line, "after.end_of_sale", "after.ends_at", "after.product_title", "after.sku_title", "before.product_title", "before.sku_title")
	if err != nil {
		return nil, err
	}
	ends, titles := "", rest[2:4]
	if row[0] == "ending" {
		ends = first(rest[0], rest[1])
	}
	if row[0] == "removed" {
		titles = rest[4:]
	}
	return append(row, ends, title(titles[0], titles[1])), nil
}

// saidRows has a row for each thing that a line says otherwise than before.
func saidRows(line json.RawMessage, renamed bool) ([][]string, error) {
	identity, err := output.Cells(line, identityFields()...)
	if err != nil {
		return nil, err
	}
	change := "changed"
	if renamed {
		change = "renamed"
	}
	return differing(line, attributes(), append([]string{change}, identity...))
}

// differing has a row for each of the columns in which the two sides of a difference are not the same: what the rows begin with, the
// column, and both texts.
func differing(difference json.RawMessage, columns, begin []string) ([][]string, error) {
	var rows [][]string
	for _, column := range columns {
		sides, err := output.Cells(difference, "before."+column, "after."+column)
		if err != nil {
			return nil, err
		}
		if sides[0] == sides[1] {
			continue
		}
		before, after := apart(sides[0], sides[1])
		rows = append(rows, append(slices.Clone(begin), strings.ReplaceAll(column, "_", " "), short(before), short(after)))
	}
	if len(rows) == 0 {
		rows = append(rows, begin)
	}
	return rows, nil
}

// printItems writes a diff of items: those that come and go by their titles, the others with what they say otherwise.
func (a *app) printItems(items []json.RawMessage) error {
	columns, err := itemColumns(items)
	if err != nil {
		return err
	}
	var said []string
	for _, c := range columns {
		if name, ok := strings.CutPrefix(c, "before."); ok {
			said = append(said, name)
		}
	}
	var rows [][]string
	for _, item := range items {
		head, err := output.Cells(item, "change", "key")
		if err != nil {
			return err
		}
		if head[0] == "changed" {
			more, err := differing(item, said, head)
			if err != nil {
				return err
			}
			rows = append(rows, more...)
			continue
		}
		name, err := itemTitle(item)
		if err != nil {
			return err
		}
		if head[0] == "removed" {
			rows = append(rows, append(head, "", name))
		} else {
			rows = append(rows, append(head, "", "", name))
		}
	}
	return output.Grid(a.streams.Out, []string{"CHANGE", "KEY", "WHAT", "OLD", "NEW"}, rows)
}

// itemTitle is what people call an item.
func itemTitle(item json.RawMessage) (string, error) {
	for _, side := range []string{"after.", "before."} {
		cells, err := output.Cells(item, side+"product_title", side+"sku_title", side+"title", side+"service")
		if err != nil {
			return "", err
		}
		if name := first(title(cells[0], cells[1]), cells[2], cells[3]); name != "" {
			return short(name), nil
		}
	}
	return "", nil
}

func title(product, sku string) string {
	if product == "" || sku == "" || product == sku {
		return first(product, sku)
	}
	return product + ", " + sku
}

// first is the first text that says something.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// apart leaves of two lists of words only those that are not in both, so that a country among two hundred can be seen. Other texts stay.
func apart(before, after string) (string, string) {
	const separator = ";"
	if !strings.Contains(before, separator) || !strings.Contains(after, separator) {
		return before, after
	}
	was, is := strings.Split(before, separator), strings.Split(after, separator)
	gone := slices.DeleteFunc(slices.Clone(was), func(s string) bool { return slices.Contains(is, s) })
	come := slices.DeleteFunc(slices.Clone(is), func(s string) bool { return slices.Contains(was, s) })
	if len(gone)+len(come) == 0 {
		return before, after
	}
	return strings.Join(gone, separator), strings.Join(come, separator)
}

// longest is how much of a text a cell of a table has.
const longest = 60

func short(s string) string {
	runes := []rune(s)
	if len(runes) <= longest {
		return s
	}
	return string(runes[:longest-1]) + "…"
}
