package azuretest

import "strconv"

// product is what the rates of one product have in common.
type product struct{ id, name, service, serviceID string }

// model is a size of a machine, and what it is called elsewhere.
type model struct{ name, arm string }

// Numbers of products and models; each meter has one of both.
const (
	seriesOfService = 40
	models          = 48
)

const digits36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// appendCode appends n characters that follow from a number.
func appendCode(b []byte, h uint64, n int) []byte {
	for range n {
		b = append(b, digits36[h%36])
		h /= 36
	}
	return b
}

// productsOf names the products of a family, those of each service in a row.
func productsOf(seed uint64, number int, f *family) []product {
	all := make([]product, 0, len(f.services)*seriesOfService)
	for n, service := range f.services {
		for series := range uint64(seriesOfService) {
			all = append(all, product{
				id:      string(appendCode([]byte("DZH318Z0"), mix(seed, uint64(number), uint64(n), series, 7), 4)),
				name:    service + " Series " + strconv.FormatUint(series, 10),
				service: service, serviceID: string(appendCode([]byte("DZH31"), mixText(service), 7)),
			})
		}
	}
	return all
}

func allModels() [models]model {
	var all [models]model
	for i := range all {
		size, generation := strconv.Itoa(1<<(i%8)), strconv.Itoa(1+i/8)
		all[i] = model{"D" + size + " v" + generation, "Standard_D" + size + "_v" + generation}
	}
	return all
}

// texts are what the names and ids of an item's row are made of.
type texts struct {
	*product
	meterID, skuID                              []byte
	meterName, productName, skuName, armSKUName string
	primary                                     bool
	room                                        [64]byte
}

// texts fills t for an item; what t said before is lost.
func (c *Catalogue) texts(t *texts, i *item) {
	seed, family := c.settings.Seed, c.cells[i.cell].family
	h := mix(seed, uint64(i.meter), 6)
	t.product = &c.products[family][h>>8%uint64(len(c.products[family]))]
	m := &c.models[h>>32%models]
	t.productName, t.meterName, t.skuName, t.armSKUName, t.primary = t.name, m.name, m.name, m.arm, h>>48%6 != 0
	if h>>52%7 == 0 {
		t.armSKUName = ""
	}
	suffix := mix(seed, uint64(i.meter), 8)
	if i.variant >= reservation {
		suffix = mix(seed, uint64(i.meter), uint64(i.variant), 8)
	}
	t.meterID = appendMeterID(t.room[:0], seed, i.meter)
	t.skuID = appendCode(append(append(t.room[len(t.meterID):len(t.meterID)], t.id...), '/'), suffix, 4)
	if i.names > 0 {
		again := " (" + strconv.Itoa(int(i.names)) + ")"
		switch i.names % 3 {
		case 0:
			t.productName += again
		case 1:
			t.meterName += again
		case 2:
			t.meterName, t.skuName = t.meterName+again, t.skuName+again
		}
	}
}

// appendMeterID appends a GUID.
func appendMeterID(b []byte, seed uint64, meter uint32) []byte {
	const hex = "0123456789abcdef"
	h := mix(seed, uint64(meter), 9)
	for i := range 32 {
		switch i {
		case 8, 12, 16, 20:
			b = append(b, '-')
		}
		if i == 16 {
			h = mix(seed, uint64(meter), 10)
		}
		b = append(b, hex[h&15])
		h >>= 4
	}
	return b
}

// appendText appends a member of a row that is a text, after others.
func appendText[T string | []byte](b []byte, name string, value T) []byte {
	b = append(append(append(b, ',', '"'), name...), `":"`...)
	return append(append(b, value...), '"')
}

// append renders a row as the API does.
func (c *Catalogue) append(b []byte, r ref, plans bool) []byte {
	i := &c.items[r.part]
	row := i.row
	if r.row > 0 {
		row = c.visible(r.part)[r.row]
	}
	var t texts
	c.texts(&t, i)
	cell := &c.cells[i.cell]
	f, where := &c.families[cell.family], &c.places[cell.place]
	b = append(append(append(b, `{"currencyCode":"`...), c.settings.Currency...), `","tierMinimumUnits":`...)
	b = append(strconv.AppendInt(b, i.variant.tier(), 10), ".0"...)
	if term := i.variant.term(); term != "" {
		b = appendText(b, "reservationTerm", term)
	}
	b = appendAmount(append(b, `,"retailPrice":`...), row.price)
	b = appendAmount(append(b, `,"unitPrice":`...), row.price)
	b = appendText(appendText(b, "armRegionName", where.region), "location", where.location)
	b = append(row.start.time().AppendFormat(append(b, `,"effectiveStartDate":"`...), "2006-01-02"), `T00:00:00Z"`...)
	if row.end != open {
		b = append((row.end-1).time().AppendFormat(append(b, `,"effectiveEndDate":"`...), "2006-01-02"), `T23:59:00Z"`...)
	}
	b = appendText(appendText(b, "meterId", t.meterID), "meterName", t.meterName)
	b = appendText(appendText(b, "productId", t.id), "skuId", t.skuID)
	b = appendText(appendText(b, "productName", t.productName), "skuName", t.skuName)
	b = appendText(appendText(b, "serviceName", t.service), "serviceId", t.serviceID)
	b = appendText(appendText(b, "serviceFamily", f.name), "unitOfMeasure", f.unit)
	b = append(appendText(b, "type", i.variant.kind()), `,"isPrimaryMeterRegion":`...)
	b = appendText(strconv.AppendBool(b, t.primary), "armSkuName", t.armSKUName)
	if plans && i.plans > 0 {
		b = appendPlans(b, row.price, i.plans)
	}
	return append(b, '}')
}

func appendPlans(b []byte, price int64, plans uint8) []byte {
	b = append(b, `,"savingsPlan":[`...)
	for n, years := range [...]int{3, 1} {
		if n > 0 {
			b = append(b, ',')
		}
		hourly := planPrice(price, plans, years)
		b = appendAmount(append(b, `{"unitPrice":`...), hourly)
		b = appendAmount(append(b, `,"retailPrice":`...), hourly)
		b = append(appendText(b, "term", [...]string{"3 Years", "1 Year"}[n]), '}')
	}
	return append(b, ']')
}

// cellFields looks up what all rows of a cell have in common.
func (c *Catalogue) cellFields(n int) lookup {
	cell := &c.cells[n]
	return func(name string) (string, bool) {
		switch name {
		case "serviceFamily":
			return c.families[cell.family].name, true
		case "armRegionName":
			return c.places[cell.place].region, true
		case "location":
			return c.places[cell.place].location, true
		}
		return "", false
	}
}

// itemFields looks up everything.
func (c *Catalogue) itemFields(n uint32, common lookup) lookup {
	i := &c.items[n]
	return func(name string) (string, bool) {
		if value, known := common(name); known {
			return value, true
		}
		var t texts
		c.texts(&t, i)
		switch name {
		case "type":
			return i.variant.kind(), true
		case "meterId":
			return string(t.meterID), true
		case "meterName":
			return t.meterName, true
		case "productId":
			return t.id, true
		case "skuId":
			return string(t.skuID), true
		case "productName":
			return t.productName, true
		case "skuName":
			return t.skuName, true
		case "serviceName":
			return t.service, true
		case "serviceId":
			return t.serviceID, true
		}
		return t.armSKUName, true
	}
}
