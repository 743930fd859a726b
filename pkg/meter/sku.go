package meter

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/rate"
)

// The operating systems that a rate can be for.
const (
	Windows = "Windows"
	Linux   = "Linux"
)

// The ways to buy.
const (
	OnDemand    = "on-demand"    // pay as you go
	Spot        = "spot"         // may be evicted at any time, at a price that moves
	LowPriority = "low-priority" // may be evicted at any time, at a fixed price
	DevTest     = "dev-test"     // for subscribers of development and test offers
	Reserved    = "reservation"  // for a term, used or not
)

// VirtualMachines is the name of the service whose names tell most; scale sets are sold as these.
const VirtualMachines = "Virtual Machines"

// The values of rate.Identity.Type that mean something here, beside rate.Reservation, and the other service.
const (
	consumption        = "Consumption"
	devTestConsumption = "DevTestConsumption"
	cloudServices      = "Cloud Services"
)

// OperatingSystem returns Windows, Linux, or nothing when it is not known, or the rate is for any.
//
// It is told of the service Virtual Machines alone, from the last word of the product's name: Windows and Linux say so; a product without
// either is a machine with no licence in its price, which is how Linux is priced. That last rule needs a price of use: a reservation without
// either word is of the machine only and is applied to both. Products of Cloud Services and dedicated hosts are sold under the same service
// and SKU names, and are no virtual machines.
//
// Source: the product names of the Retail Prices API, and the providers of Linux prices that read them so (Karpenter for Azure); measured
// against the prices those publish.
func OperatingSystem(id *rate.Identity, a *rate.Attributes) string {
	if a.ServiceName != VirtualMachines || noMachine(a.ProductName) {
		return ""
	}
	switch _, last := lastWord(a.ProductName); {
	case last == Windows:
		return Windows
	case last == Linux:
		return Linux
	case (id.Type == consumption || id.Type == devTestConsumption) && strings.HasPrefix(a.ProductName, VirtualMachines+" "):
		return Linux
	}
	return ""
}

// noMachine reports whether a product of the service Virtual Machines is something else that is sold by the same sizes.
func noMachine(product string) bool {
	for _, other := range [...]string{"Cloud Services", "CloudServices", "Dedicated Host", "DedicatedHost"} {
		if strings.HasSuffix(product, " "+other) {
			return true
		}
	}
	return false
}

// PurchaseOption returns how a rate is bought, or nothing when it is not known.
//
// A reservation is one by its type. Spot and low priority are told of the services Virtual Machines and Cloud Services from the end of the
// SKU's or the meter's name, of rates of development and test offers too: their type says that they are. What else is of the type
// Consumption is bought on demand, unless a name ends like that in a service of which it is not documented what that means.
//
// Of another rate of which no name is known (no row of it was ever current: its price is announced) nothing is guessed: a name may yet say Spot.
//
// Source: the types and the SKU names of the Retail Prices API.
func PurchaseOption(id *rate.Identity, a *rate.Attributes) string {
	if id.Type == rate.Reservation {
		return Reserved
	}
	if a.ProductName == "" && a.SKUName == "" && a.MeterName == "" {
		return ""
	}
	if id.Type != consumption && id.Type != devTestConsumption {
		return ""
	}
	evictable := ""
	for _, name := range [...]string{a.SKUName, a.MeterName} {
		switch {
		case evictable != "":
		case endsIn(name, "Spot"):
			evictable = Spot
		case endsIn(name, "Low Priority"):
			evictable = LowPriority
		}
	}
	switch {
	case evictable != "" && (a.ServiceName == VirtualMachines || a.ServiceName == cloudServices):
		return evictable
	case evictable != "":
		return ""
	case id.Type == devTestConsumption:
		return DevTest
	}
	return OnDemand
}

// endsIn reports whether a name is made of some words or ends in them.
func endsIn(name, words string) bool {
	before, ok := strings.CutSuffix(name, words)
	return ok && (before == "" || strings.HasSuffix(before, " "))
}

func lastWord(text string) (before, last string) {
	i := strings.LastIndexByte(text, ' ')
	return text[:max(i, 0)], text[i+1:]
}
