package history

// Table names what rows of one kind are kept in.
type Table string

// The tables fed from streams.
const (
	TableRejects        Table = "rejects"         // messages that could not be understood
	TableQuarantine     Table = "quarantine"      // rows of crawls that were not believed
	TableRateChanges    Table = "rate_changes"    // one row a rate.changed event
	TableRates          Table = "rates"           // one row a period of a rate.changed event
	TableLicenseChanges Table = "license_changes" // one row a price.changed event
	TableLicensePrices  Table = "license_prices"  // one row a period of a price.changed event
	TableItemChanges    Table = "item_changes"    // one row an item.changed event
	TableItems          Table = "items"           // one row a period of an item.changed event
	TableCrawlParts     Table = "crawl_parts"     // one row a crawl.progressed event
	TableStale          Table = "stale"           // one row a source.stale event
	TableCrawls         Table = "crawls"          // one row a crawl.finished event
	TableEffective      Table = "effective"       // one row a release.effective event
	TableCorrections    Table = "corrections"     // one row a release.corrected event
	TableMissing        Table = "missing"         // one row a release.missing event
	TableWithdrawals    Table = "withdrawals"     // one row a release.withdrawn event: what makes the withdrawal visible
	TableReleases       Table = "releases"        // one row a release.published event: what makes the release visible
	TableProgress       Table = "progress"        // how far each stream has been taken in
)

// Tables lists them in the order in which they are written: what explains a row before the row, what makes rows visible after them, and
// progress last. A release is visible when all of its changes are there, so a change is written after its periods. A withdrawal comes
// before releases: of what is written at once, later releases tell what differs from what was known then, the withdrawal included, while
// a withdrawal that is seen before the release it takes back changes nothing.
func Tables() []Table {
	return []Table{
		TableRejects, TableQuarantine, TableRateChanges, TableRates, TableLicensePrices, TableLicenseChanges, TableItems, TableItemChanges,
		TableCrawlParts, TableStale, TableCrawls, TableEffective, TableCorrections, TableMissing, TableWithdrawals, TableReleases, TableProgress,
	}
}

// The whole range of valid time that can be asked about is [Always, Open). A period that begins at Always or earlier begins always, one
// that ends at Open or later is open. Stores keep valid times in whole milliseconds and times of knowledge in microseconds, rounded down.
const (
	alwaysSecond = -2_208_988_800 // 1900-01-01T00:00:00Z, the first instant of a DateTime64
	openSecond   = 9_214_646_400  // 2262-01-01T00:00:00Z, beyond it clients that count nanoseconds in 64 bits read another time
)
