module github.com/pricewire/pricewire/schemas

go 1.26
