package meter

import (
	"testing"

	"github.com/pricewire/pricewire/pkg/money"
	"github.com/pricewire/pricewire/pkg/rate"
)

func TestTheOperatingSystemIsToldOfVirtualMachinesAlone(t *testing.T) {
	for _, c := range []struct{ service, product, kind, want string }{
		{"Virtual Machines", "Virtual Machines Easv4 Series Windows", "Consumption", Windows},
		{"Virtual Machines", "Virtual Machines Easv4 Series Windows", "DevTestConsumption", Windows},
		{"Virtual Machines", "Virtual Machines Easv4 Series", "Consumption", Linux},
		{"Virtual Machines", "Virtual Machines A Series Basic", "Consumption", Linux},
		{"Virtual Machines", "DCsv3 Series Linux", "Consumption", Linux},
		{"Virtual Machines", "DCsv3 Series Linux", "Reservation", Linux},
		{"Virtual Machines", "Virtual Machines Easv4 Series", "Reservation", ""}, // applied to both
		{"Virtual Machines", "Virtual Machines Easv4 Series", "Other", ""},
		{"Virtual Machines", "Dasv5 Series Cloud Services", "Consumption", ""},
		{"Virtual Machines", "Easv5 Series CloudServices", "Consumption", ""},
		{"Virtual Machines", "Easv4 Series Dedicated Host", "Consumption", ""},
		{"Virtual Machines", "Dsv5 Series DedicatedHost", "Reservation", ""},
		{"Virtual Machines", "Something else", "Consumption", ""},
		{"Cloud Services", "Cloud Services Av2 Series", "Consumption", ""},
		{"Virtual Machines Licenses", "Windows Server Burst", "Consumption", ""},
		{"Azure App Service", "Azure App Service Premium v3 Plan - Linux", "Consumption", ""},
		{"", "", "", ""},
	} {
		got := OperatingSystem(&rate.Identity{Type: c.kind}, &rate.Attributes{ServiceName: c.service, ProductName: c.product})
		if got != c.want {
			t.Errorf("%s, %s, %s is for %q, want %q", c.service, c.product, c.kind, got, c.want)
		}
	}
}

func TestThePurchaseOptionIsToldOfTypesAndNames(t *testing.T) {
	for _, c := range []struct{ service, sku, meter, kind, want string }{
		{"Virtual Machines", "E8as v4", "E8as v4", "Consumption", OnDemand},
		{"Virtual Machines", "E8as v4 Spot", "E8as v4 Spot", "Consumption", Spot},
		{"Virtual Machines", "E8as v4 Spot", "E8as v4 Spot - Expired", "Consumption", Spot},
		{"Virtual Machines", "", "E8as v4 Spot", "Consumption", Spot},
		{"Virtual Machines", "Spot", "", "Consumption", Spot},
		{"Virtual Machines", "E8as v4 Low Priority", "E8as v4 Low Priority", "Consumption", LowPriority},
		{"Virtual Machines", "E8as v4 Spot", "E8as v4 Spot", "DevTestConsumption", Spot},
		{"Virtual Machines", "E8as v4", "E8as v4", "DevTestConsumption", DevTest},
		{"Virtual Machines", "E8as v4", "E8as v4", "Reservation", Reserved},
		{"Virtual Machines", "E8as v4", "E8as v4", "payG-1", ""},
		{"Virtual Machines", "HotSpot", "", "Consumption", OnDemand},
		{"Cloud Services", "A1 v2 Low Priority", "", "Consumption", LowPriority},
		{"Container Instances", "Standard Spot", "", "Consumption", ""}, // not documented
		{"Storage", "Hot LRS", "Hot LRS Data Stored", "Consumption", OnDemand},
		{"Storage", "Hot LRS", "Hot LRS Data Stored", "Reservation", Reserved},
		{"", "", "", "", ""},
	} {
		got := PurchaseOption(&rate.Identity{Type: c.kind}, &rate.Attributes{ServiceName: c.service, SKUName: c.sku, MeterName: c.meter})
		if got != c.want {
			t.Errorf("%s, %s, %s, %s is bought %q, want %q", c.service, c.sku, c.meter, c.kind, got, c.want)
		}
	}
}

func TestOfARateWithoutNamesNothingIsGuessed(t *testing.T) {
	for kind, want := range map[string]string{"Consumption": "", "DevTestConsumption": "", rate.Reservation: Reserved} { // which its type says
		id := &rate.Identity{Type: kind}
		m := Read(id, &rate.Attributes{ServiceName: "Virtual Machines"})
		if m.PurchaseOption != want || m.OperatingSystem != "" {
			t.Errorf("%s: %+v", kind, m)
		}
	}
	if got := PurchaseOption(&rate.Identity{Type: "Consumption"}, &rate.Attributes{ProductName: "Virtual Machines Easv4 Series"}); got != OnDemand {
		t.Errorf("with the name of its product it is bought %q", got)
	}
}

func TestAMeterIsAllThatIsDerived(t *testing.T) {
	id := &rate.Identity{Type: "Consumption"}
	m := Read(id, &rate.Attributes{
		ServiceName: "Virtual Machines", ProductName: "Virtual Machines Easv4 Series Windows", SKUName: "E8as v4 Spot", UnitOfMeasure: "100 Hours",
	})
	if m != (Meter{Unit: Unit{Block: money.Int(100), Name: "Hours"}, OperatingSystem: Windows, PurchaseOption: Spot}) {
		t.Errorf("%+v", m)
	}
	if p := m.Price(id, money.Int(5)); p.Hourly != nil || p.PerUnit == nil || p.PerUnit.String() != "0.05" {
		t.Errorf("%+v", p)
	}
	reserved := &rate.Identity{Type: rate.Reservation, ReservationTerm: "1 Year"}
	if p := m.Price(reserved, money.Int(8760)); p.PerUnit != nil || p.Hourly == nil || *p.Hourly != money.Int(1) {
		t.Errorf("%+v", p)
	}
}
