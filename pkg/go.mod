module github.com/pricewire/pricewire/pkg

go 1.26.0

require (
	github.com/ebitengine/purego v0.11.3
	github.com/shopspring/decimal v1.6.0
	golang.org/x/text v0.43.0
	pgregory.net/rapid v1.3.0
)

replace github.com/pricewire/pricewire/schemas => ../schemas
