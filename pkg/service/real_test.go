//go:build real

package service

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
)

// columnOf finds the column that a header means, as the schema says.
func columnOf(header string) string {
	normal := strings.NewReplacer(" ", "", "-", "", "_", "")
	same := func(name string) bool {
		return strings.EqualFold(normal.Replace(name), normal.Replace(header))
	}
	for _, c := range Schema().Columns {
		for _, name := range append(c.Aliases, c.Header) {
			if same(name) {
				return c.Name
			}
		}
	}
	return ""
}

func toolkitServices(t *testing.T) []item.Row {
	t.Helper()
	f, err := os.Open(filepath.Join(os.Getenv("DATA"), "finops-open-data", "Services.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []item.Row
	for n, record := range records[1:] {
		var values []item.Value
		for i, header := range records[0] {
			if name := columnOf(header); name != "" && record[i] != "" {
				values = append(values, item.Value{Name: name, Text: record[i]})
			}
		}
		made, wrongs := Make(values)
		if len(wrongs) > 0 {
			t.Fatalf("row %d: %+v", n+2, wrongs)
		}
		rows = append(rows, item.Row{Item: made, Number: n + 2})
	}
	return rows
}

// The file has 397 rows, one for each resource type of 159 services; one service is there in two spellings.
func TestRealServicesComeTogetherByName(t *testing.T) {
	rows := toolkitServices(t)
	gathered := Gather(rows)
	if len(rows) != 397 || len(gathered) != 159 {
		t.Errorf("%d rows came to %d services", len(rows), len(gathered))
	}
	for _, p := range Validate(gathered, Check{Whole: true}) {
		if p.Severity != listing.Note || p.Rule != RuleSharedUsageName {
			t.Errorf("%s: %s", p.Place(), p.Said())
		}
	}
	found := false
	for _, r := range gathered {
		s, err := FromItem(r.Item)
		if err != nil {
			t.Fatal(err)
		}
		if s.Category == "" || s.Subcategory == "" || s.Publisher == "" {
			t.Errorf("%+v", s)
		}
		found = found || s.Name == "Virtual Machines" && s.Category == "Compute" && s.Called("Microsoft.Compute")
	}
	if !found {
		t.Error("Virtual Machines are not there")
	}
	stopped := false
	for _, p := range Validate(rows, Check{}) {
		stopped = stopped || p.Stops()
	}
	if !stopped {
		t.Error("services in several rows are no error before they are gathered")
	}
}
