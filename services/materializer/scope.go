package materializer

import (
	"slices"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/history"
	"github.com/pricewire/pricewire/pkg/stream"
)

// Lists are what can be rebuilt by name.
func Lists() []string { return []string{"usage", "license", "offers", "services", "documents"} }

// fed are the tables that a stream feeds, in the order in which they are written; progress apart.
func fed(name string) []history.Table {
	if stream.IsRates(name) {
		return []history.Table{
			history.TableRejects, history.TableQuarantine, history.TableRateChanges, history.TableRates, history.TableCrawlParts, history.TableStale, history.TableCrawls,
		}
	}
	return []history.Table{
		history.TableRejects, history.TableLicensePrices, history.TableLicenseChanges, history.TableItems, history.TableItemChanges,
		history.TableEffective, history.TableCorrections, history.TableMissing, history.TableWithdrawals, history.TableReleases,
	}
}

// feeds reports whether a stream feeds a list; every stream feeds the list without a name, which is all of them.
func feeds(name, list string) bool { return list == "" || stream.IsRates(name) == (list == "usage") }

// tablesOf are the tables that the streams of a list feed.
func tablesOf(list string) []history.Table {
	var tables []history.Table
	for _, name := range []string{stream.Prices, stream.Rates("USD")} {
		if feeds(name, list) {
			tables = append(tables, fed(name)...)
		}
	}
	return slices.DeleteFunc(history.Tables(), func(t history.Table) bool { return !slices.Contains(tables, t) })
}

func checkList(list string) error {
	if list == "" || slices.Contains(Lists(), list) {
		return nil
	}
	return fault.New(fault.Invalid, "there is no list %q, but usage, license, offers, services and documents", list).
		WithPlaces(fault.Place{Where: "body.list", Problem: "not a list"})
}

// Cure says what heals a finding; nothing where nothing is wrong any more.
func Cure(f *history.Finding) string {
	switch {
	case f.Repaired:
		return ""
	case f.Kind == history.FindingHole && (f.Table == history.TableLicensePrices || f.Table == history.TableItems):
		return "pricewire audit --deep --repair" // no record counts these, so only a deep look finds them again
	case f.Kind == history.FindingHole, f.Kind == history.FindingSchema:
		return "pricewire audit --repair"
	case f.Kind == history.FindingShared:
		return "none: ask for one of the rates at a time, and report it"
	case f.Kind == history.FindingSlices:
		return "pricewire rebuild --list usage"
	case f.Kind == history.FindingCount && len(f.Stream) > 0:
		return "pricewire audit --repair; where that does not help, pricewire audit --deep says why"
	case stream.IsRates(f.Stream):
		return "pricewire rebuild --list usage"
	}
	return "pricewire rebuild --list license"
}
