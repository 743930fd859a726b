package client

// Orderable says whether a SKU can be ordered.
type Orderable struct {
	Key           string         `json:"key"`
	Product       string         `json:"product"` // empty for a legacy offer, whose key is its id
	SKU           string         `json:"sku"`
	Title         string         `json:"title"`
	Orderable     bool           `json:"orderable"`
	Missing       []Lack         `json:"missing"`       // what is missing where it cannot be ordered
	Prerequisites []Prerequisite `json:"prerequisites"` // what an add-on can be bought with; one of them is enough
	Includes      []string       `json:"includes"`      // what a bundle contains
	Terms         []Term         `json:"terms"`         // for how long it can be bought and how it is paid
	MinLicenses   int            `json:"min_licenses"`  // 0: no limit
	MaxLicenses   int            `json:"max_licenses"`  // 0: no limit
}

// Term is a term and billing plan.
type Term struct {
	Term    string `json:"term"`
	Billing string `json:"billing"`
}

// Lack is why a SKU cannot be ordered.
type Lack struct {
	Reason string `json:"reason"` // not-in-price-list, not-in-matrix, country-not-allowed, no-prerequisite-orderable
	Text   string `json:"text"`
}

// Prerequisite is what a SKU needs.
type Prerequisite struct {
	Key       string `json:"key"`
	Title     string `json:"title"`
	Orderable bool   `json:"orderable"`
}
