package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/sheet/lookalike"
)

// sampleMonths is how many months there are lists for, after the first, which is January 2026.
const sampleMonths = 60

// sampleSeed makes the bundled list the same everywhere.
const sampleSeed = 20261201

func (a *app) sampleCommand() *cobra.Command {
	return group("sample", "Material for trials: invented, but shaped like the real thing",
		a.sampleList(), a.sampleLegacy())
}

func (a *app) sampleList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "Write a new-commerce price list as CSV, with changes against the month before", Args: cobra.NoArgs,
		Example: `  pricewire sample list --month 2026-12 > list.csv
  pricewire release create list.csv --list license --market US --effective 2026-12-01 --as alice`,
	}
	silent(cmd)
	month := cmd.Flags().String("month", "2026-12", "month it is for; each has its own changes against the one before")
	market := cmd.Flags().String("market", "US", "market, ISO 3166")
	currency := cmd.Flags().String("currency", "USD", "currency")
	lines := cmd.Flags().Int("lines", 5000, "lines in January 2026; each later month adds some")
	cmd.RunE = func(*cobra.Command, []string) error {
		first := firstMonth()
		m, err := sampleMonth(*month, *lines)
		if err != nil {
			return err
		}
		list := lookalike.Generate(lookalike.Spec{Seed: sampleSeed, Lines: *lines, Market: *market, Currencies: []string{*currency}, Month: first})
		for list.Month.Before(m) {
			list, _ = list.Next()
		}
		return list.WriteCSV(a.streams.Out)
	}
	return cmd
}

func (a *app) sampleLegacy() *cobra.Command {
	cmd := &cobra.Command{
		Use: "legacy", Short: "Write a price list from before the new commerce as a workbook, with a sheet for each currency", Args: cobra.NoArgs,
		Example: `  pricewire sample legacy --month 2026-12 --currency USD,EUR --file pricelist-DE.xlsx
  pricewire release create pricelist-DE.xlsx --list license --market DE --effective 2026-12-01 --as alice`,
	}
	silent(cmd)
	month := cmd.Flags().String("month", "2026-12", "month it is for")
	currencies := cmd.Flags().StringSlice("currency", []string{"USD"}, "currencies, separated by commas")
	lines := cmd.Flags().Int("lines", 500, "lines of all sheets together")
	a.fileFlag(cmd, "write to this file, whole or not at all, instead of standard output")
	cmd.RunE = func(*cobra.Command, []string) error {
		m, err := sampleMonth(*month, *lines)
		if err != nil {
			return err
		}
		list := lookalike.GenerateLegacy(lookalike.Spec{Seed: sampleSeed, Lines: *lines, Currencies: *currencies, Month: m})
		return a.deliver(true, func() error { return list.WriteXLSX(a.streams.Out) })
	}
	return cmd
}

func firstMonth() effective.Month { return effective.Month{Year: 2026, Month: time.January} }

// sampleMonth reads the month and checks the lines of a list that is to be made.
func sampleMonth(month string, lines int) (effective.Month, error) {
	m, err := effective.ParseMonth(month)
	if err != nil {
		return m, fault.New(fault.Invalid, "%w", err).WithPlaces(fault.Place{Where: "flag.month", Problem: err.Error()})
	}
	if lines < 1 || lines > 1_000_000 {
		return m, fault.New(fault.Invalid, "%d lines are not between 1 and 1,000,000", lines).WithPlaces(fault.Place{Where: "flag.lines", Problem: "out of range"})
	}
	if first := firstMonth(); m.Before(first) || first.Add(sampleMonths).Before(m) {
		return m, fault.New(fault.Invalid, "%s is not between %s and %s", m, first, first.Add(sampleMonths)).
			WithPlaces(fault.Place{Where: "flag.month", Problem: "out of range"})
	}
	return m, nil
}
