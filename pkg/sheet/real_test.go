//go:build real

package sheet

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/service"
)

func realFile(t *testing.T, parts ...string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{os.Getenv("DATA")}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRealServicePlansAreReadWithoutAProblem(t *testing.T) {
	plans, problems, err := ReadServicePlans(realFile(t, "m365-service-plans", "service_plan_identifiers.csv"), Options{})
	if err != nil || len(problems) > 0 || len(plans) != 5457 {
		t.Fatalf("%d plans, %v, %v", len(plans), problems, err)
	}
	products := map[string]bool{}
	for _, p := range plans {
		products[p.ProductID] = true
	}
	if !products["420c7602-7f70-4895-9394-d3d679ea36fb"] { // followed by a no-break space in the file
		t.Error("a GUID with a blank is lost")
	}
}

func TestRealServicesAreReadAndWrittenInEveryFormat(t *testing.T) {
	s, err := ReadItems("Services.csv", realFile(t, "finops-open-data", "Services.csv"), service.Schema(), Options{})
	if err != nil || len(s.Rows) < 100 {
		t.Fatalf("%d rows, %v", len(s.Rows), err)
	}
	for _, p := range s.Problems {
		if p.Severity == listing.Error {
			t.Errorf("%+v", p)
		}
	}
	items := make([]item.Item, len(s.Rows))
	for i, r := range s.Rows {
		items[i] = r.Item
	}
	for _, f := range []Format{CSV, XLSX} {
		var b bytes.Buffer
		if err := WriteItems(&b, f, service.Schema(), items, nil); err != nil {
			t.Fatal(err)
		}
		again, err := ReadItems("x", b.Bytes(), service.Schema(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := make([]item.Item, len(again.Rows))
		for i, r := range again.Rows {
			got[i] = r.Item
		}
		if diff := cmp.Diff(items, got); diff != "" {
			t.Errorf("%s (-written +read):\n%s", f, diff)
		}
	}
}
