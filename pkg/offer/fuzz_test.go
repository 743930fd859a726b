package offer

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/item"
)

func FuzzALineStaysAsItWasMade(f *testing.F) {
	f.Add("CFQ7TTC0LH18", "1", "", "A/1, B:2 C 3", "us;DE", "300")
	f.Add("", "", "ms-azr-0145p", "n/a", "", "1E+7")
	f.Fuzz(func(t *testing.T, product, sku, id, needed, countries, most string) {
		made, _ := Make([]item.Value{
			{Name: ColumnProduct, Text: product},
			{Name: ColumnSKU, Text: sku},
			{Name: ColumnMaxLicenses, Text: most},
			{Name: ColumnPrerequisites, Text: needed},
			{Name: ColumnCountries, Text: countries},
			{Name: ColumnOffer, Text: id},
		})
		if again, _ := Make(made.Values); made.Compare(again) != 0 {
			t.Fatalf("%s became %s", written(made), written(again))
		}
	})
}
