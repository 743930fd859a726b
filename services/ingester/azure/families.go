package azure

// Families returns the service families by which a catalogue that nobody has crawled yet can be asked for in parts. There are others: a
// crawl that finds one asks for it too. Sources: Retail Prices API, supported serviceFamily values; the last two are not among them, but
// are found in the rows of 2025 and 2026.
func Families() []string {
	return []string{
		"Analytics", "Azure Arc", "Azure Communication Services", "Azure Security", "Azure Stack", "Compute", "Containers", "Data", "Databases",
		"Developer Tools", "Dynamics", "Gaming", "Integration", "Internet of Things", "Management and Governance", "Microsoft Syntex",
		"Mixed Reality", "Networking", "Other", "Power Platform", "Quantum Computing", "Security", "Storage", "Telecommunications", "Web",
		"Windows Virtual Desktop",
		"AI + Machine Learning", "Blockchain",
	}
}
