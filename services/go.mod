module github.com/pricewire/pricewire/services

go 1.26.0

replace (
	github.com/pricewire/pricewire/pkg => ../pkg
	github.com/pricewire/pricewire/schemas => ../schemas
)
