package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// planned is one month of a list and market, as the server's JSON has it.
type planned struct {
	List, Market, Month, Stage string
	Missing                    bool
	DaysLeft                   int `json:"days_left"`
}

func (a *app) calendarCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "calendar", Short: "Twelve months of every list and market: what is out, due, in review and missing, and how many days are left", Args: cobra.NoArgs,
		Example: `  pricewire calendar
  pricewire calendar --list license --market US -o json`,
	}
	q := newQuery(cmd.Flags()).add("list", "list", "", "only this list").add("market", "market", "", "only this market")
	a.wholeList(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if a.out().Binary() {
			return a.download(cmd.Context(), "/v1/calendar", q.encode())
		}
		p, err := a.page(cmd.Context(), "/v1/calendar", q.encode())
		if err != nil {
			return err
		}
		return a.deliver(false, func() error { return a.printCalendar(p.Items) })
	}
	return cmd
}

func (a *app) printCalendar(items []json.RawMessage) error {
	if a.out() != output.Table || a.choosing() {
		return output.List(a.streams.Out, a.out(), items, "list", "market", "month", "stage", "missing", "release", "revision", "effective_at", "publish_at", "days_left")
	}
	months := make([]planned, len(items))
	for i, item := range items {
		if err := json.Unmarshal(item, &months[i]); err != nil {
			return fmt.Errorf("read answer: %w", err)
		}
	}
	heads, rows := calendarGrid(months)
	if err := output.Grid(a.streams.Out, heads, rows); err != nil {
		return err
	}
	a.note("%s", legend)
	return nil
}

const legend = `
out: published; due: approved, it goes out by itself; held, review: waits for an approver; draft: waits for its author; missing: nothing is there;
-: nothing is there yet. Days are left until publication. !: nothing is approved, and seven days or less are left.`

// calendarGrid has a row for each list and market and a column for each month.
func calendarGrid(months []planned) (heads []string, rows [][]string) {
	heads = []string{"LIST", "MARKET"}
	var names []string
	for _, m := range months {
		names = append(names, m.Month)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	heads = append(heads, names...)
	at := map[[2]string]int{}
	for _, m := range months {
		line := [2]string{m.List, m.Market}
		i, there := at[line]
		if !there {
			i = len(rows)
			at[line] = i
			rows = append(rows, append([]string{m.List, m.Market}, make([]string, len(names))...))
		}
		rows[i][2+slices.Index(names, m.Month)] = m.cell()
	}
	return heads, rows
}

// cell is a month in a few letters.
func (m planned) cell() string {
	word := m.Stage
	switch m.Stage {
	case "out":
		return word
	case "in_review":
		word = "review"
	case "awaited":
		word = "-"
	}
	days := fmt.Sprintf(" %dd", m.DaysLeft)
	if m.DaysLeft < 0 {
		days = fmt.Sprintf(" %dd late", -m.DaysLeft)
	}
	if m.Missing {
		days += "!"
	}
	return strings.TrimSpace(word + days)
}
