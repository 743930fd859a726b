package pricelist_test

import (
	"fmt"
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

func ExampleBook_Publish() {
	november := effective.Month{Year: 2026, Month: time.November}
	december := november.Add(1)
	line := pricelist.Line{
		Identity:  pricelist.Identity{Market: "US", Currency: "USD", Product: "CFQ7TTC0LH18", SKU: "0001", Term: "P1M", Billing: "Monthly"},
		UnitPrice: money.Int(5), ERPPrice: money.Int(6), Basis: pricelist.PerTerm,
	}
	dearer := line
	dearer.UnitPrice = money.Int(7)
	dearer.Effective.From = december.Start()

	book := pricelist.NewBook(pricelist.NewList("license-us-2026-11-r1", 1, november.Start(), []pricelist.Line{line}))
	next := pricelist.NewList("license-us-2026-12-r1", 1, december.Start(), []pricelist.Line{dearer})
	for _, c := range book.Publish(next, november.Start()) {
		fmt.Println(c.Identity.Key(), c.Change, c.Before.UnitPrice, "->", c.After.UnitPrice)
		for _, s := range c.Timeline {
			fmt.Println(s.From.Format(time.DateOnly), s.Line.UnitPrice, s.Release)
		}
	}
	// Output:
	// US/USD/CFQ7TTC0LH18/0001/P1M/Monthly/0 price_changed 5 -> 7
	// 2026-11-01 5 license-us-2026-11-r1
	// 2026-12-01 7 license-us-2026-12-r1
}
