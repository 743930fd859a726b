package up

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/document"
	"github.com/pricewire/pricewire/pkg/item"
	"github.com/pricewire/pricewire/pkg/offer"
	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/service"
)

// How often, counted in SKUs, the sample's matrix has something worth asking about.
const (
	everyAddOn     = 7  // needs one of the SKUs before it
	everyElsewhere = 11 // not allowed in the sample's market
	everyMissing   = 13 // not in the matrix although it has a price
	everyBundle    = 17 // contains others
)

// sampleItems makes the sample's lists beside the prices, which fit to a price list.
func sampleItems(list string, prices []pricelist.Row) []item.Item {
	switch list {
	case offer.List:
		return sampleOffers(prices)
	case service.List:
		return sampleServices()
	default:
		return sampleDocuments()
	}
}

func sampleOffers(prices []pricelist.Row) []item.Item {
	skus := slices.Clone(prices)
	slices.SortStableFunc(skus, func(a, b pricelist.Row) int {
		return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.SKU, b.SKU))
	})
	skus = slices.CompactFunc(skus, func(a, b pricelist.Row) bool { return a.Product == b.Product && a.SKU == b.SKU })
	var items []item.Item
	for n, s := range skus {
		if (n+1)%everyMissing == 0 {
			continue
		}
		o := offer.Offer{
			ProductTitle: s.ProductTitle, Product: s.Product, SKU: s.SKU, SKUTitle: s.SKUTitle, Description: s.Description,
			MinLicenses: 1, MaxLicenses: 300 * int64(1+n%10), Countries: []string{"AU", "FJ", "NZ", "WS"}, //nolint:mnd // invented limits
			ProvisioningID: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), ProvisioningString: "SAMPLE_" + strconv.Itoa(n),
		}
		if (n+1)%everyElsewhere == 0 {
			o.Countries = []string{"AU", "FJ"}
		}
		if (n+1)%everyAddOn == 0 && len(items) > 0 {
			o.Prerequisites = []string{items[len(items)-1].Key}
		}
		if (n+1)%everyBundle == 0 {
			o.Included = []string{"Sample Mail (Plan 1)", "Sample Meetings", "Sample Storage (1 TB)"}
		}
		items = append(items, o.Item())
	}
	return items
}

func sampleServices() []item.Item {
	var items []item.Item
	for _, s := range []service.Service{
		{Name: "Virtual Machines", Category: "Compute", UsageNames: []string{"microsoft.compute"}},
		{Name: "Storage", Category: "Storage", UsageNames: []string{"microsoft.storage"}},
		{Name: "Bandwidth", Category: "Networking", UsageNames: []string{"microsoft.network"}},
		{Name: "SQL Database", Category: "Databases", UsageNames: []string{"microsoft.sql"}},
		{Name: "Functions", Category: "Compute", UsageNames: []string{"microsoft.web"}},
	} {
		s.Publisher = "Microsoft"
		items = append(items, s.Item())
	}
	return items
}

func sampleDocuments() []item.Item {
	const version = "2026-01"
	d := func(kind, title, language, about string, markets ...string) item.Item {
		return document.Document{
			Kind: kind, Title: title, Version: version, Language: language, Link: "https://docs.example.com/" + kind + "/" + about, Markets: markets,
		}.Item()
	}
	items := []item.Item{
		d(document.ProgramGuide, "Sample programme guide", "en", "guide", document.Everywhere),
		d(document.CustomerAgreement, "Sample customer agreement", "en", "world", document.Everywhere),
		d(document.CustomerAgreement, "Muster eines Kundenvertrags", "de", "germany", "DE"),
	}
	for _, r := range document.Regions() {
		name := strings.ReplaceAll(string(r), "-", " ")
		items = append(items, d(document.PartnerAgreement, "Sample partner agreement: "+name, "en", string(r), string(r)))
	}
	return items
}
