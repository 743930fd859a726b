package document

import (
	"slices"
	"strings"
)

// Region is one of the six parts of the world that have agreements of their own, by its short id.
type Region string

// The regions.
const (
	Americas    Region = "americas"
	AsiaPacific Region = "asia-pacific"
	EMEA        Region = "emea"
	Japan       Region = "japan"
	Korea       Region = "korea"
	Taiwan      Region = "taiwan"
)

// The countries of each region follow Microsoft's list of the regional markets of the CSP programme (partner-center,
// regional-authorization-overview, 2020), each of its sales regions taken whole: Africa with New Caledonia and French Polynesia, and the
// Middle East with Afghanistan, Pakistan and Mongolia, to EMEA; Latin America with Antarctica to the Americas; Australia with Guam and the
// French Southern Territories to Asia. Countries that it does not sell to are where they lie: CN and KP in Asia, CU in the Americas, EH,
// IR, SD and SY in EMEA. A document for another part of the world names its countries.
const (
	americas = "AG AI AQ AR AW BB BL BM BO BQ BR BS BZ CA CL CO CR CU CW DM DO EC FK GD GF GL GP GS GT GY HN HT JM KN KY LC MF MQ MS MX NI " +
		"PA PE PM PR PY SR SV SX TC TT UM US UY VC VE VG VI "
	asiaPacific = "AS AU BD BN BT CC CK CN CX FJ FM GU HK HM ID IN KH KI KP LA LK MH MM MO MP MV MY NF NP NR NU NZ PG PH PN PW SB SG TF TH TK TL " +
		"TO TV VN VU WF WS "
	emea = "AD AE AF AL AM AO AT AX AZ BA BE BF BG BH BI BJ BV BW BY CD CF CG CH CI CM CV CY CZ DE DJ DK DZ EE EG EH ER ES ET FI FO FR GA GB GE GG " +
		"GH GI GM GN GQ GR GW HR HU IE IL IM IO IQ IR IS IT JE JO KE KG KM KW KZ LB LI LR LS LT LU LV LY MA MC MD ME MG MK ML MN MR MT MU MW MZ " +
		"NA NC NE NG NL NO OM PF PK PL PS PT QA RE RO RS RU RW SA SC SD SE SH SI SJ SK SL SM SN SO SS ST SY SZ TD TG TJ TM TN TR TZ UA UG UZ VA " +
		"XK YE YT ZA ZM ZW "
	japan  = "JP "
	korea  = "KR "
	taiwan = "TW "
)

// Regions returns the regions in the order in which people name them.
func Regions() []Region { return []Region{Americas, AsiaPacific, EMEA, Japan, Korea, Taiwan} }

// RegionOf returns the region that a country belongs to, by its upper-case code; false when the country is not known.
func RegionOf(market string) (Region, bool) {
	for _, r := range Regions() {
		if len(market) == 2 && market[0] != ' ' && market[1] != ' ' && strings.Contains(r.codes(), market+" ") {
			return r, true
		}
	}
	return "", false
}

// ParseRegion reads a region by its id or its name, whatever the case and the commas; false when s is none.
func ParseRegion(s string) (Region, bool) {
	folded := letters(s)
	i := slices.IndexFunc(Regions(), func(r Region) bool { return folded == letters(string(r)) || folded == letters(r.Name()) })
	switch {
	case i >= 0:
		return Regions()[i], true
	case folded == "apac":
		return AsiaPacific, true
	}
	return "", false
}

// letters is what spellings of a region have in common.
func letters(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 'a' || c > 'z' {
			return -1
		}
		return c
	}, strings.ReplaceAll(strings.ToLower(s), "&", "and"))
}

// Name returns the region's name for people.
func (r Region) Name() string {
	switch r {
	case Americas:
		return "North, Central and South America and the Caribbean"
	case AsiaPacific:
		return "Asia, Australia and Pacific"
	case EMEA:
		return "Europe, Middle East and Africa"
	case Japan:
		return "Japan"
	case Korea:
		return "Korea"
	case Taiwan:
		return "Taiwan"
	}
	return string(r)
}

// Markets returns the upper-case codes of the region's countries, in order.
func (r Region) Markets() []string { return strings.Fields(r.codes()) }

func (r Region) codes() string {
	switch r {
	case Americas:
		return americas
	case AsiaPacific:
		return asiaPacific
	case EMEA:
		return emea
	case Japan:
		return japan
	case Korea:
		return korea
	case Taiwan:
		return taiwan
	}
	return ""
}
