package sheet

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/listing"
	"github.com/pricewire/pricewire/pkg/offer"
	"github.com/pricewire/pricewire/pkg/service"
)

func TestEveryColumnOfTheListsIsExplainedWithAnExampleThatIsRight(t *testing.T) {
	for _, schema := range []item.Schema{offer.Schema(), service.Schema(), document.Schema()} {
		var values []item.Value
		for _, c := range schema.Columns {
			g := guideOf(schema.List, c.Name)
			if g.meaning == "" {
				t.Errorf("%s: nothing is said of %s", schema.List, c.Name)
			}
			// A row names a SKU or a legacy offer, and a link or a file.
			legacy := c.Name == offer.ColumnOffer || c.Name == offer.ColumnOfferType || c.Name == offer.ColumnDuration || c.Name == offer.ColumnBillingFrequency || c.Name == offer.ColumnURI
			if g.example != "" && !legacy && c.Name != document.ColumnFile {
				values = append(values, item.Value{Name: c.Name, Text: g.example})
			}
		}
		if _, wrongs := schema.Make(values); len(wrongs) > 0 && wrongs[0].Severity != listing.Note {
			t.Errorf("%s: %+v", schema.List, wrongs)
		}
	}
}
