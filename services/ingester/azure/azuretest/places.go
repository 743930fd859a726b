package azuretest

import "strings"

// family is a service family of the generated catalogue, and its services. Names and sizes are like those of the real one: Compute has
// two thirds of the rows.
type family struct {
	name     string
	share    uint64 // of the rows, in thousandths
	global   uint64 // of these, in hundredths: those without a region
	plans    bool   // has savings plans
	unit     string
	services []string
}

func families() []family {
	return []family{
		{"Compute", 640, 0, true, "1 Hour", []string{"Virtual Machines", "Virtual Machines", "Virtual Machines", "Virtual Machines", "Azure App Service", "Cloud Services", "Functions", "Virtual Machines Licenses"}},
		{"Storage", 95, 1, false, "1 GB/Month", []string{"Storage", "Storage", "Storage", "Azure NetApp Files", "Backup", "Data Box"}},
		{"Databases", 75, 0, true, "1 Hour", []string{"SQL Database", "SQL Managed Instance", "Azure Cosmos DB", "Azure Database for MySQL", "Azure Database for PostgreSQL", "Redis Cache"}},
		{"Networking", 45, 10, false, "1 GB", []string{"Bandwidth", "VPN Gateway", "Load Balancer", "Azure Firewall", "ExpressRoute", "Azure DNS"}},
		{"AI + Machine Learning", 35, 10, false, "1K", []string{"Foundry Models", "Foundry Tools", "Azure Machine Learning", "Azure Bot Service"}},
		{"Analytics", 32, 2, false, "1 Hour", []string{"Azure Synapse Analytics", "HDInsight", "Azure Databricks", "Azure Data Factory v2", "Power BI Embedded"}},
		{"Containers", 15, 0, true, "1 Hour", []string{"Azure Kubernetes Service", "Container Instances", "Azure Container Apps", "Container Registry"}},
		{"Integration", 11, 5, false, "1M", []string{"Service Bus", "Logic Apps", "API Management", "Event Grid"}},
		{"Management and Governance", 11, 5, false, "1 GB", []string{"Azure Monitor", "Automation", "Log Analytics", "Azure Site Recovery"}},
		{"Security", 10, 15, false, "1/Month", []string{"Microsoft Defender for Cloud", "Sentinel", "Key Vault", "Microsoft Entra ID"}},
		{"Web", 8, 20, false, "1/Month", []string{"Azure Cognitive Search", "Azure Maps", "SignalR", "Media Services"}},
		{"Internet of Things", 6, 5, false, "1/Day", []string{"IoT Hub", "Event Hubs", "Digital Twins", "IoT Central"}},
		{"Developer Tools", 4, 30, false, "1/Month", []string{"App Configuration", "Azure DevOps", "Visual Studio", "Azure Lab Services"}},
		{"Azure Communication Services", 3, 80, false, "1", []string{"SMS", "Voice", "Phone Numbers", "Email"}},
		{"Telecommunications", 3, 10, false, "1/Month", []string{"Azure Private 5G Core", "Azure Operator Nexus", "Voice Core"}},
		{"Azure Stack", 2, 0, false, "1 Hour", []string{"Azure Stack Edge", "Azure Stack HCI", "Azure Stack Hub"}},
		{"Other", 2, 30, false, "1", []string{"Azure Data Share", "Universal Print", "Azure Health Bot"}},
		{"Mixed Reality", 1, 0, false, "1", []string{"Remote Rendering", "Spatial Anchors"}},
		{"Gaming", 1, 60, false, "1M", []string{"PlayFab", "Azure PlayFab Multiplayer"}},
		{"Windows Virtual Desktop", 1, 40, false, "1/Month", []string{"Windows Virtual Desktop"}},
	}
}

// place is a region; the first has no name, for services that are everywhere.
type place struct{ region, location string }

// placeNames are regions and their locations, the larger first.
const placeNames = `
eastus=US East;westeurope=EU West;eastus2=US East 2;northeurope=EU North;westus2=US West 2;southcentralus=US South Central;
southeastasia=AP Southeast;centralus=US Central;westus=US West;westus3=US West 3;uksouth=UK South;australiaeast=AU East;
japaneast=JA East;canadacentral=CA Central;francecentral=FR Central;germanywestcentral=DE West Central;swedencentral=SE Central;
centralindia=IN Central;koreacentral=KR Central;northcentralus=US North Central;eastasia=AP East;brazilsouth=BR South;
switzerlandnorth=CH North;norwayeast=NO East;southafricanorth=ZA North;uaenorth=AE North;italynorth=IT North;
polandcentral=PL Central;spaincentral=ES Central;israelcentral=IL Central;qatarcentral=QA Central;mexicocentral=MX Central;
westcentralus=US West Central;ukwest=UK West;japanwest=JA West;koreasouth=KR South;southindia=IN South;westindia=IN West;
australiasoutheast=AU Southeast;australiacentral=AU Central;australiacentral2=AU Central 2;canadaeast=CA East;
francesouth=FR South;germanynorth=DE North;swedensouth=SE South;switzerlandwest=CH West;norwaywest=NO West;
southafricawest=ZA West;uaecentral=AE Central;brazilsoutheast=BR Southeast;jioindiawest=IN West Jio;
jioindiacentral=IN Central Jio;newzealandnorth=NZ North;indonesiacentral=ID Central;malaysiawest=MY West;austriaeast=AT East;
chilecentral=CL Central;belgiumcentral=BE Central;denmarkeast=DK East;usgovvirginia=US Gov Virginia;usgovarizona=US Gov AZ`

func places() []place {
	all := []place{{}}
	for pair := range strings.SplitSeq(strings.ReplaceAll(placeNames, "\n", ""), ";") {
		region, location, _ := strings.Cut(pair, "=")
		all = append(all, place{region, location})
	}
	return all
}

// cell is what a family has in a region.
type cell struct {
	family, place int
	items         []uint32
}

// cells shares n rows out to families and regions, unequally; many small families are in few regions.
func cells(seed uint64, n int) []cell {
	all, where := families(), places()
	weights := make([]uint64, 0, len(all)*len(where))
	var sum uint64
	for f := range all {
		for p := range where {
			weight := all[f].share * (100 - all[f].global) * 40 / uint64(p+4)
			switch {
			case p == 0:
				weight = all[f].share * all[f].global * 100
			case mix(seed, uint64(f), uint64(p), 2)%100 < min(60, 300/(all[f].share+3)+uint64(p)/4):
				weight = 0
			}
			weights = append(weights, weight)
			sum += weight
		}
	}
	cells := make([]cell, len(weights))
	var before, next uint32
	var done uint64
	for i, weight := range weights {
		done += weight
		before, next = next, uint32(uint64(n)*done/sum)
		cells[i] = cell{family: i / len(where), place: i % len(where), items: make([]uint32, 0, next-before)}
	}
	return cells
}
