package offer_test

import (
	"fmt"

	"github.com/pricewire/pricewire/pkg/offer"
)

func ExampleOrderable() {
	matrix := []offer.Offer{
		{Product: "CFQ7TTC0LH18", SKU: "0001", ProductTitle: "Business Basic", Countries: []string{"DE", "US"}, Included: []string{"Exchange Online (Plan 1)"}},
		{Product: "CFQ7TTC0HL73", SKU: "0002", ProductTitle: "Archiving", Countries: []string{"DE", "US"}, Prerequisites: []string{"CFQ7TTC0LH18/0001"}},
		{Product: "CFQ7TTC0LHSL", SKU: "0005", ProductTitle: "Visio", Countries: []string{"DE"}},
	}
	lines := []offer.Line{
		{Product: "CFQ7TTC0LH18", SKU: "0001", Terms: []offer.Term{{Term: "P1Y", Billing: "Monthly"}}},
		{Product: "CFQ7TTC0HL73", SKU: "0002", Terms: []offer.Term{{Term: "P1Y", Billing: "Monthly"}}},
		{Product: "CFQ7TTC0LHSL", SKU: "0005"},
	}
	for _, v := range offer.Orderable(offer.Question{Country: "US", Priced: lines, Matrix: matrix}) {
		fmt.Println(v.Key, v.Title, v.Orderable)
		for _, p := range v.Prerequisites {
			fmt.Println("  with", p.Title)
		}
		for _, r := range v.Missing {
			fmt.Println("  "+string(r.Lack)+":", r.Text)
		}
	}
	// Output:
	// CFQ7TTC0HL73/0002 Archiving true
	//   with Business Basic
	// CFQ7TTC0LH18/0001 Business Basic true
	// CFQ7TTC0LHSL/0005 Visio false
	//   country-not-allowed: the offer matrix does not allow it in US
}
