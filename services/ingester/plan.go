package ingester

import (
	"maps"
	"slices"
	"strings"

	"github.com/pricewire/pricewire/pkg/rate"
	"github.com/pricewire/pricewire/services/ingester/azure"
)

// shardPlan says what to ask for as one shard: rows of a service family, or of none of some families, and of a region, or of none of some
// regions. Microsoft documents eq and ne for filters of the Retail Prices API; values are case-sensitive.
type shardPlan struct {
	Name          string   // empty for a catalogue that is read as a whole
	Family        *string  `json:",omitempty"` // nil: any
	Region        *string  `json:",omitempty"` // nil: any
	OtherFamilies []string `json:",omitempty"` // not these
	OtherRegions  []string `json:",omitempty"` // not these
}

// whole is the plan of a catalogue that is read in one piece.
func whole() []shardPlan { return []shardPlan{{}} }

func (p *shardPlan) filter() string {
	var all []string
	if p.Family != nil {
		all = append(all, azure.FilterEqual("serviceFamily", *p.Family))
	}
	if p.Region != nil {
		all = append(all, azure.FilterEqual("armRegionName", *p.Region))
	}
	for _, f := range p.OtherFamilies {
		all = append(all, azure.FilterNotEqual("serviceFamily", f))
	}
	for _, r := range p.OtherRegions {
		all = append(all, azure.FilterNotEqual("armRegionName", r))
	}
	return azure.And(all...)
}

func (p *shardPlan) covers() rate.Covers {
	if p.Name == "" {
		return rate.Everything
	}
	return func(family, region string) bool {
		return (p.Family == nil || *p.Family == family) && (p.Region == nil || *p.Region == region) &&
			!slices.Contains(p.OtherFamilies, family) && !slices.Contains(p.OtherRegions, region)
	}
}

const (
	// restName is the name of the shard that has what is left of a catalogue or a family.
	restName = "rest"
	// regionFloor is how many identities a region has at least that is a shard of its own.
	regionFloor = 500
)

// plan divides a catalogue into shards by what is known of it: a service family each, and what holds more than most identities region by
// region; what is in none of them is the rest, of a family and of all. A catalogue of at most most identities is read as a whole, unless
// families are known beforehand.
func plan(groups []rate.Group, families []string, most int) []shardPlan {
	total := 0
	sizes := make(map[string]int)
	for _, f := range families {
		sizes[f] = 0
	}
	for _, g := range groups {
		total += g.Identities
		sizes[g.Family] += g.Identities
	}
	if most < 0 || (total <= most && len(families) == 0) {
		return whole()
	}
	var shards []shardPlan
	known := slices.Sorted(maps.Keys(sizes))
	for _, family := range known {
		switch {
		case family == "": // belongs to the rest
		case sizes[family] > most:
			shards = append(shards, byRegion(family, groups)...)
		default:
			shards = append(shards, shardPlan{Name: shardName(family), Family: &family})
		}
	}
	known = slices.DeleteFunc(known, func(f string) bool { return f == "" })
	return append(shards, shardPlan{Name: restName, OtherFamilies: known})
}

// byRegion divides a service family into its larger regions and the rest.
func byRegion(family string, groups []rate.Group) []shardPlan {
	var shards []shardPlan
	var regions []string
	for _, g := range groups {
		if g.Family == family && g.Region != "" && g.Identities >= regionFloor {
			shards = append(shards, shardPlan{Name: shardName(family, g.Region), Family: &family, Region: &g.Region})
			regions = append(regions, g.Region)
		}
	}
	return append(shards, shardPlan{Name: shardName(family, restName), Family: &family, OtherRegions: regions})
}

// shardName makes one name of a family and perhaps a region: "internet-of-things/westeurope".
func shardName(parts ...string) string {
	return strings.ReplaceAll(strings.ToLower(strings.Join(parts, "/")), " ", "-")
}
