package api

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pricewire/pricewire/pkg/sheet"
)

// exampler makes examples from schemas: of what has none of its own, something that its name and type allow.
type exampler struct {
	schemas huma.Registry
}

// deepest bounds examples of things that hold things.
const deepest = 8

// fill gives an operation examples of everything that it takes and answers with and that has none.
func (x exampler) fill(op *huma.Operation) {
	for _, p := range op.Parameters {
		if p.Example == nil {
			p.Example = x.of(p.Schema, p.Name, 0)
		}
	}
	if op.RequestBody != nil {
		x.content(op, op.RequestBody.Content, sentExample(op.OperationID))
	}
	for _, r := range op.Responses {
		x.content(op, r.Content, "")
		for name, h := range r.Headers {
			if h.Example == nil {
				h.Example = x.of(h.Schema, name, 0)
			}
		}
	}
}

func (x exampler) content(op *huma.Operation, content map[string]*huma.MediaType, text string) {
	for contentType, m := range content {
		if m.Schema == nil || m.Example != nil || m.Examples != nil {
			continue
		}
		plain, _, _ := strings.Cut(contentType, ";")
		switch {
		case plain == eventStream:
			m.Example = eventExample
		case plain == "application/json" || plain == sheet.NDJSON.ContentType():
			m.Example = x.of(m.Schema, op.OperationID, 0)
		case plain == octets || plain == "text/csv":
			if text != "" {
				m.Example = text
			}
		}
	}
}

// of makes an example of a schema; name is that of the field it is for.
func (x exampler) of(s *huma.Schema, name string, depth int) any {
	switch {
	case s.Ref != "":
		return x.of(x.schemas.SchemaFromRef(s.Ref), name, depth)
	case len(s.Examples) > 0:
		return plain(s.Examples[0])
	case s.Default != nil:
		return plain(s.Default)
	case len(s.Enum) > 0:
		return plain(s.Enum[0])
	case len(s.AnyOf) > 0:
		return x.of(s.AnyOf[0], name, depth)
	case len(s.OneOf) > 0:
		return x.of(s.OneOf[0], name, depth)
	}
	switch s.Type {
	case huma.TypeString:
		return textExample(s, name)
	case huma.TypeInteger, huma.TypeNumber:
		if s.Minimum != nil {
			return max(*s.Minimum, 1)
		}
		return 1
	case huma.TypeBoolean:
		return false
	case huma.TypeArray:
		if depth > deepest || s.Items == nil {
			return []any{}
		}
		return []any{x.of(s.Items, name, depth+1)}
	}
	return x.object(s, depth)
}

func (x exampler) object(s *huma.Schema, depth int) map[string]any {
	made := map[string]any{}
	if depth > deepest {
		return made
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		made[name] = x.of(s.Properties[name], name, depth+1)
	}
	if additional, ok := s.AdditionalProperties.(*huma.Schema); ok && len(s.Properties) == 0 {
		made["title"] = x.of(additional, "title", depth+1)
	}
	return made
}

// textExample is a text that a field of a name may hold.
func textExample(s *huma.Schema, name string) string {
	switch s.Format {
	case "date-time":
		switch {
		case strings.HasSuffix(name, "_to") || name == "to" || name == "ended":
			return "2027-01-01T00:00:00Z"
		case strings.HasPrefix(name, "known") || strings.HasPrefix(name, "publish") || name == "at":
			return "2026-11-01T00:00:00Z"
		}
		return "2026-12-01T00:00:00Z"
	case decimalFormat:
		return "7.50"
	case "byte":
		return "e30="
	}
	known := map[string]string{
		"market": "US", "currency": "USD", "product": "CFQ7TTC0LH18", "sku": "0001", "term": "P1M", "billing": "Monthly", "billing_plan": "Monthly", "tier": "0",
		"meter_id": "00000000-0000-0000-0000-000000000000", "sku_id": "DZH318Z0BPVW/00QZ", "type": "Consumption", "price_list": "retail", "reservation_term": "",
		"id": "license-us-2026-12-r1", "release": "license-us-2026-12-r1", "in_force": "license-us-2026-12-r1", "predecessor": "license-us-2026-11-r1",
		"against": "license-us-2026-11-r1", "against_release": "license-us-2026-11-r1", "list": "license", "month": "2026-12", "state": "draft", "created_by": "alice", "submitted_by": "alice", "who": "alice",
		"approved_by": "bob", "family": "Office 365", "segment": "Commercial", "service_name": "Virtual Machines", "region": "westeurope", "unit_of_measure": "1 Hour",
		"scope": "sample-usd", "crawl": "sample-usd-20261122T090000Z", "source": "sample", "stream": "RATES_USD", "subject": "pw.rate.usd.>", "version": "1.0",
		"next": "WyJVUyIsIiJd", "cursor": "WyJVUyIsIiJd", "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "ETag": `"7"`,
		"Content-Disposition": "attachment; filename=prices-us-2026-12-01.csv", "key": "CFQ7TTC0LH18/0001", "filename": "december.csv",
	}
	if text, ok := known[name]; ok {
		return text
	}
	return strings.ReplaceAll(name, "_", " ")
}

// sentExample is what an upload may be.
func sentExample(id string) string {
	switch id {
	case "observe":
		return `[{"currencyCode":"USD","tierMinimumUnits":0,"retailPrice":0.0000166667,"unitPrice":0.0000166667,"armRegionName":"westeurope","effectiveStartDate":"2026-01-01T00:00:00Z",` +
			`"meterId":"00000000-0000-0000-0000-000000000000","meterName":"Standard Duration","productName":"Container Instances","skuId":"DZH318Z0BPVW/00QZ","skuName":"Standard",` +
			`"serviceName":"Container Instances","serviceFamily":"Containers","unitOfMeasure":"1 Second","type":"Consumption","isPrimaryMeterRegion":true}]`
	case "withdraw-release":
		return "ProductId,SkuId\nCFQ7TTC0LH18,0001\n"
	}
	return "ProductTitle,ProductId,SkuId,SkuTitle,Publisher,SkuDescription,UnitOfMeasure,TermDuration,BillingPlan,Market,Currency,UnitPrice,PricingTierRangeMin,PricingTierRangeMax," +
		"EffectiveStartDate,EffectiveEndDate,Tags,ERP Price,Segment\n" +
		"Office,CFQ7TTC0LH18,0001,Office Basic,Contoso,,,P1M,Monthly,US,USD,6.60,,,2026-12-01T00:00:00Z,9999-12-31T23:59:59Z,License,8.25,Commercial\n"
}

// eventExample is an event as it is sent.
const eventExample = "retry: 2000\nid: PRICES@20261105T080000.000000000Z:41\n: follow\n\nid: PRICES@20261105T080000.000000000Z:42\n" +
	`data: {"specversion":"1.0","type":"pricewire.release.effective.v1","id":"license-us-2026-12-r1.effective","source":"/pricewire","subject":"license-us-2026-12-r1",` +
	`"time":"2026-12-01T00:00:00Z","data":{},"stream":"PRICES","sequence":"42"}` + "\n\n"

// plain is a value as JSON has it, so that it is written in the same way wherever it stands.
func plain(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var made any
	if json.Unmarshal(raw, &made) != nil {
		return nil
	}
	return made
}
