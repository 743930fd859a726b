package sample

import "fmt"

// item is one line of the catalogue: what it is called and what it costs before anything changes.
type item struct {
	chance chance // its own
	ids    chance // its meter's
	meter  int    // index of the meter it is measured by; several items may share one
	region region
	group  *product

	sku, armSKU, name, unit, kind, term string
	tier                                string // JSON number
	base                                price
	plans                               bool // has savings plans
	moves                               bool // its price moves all the time
}

type region struct{ name, location string }

type product struct{ name, service, family, id, serviceID string }

// catalogue is everything that is ever for sale. Meters live and die; their items with them.
type catalogue struct {
	items  []item
	meters []chance
}

func regions() []region {
	return []region{
		{"westeurope", "EU West"},
		{"northeurope", "EU North"},
		{"eastus", "US East"},
		{"eastus2", "US East 2"},
		{"westus3", "US West 3"},
		{"uksouth", "UK South"},
		{"francecentral", "FR Central"},
		{"germanywestcentral", "DE West Central"},
		{"swedencentral", "SE Central"},
		{"southeastasia", "AP Southeast"},
		{"japaneast", "JA East"},
		{"australiaeast", "AU East"},
	}
}

// builder grows a catalogue.
type builder struct {
	catalogue
	seed chance
}

func newCatalogue(seed uint64) catalogue {
	b := &builder{seed: chance(0).of(seed)}
	for i, r := range regions() {
		b.machines(r, 94+3*i)
		b.storage(r, 96+2*i)
		b.databases(r, 95+2*i)
		b.applications(r, 97+i)
	}
	b.global()
	return b.catalogue
}

func (b *builder) product(service, family, name string) *product {
	c := b.seed.named(service)
	return &product{
		name: name, service: service, family: family,
		id: "DZH318Z0" + code(c.named(name), 4), serviceID: "DZH31" + code(c, 7),
	}
}

// newMeter returns the index of a new meter.
func (b *builder) newMeter(path string) int {
	b.meters = append(b.meters, b.seed.named(path))
	return len(b.meters) - 1
}

// add puts an item on the list; its path through the seed is unique to it.
func (b *builder) add(it item) {
	it.ids = b.meters[it.meter].named("ids")
	it.chance = b.meters[it.meter].named(it.sku + it.kind + it.term + it.tier)
	if it.tier == "" {
		it.tier = "0.0"
	}
	b.items = append(b.items, it)
}

// code draws an upper-case code such as 00QZ.
func code(c chance, digits int) string {
	const letters = "0123456789BCDFGHJKLMNPQRSTVWXZ"
	s := make([]byte, digits)
	for i := range s {
		s[i] = letters[c.of(uint64(i)).below(len(letters))]
	}
	return string(s)
}

// machines adds virtual machines: on demand, spot, development and test, reserved.
func (b *builder) machines(r region, dear int) {
	for f, family := range [...]string{"Dsv5", "Easv5", "Fsv2", "NCadsA100v4", "Lsv3", "Bsv2"} {
		cores := price([...]int64{480, 630, 423, 9_183, 780, 208}[f]) * (one / 10_000)
		for _, system := range [...]string{"", " Windows"} {
			p := b.product("Virtual Machines", "Compute", "Virtual Machines "+family+" Series"+system)
			for _, n := range [...]int{2, 4, 8, 16} {
				size := fmt.Sprintf("%c%d%s", family[0], n, family[1:])
				hourly := (cores * price(n)).times(dear * 10)
				if system != "" {
					hourly += price(n) * one * 46 / 1000
				}
				b.machine(r, p, size, "Standard_"+size, hourly, system != "")
			}
		}
	}
}

func (b *builder) machine(r region, p *product, size, arm string, hourly price, windows bool) {
	demand := item{region: r, group: p, sku: size, armSKU: arm, name: size, unit: "1 Hour", kind: "Consumption", base: hourly, plans: !windows}
	demand.meter = b.newMeter(p.name + r.name + size)
	b.add(demand)
	spot := demand
	spot.sku, spot.name, spot.base, spot.plans, spot.moves = size+" Spot", size+" Spot", hourly.times(210), false, true
	spot.meter = b.newMeter(p.name + r.name + size + " spot")
	b.add(spot)
	if windows {
		test := demand
		test.kind, test.base = "DevTestConsumption", hourly.times(620)
		b.add(test)
		return
	}
	for n, years := range [...]string{"1 Year", "3 Years"} {
		reserved := demand
		hours := price([...]int{8760 * 62 / 100, 26280 * 41 / 100}[n])
		reserved.kind, reserved.term, reserved.plans, reserved.base = "Reservation", years, false, (hourly * hours).whole()
		b.add(reserved)
	}
}

// storage adds blob storage with its tiers, and its operations.
func (b *builder) storage(r region, dear int) {
	for _, redundancy := range [...]string{"LRS", "ZRS", "GRS"} {
		for t, access := range [...]string{"Hot", "Cool", "Cold"} {
			p := b.product("Storage", "Storage", "Blob Storage")
			sku := access + " " + redundancy
			stored := item{region: r, group: p, sku: sku, name: sku + " Data Stored", unit: "1 GB/Month", kind: "Consumption"}
			stored.meter = b.newMeter("stored" + r.name + sku)
			for n, tier := range [...]string{"102400.0", "0.0", "512000.0"} {
				stored.tier, stored.base = tier, (one * price([...]int64{184, 100, 45}[t]) / 10_000).times(dear*10-n*17)
				b.add(stored)
			}
			written := item{region: r, group: p, sku: sku, name: sku + " Write Operations", unit: "10K", kind: "Consumption", base: (one * price(5+5*t) / 100).times(dear * 10)}
			written.meter = b.newMeter("written" + r.name + sku)
			b.add(written)
		}
	}
}

// databases adds SQL, MySQL and Cosmos DB by core and request unit, on demand and reserved.
func (b *builder) databases(r region, dear int) {
	for n, kind := range [...]string{"General Purpose", "Business Critical", "Hyperscale"} {
		p := b.product("SQL Database", "Databases", "SQL Database Single/Elastic Pool "+kind+" - Compute Gen5")
		core := item{region: r, group: p, sku: "vCore", armSKU: "SQLDB_Compute_Gen5", name: "vCore", unit: "1 Hour", kind: "Consumption", base: (one * price(152+153*n) / 1000).times(dear * 10)}
		core.meter = b.newMeter(p.name + r.name)
		b.add(core)
		core.kind, core.term, core.base = "Reservation", "1 Year", (core.base * 8760 * 67 / 100).whole()
		b.add(core)
	}
	p := b.product("Azure Cosmos DB", "Databases", "Azure Cosmos DB autoscale")
	units := item{region: r, group: p, sku: "RUs", name: "100 RU/s", unit: "1 Hour", kind: "Consumption", base: (one * 12 / 1000).times(dear * 10)}
	units.meter = b.newMeter(p.name + r.name)
	b.add(units)
}

// applications adds functions, web plans, vaults, caches and language models, some of them very cheap.
func (b *builder) applications(r region, dear int) {
	for _, a := range [...]struct {
		service, family, product, sku, name, unit string
		tiers                                     []string
		base                                      price
	}{
		{"Functions", "Compute", "Functions", "Standard", "Standard Execution Time", "1 GB Second", []string{"400000.0", "0.0"}, one * 16 / 1_000_000},
		{"Functions", "Compute", "Functions", "Standard", "Standard Total Executions", "10", []string{"0.0", "100000.0"}, one * 2 / 1_000_000},
		{"Azure App Service", "Web", "Azure App Service Premium v3 Plan - Linux", "P1 v3", "P1 v3 App", "1 Hour", []string{""}, one * 155 / 1000},
		{"Key Vault", "Security", "Key Vault", "Standard", "Operations", "10K", []string{""}, one * 3 / 100},
		{"Redis Cache", "Databases", "Azure Redis Cache Premium", "P1", "P1 Cache Instance", "1 Hour", []string{""}, one * 555 / 1000},
		{"Azure Monitor", "Management and Governance", "Log Analytics", "Analytics Logs", "Analytics Logs Data Ingestion", "1 GB", []string{"5.0", "0.0"}, one * 276 / 100},
		{"Cognitive Services", "AI + Machine Learning", "Azure Language Models", "Large Input", "Large Input Tokens", "1K", []string{""}, one * 25 / 10_000},
		{"Cognitive Services", "AI + Machine Learning", "Azure Language Models", "Large Output", "Large Output Tokens", "1K", []string{""}, one * 1 / 100},
		{"Event Hubs", "Internet of Things", "Event Hubs", "Standard", "Standard Throughput Unit", "1 Hour", []string{""}, one * 3 / 100},
	} {
		p := b.product(a.service, a.family, a.product)
		it := item{region: r, group: p, sku: a.sku, name: a.name, unit: a.unit, kind: "Consumption"}
		it.meter = b.newMeter(p.name + r.name + a.name)
		for n, tier := range a.tiers {
			it.tier, it.base = tier, a.base.times(dear*10-n*31)
			b.add(it)
		}
	}
}

// global adds what has no region: traffic between continents and name resolution.
func (b *builder) global() {
	for n, zone := range [...]string{"Zone 1", "Zone 2", "Zone 3"} {
		p := b.product("Bandwidth", "Networking", "Rtn Preference: MGN")
		it := item{group: p, sku: "Standard", name: "Standard Data Transfer Out " + zone, unit: "1 GB", kind: "Consumption"}
		it.meter = b.newMeter(it.name)
		for t, tier := range [...]string{"10240.0", "0.0", "5120000.0", "100.0"} {
			it.tier, it.base = tier, (one * price(87+20*n) / 1000).times(1000-t*40)
			b.add(it)
		}
	}
	p := b.product("Azure DNS", "Networking", "Azure DNS")
	it := item{group: p, sku: "Public", name: "Public Queries", unit: "1M", kind: "Consumption", base: one * 4 / 10}
	it.meter = b.newMeter(it.name)
	b.add(it)
}
