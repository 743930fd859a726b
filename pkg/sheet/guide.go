package sheet

import "github.com/pricewire/pricewire/pkg/pricelist"

// guide is what a template says of a column.
type guide struct {
	meaning string
	example string
	choices []string // the usual values, offered as a list; others are accepted
}

// guideOf returns what a template of a list says of a column, by its name; the zero guide where there is nothing to say.
func guideOf(list, column string) guide {
	switch list {
	case licenseList:
		return licenseGuide()[column]
	case "offers":
		return offersGuide()[column]
	case "services":
		return servicesGuide()[column]
	case "documents":
		return documentsGuide()[column]
	}
	return guide{}
}

func licenseGuide() map[string]guide {
	all := plans()
	return map[string]guide{
		pricelist.ColumnProductTitle: {meaning: "the product's name", example: "Microsoft 365 Business Basic"},
		pricelist.ColumnProduct:      {meaning: "the product's id", example: "CFQ7TTC0LH18"},
		pricelist.ColumnSKU:          {meaning: "the SKU's id; leading zeros that were lost are restored", example: "0001"},
		pricelist.ColumnSKUTitle:     {meaning: "the SKU's name", example: "Microsoft 365 Business Basic"},
		pricelist.ColumnPublisher:    {meaning: "who publishes the product", example: "Microsoft Corporation"},
		pricelist.ColumnDescription:  {meaning: "what the SKU is", example: "For businesses that need email and web apps."},
		pricelist.ColumnUnit:         {meaning: "what a price is for, where it is not one licence", example: "1 User"},
		pricelist.ColumnTerm:         {meaning: "how long a subscription runs; the price is for all of it", example: "P1Y", choices: []string{"P1M", "P1Y", "P3Y"}},
		pricelist.ColumnBilling:      {meaning: "how it is billed", example: "Monthly", choices: all[:]},
		pricelist.ColumnMarket:       {meaning: "the country, ISO 3166 alpha-2", example: "US"},
		pricelist.ColumnCurrency:     {meaning: "the currency, ISO 4217", example: "USD"},
		pricelist.ColumnUnitPrice:    {meaning: "what the partner pays for the term; 0 when there is nothing to pay", example: "57.60"},
		pricelist.ColumnTierMin:      {meaning: "the quantity from which the price holds; empty for 0", example: "100"},
		pricelist.ColumnTierMax:      {meaning: "the quantity up to which it holds; empty when open", example: "299"},
		pricelist.ColumnStart:        {meaning: "when the price begins to hold, UTC; empty for always", example: "2026-12-01"},
		pricelist.ColumnEnd:          {meaning: "when it no longer holds, UTC; empty when open", example: "2027-12-01"},
		pricelist.ColumnTags:         {meaning: "tags, separated by semicolons", example: "License", choices: []string{"License", "License;Trial", "License;IncludeOverage"}},
		pricelist.ColumnERPPrice:     {meaning: "the estimated retail price for the term", example: "72.00"},
		pricelist.ColumnSegment:      {meaning: "for which customers", example: "Commercial", choices: []string{"Commercial", "Education", "Charity", "Government"}},
		pricelist.ColumnEndOfSale:    {meaning: "the last day of sale, where it is known", example: "2027-06-30"},
	}
}

func offersGuide() map[string]guide {
	return map[string]guide{
		"product_title":              {meaning: "the product's name", example: "Microsoft 365 Business Basic"},
		"product":                    {meaning: "the product's id; every row names a product and SKU, or a legacy offer", example: "CFQ7TTC0LH18"},
		"sku":                        {meaning: "the SKU's id; leading zeros that were lost are restored", example: "0001"},
		"sku_title":                  {meaning: "the SKU's name", example: "Microsoft 365 Business Basic"},
		"provisioning_id":            {meaning: "GUID of the licence that is provisioned", example: exampleGUID},
		"provisioning_string":        {meaning: "its string id", example: "O365_BUSINESS_ESSENTIALS"},
		"min_licenses":               {meaning: "the fewest licences of an order", example: "1"},
		"max_licenses":               {meaning: "the most licences of an order; empty when there is no limit", example: "300"},
		"asset_ownership_limit":      {meaning: "how many a customer may own", example: "2"},
		"asset_ownership_limit_type": {meaning: "how they are counted", example: "ConcurrentCount", choices: []string{"None", "ConcurrentCount", "Lifetime"}},
		"prerequisites":              {meaning: "the offers that an add-on needs one of", example: "CFQ7TTC0LDPB/0001,CFQ7TTC0LF8Q/0001"},
		"conversions":                {meaning: "the offers that it can be converted to", example: "CFQ7TTC0LDPB/0001"},
		"description":                {meaning: "what the offer is", example: "For businesses that need email and web apps."},
		"allowed_countries":          {meaning: "where it may be sold, country codes", example: "AD;AE;AF;AG"},
		"offer":                      {meaning: "id of a legacy offer", example: "5C9FD4CC-EDCE-44A8-8E91-07DF09744609"},
		"offer_type":                 {meaning: "type of a legacy offer", example: "License"},
		"duration":                   {meaning: "how long a legacy offer runs", example: "1 Year(s)"},
		"billing_frequency":          {meaning: "how a legacy offer is billed", example: "Monthly;Annual"},
		"offer_uri":                  {meaning: "address of a legacy offer", example: "/3c95518e-8c37-41e3-9627-0ca339200f53/offers/5C9FD4CC"},
		"learn_more_link":            {meaning: "where there is more to read", example: "https://example.com/offer"},
		"terms":                      {meaning: "the terms it is sold for", example: "P1M;P1Y"},
		"included":                   {meaning: "what a bundle contains", example: "Exchange Online (Plan 1);Microsoft Teams"},
	}
}

func servicesGuide() map[string]guide {
	return map[string]guide{
		"service":     {meaning: "the service's name", example: "Virtual Machines"},
		"category":    {meaning: "the category it belongs to", example: "Compute"},
		"subcategory": {meaning: "the part of it", example: "Virtual Machines"},
		"publisher":   {meaning: "who publishes the service", example: "Microsoft"},
		"usage_names": {meaning: "what usage records and rates call it, where that is not its name", example: "microsoft.compute"},
	}
}

func documentsGuide() map[string]guide {
	return map[string]guide{
		"kind": {
			meaning: "what the document is", example: "customer-agreement",
			choices: []string{"program-guide", "partner-agreement", "customer-agreement"},
		},
		"title":    {meaning: "its title", example: "Microsoft Customer Agreement"},
		"version":  {meaning: "its version", example: "2026.1"},
		"language": {meaning: "its language, a BCP 47 tag", example: "en-US"},
		"link":     {meaning: "where it is, an https address; this or a file", example: "https://example.com/agreement.pdf"},
		"file":     {meaning: "the name of its file; this or a link", example: "agreement-en.pdf"},
		"sha256":   {meaning: "the file's hash; filled in when the file is read"},
		"size":     {meaning: "the file's size in bytes; filled in when the file is read"},
		"markets":  {meaning: "where it applies: country codes, regions, or ww for everywhere", example: "americas;JP"},
	}
}
