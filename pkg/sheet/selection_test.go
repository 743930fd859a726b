package sheet

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

func TestASelectionNamesPartsOfIdentitiesUnderAnyOfTheirNames(t *testing.T) {
	for _, text := range []string{
		"ProductId,SkuId,UnitPrice\nCFQ7TTC0LH18,1,9.99\n", "\ufeffsku,product\r\n0001,cfq7ttc0lh18\r\n", "identity.product,identity.sku,change\nCFQ7TTC0LH18,0001,added\n",
	} {
		selectors, problems, err := ReadSelection("lines.csv", []byte(text), Options{})
		if err != nil || len(problems) > 0 || len(selectors) != 1 {
			t.Fatalf("%q: %v, %v, %v", text, selectors, problems, err)
		}
		id := pricelist.Identity{Market: "US", Currency: "USD", Product: "CFQ7TTC0LH18", SKU: "0001", Term: "P1Y", Billing: "Annual"}
		other := id
		other.SKU = "0002"
		if !selectors[0].Matches(&id) || selectors[0].Matches(&other) {
			t.Errorf("%q chooses otherwise: %+v", text, selectors[0])
		}
	}
}

func TestASelectionThatWouldChooseEverythingOrNothingIsWrong(t *testing.T) {
	for _, text := range []string{"", "UnitPrice\n1\n", "PoductId,SkuId\nA,0001\n"} {
		if _, _, err := ReadSelection("lines.csv", []byte(text), Options{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, row := range map[string]int{"ProductId,Tier\n,\n": 2, "ProductId,Tier\nA,1\nB,x\n": 3, "ProductId\n\"A\n": 2} {
		if _, problems, err := ReadSelection("lines.csv", []byte(text), Options{}); err != nil || len(problems) != 1 || problems[0].Row != row {
			t.Errorf("%q: %v, %v", text, problems, err)
		}
	}
}
