package event

// Type names a kind of event and its version.
type Type string

// The event types.
const (
	TypeReleasePublished Type = "pricewire.release.published.v1"
	TypeReleaseEffective Type = "pricewire.release.effective.v1"
	TypeReleaseCorrected Type = "pricewire.release.corrected.v1"
	TypeReleaseWithdrawn Type = "pricewire.release.withdrawn.v1"
	TypeReleaseMissing   Type = "pricewire.release.missing.v1"
	TypePriceChanged     Type = "pricewire.price.changed.v1"
	TypeItemChanged      Type = "pricewire.item.changed.v1"
	TypeRateChanged      Type = "pricewire.rate.changed.v1"
	TypeRateQuarantined  Type = "pricewire.rate.quarantined.v1"
	TypeCrawlFinished    Type = "pricewire.crawl.finished.v1"
	TypeCrawlProgressed  Type = "pricewire.crawl.progressed.v1"
	TypeSourceStale      Type = "pricewire.source.stale.v1"
)

// Types returns all event types, in order of their names.
func Types() []Type {
	return []Type{
		TypeCrawlFinished, TypeCrawlProgressed, TypeItemChanged, TypePriceChanged, TypeRateChanged, TypeRateQuarantined, TypeReleaseCorrected,
		TypeReleaseEffective, TypeReleaseMissing, TypeReleasePublished, TypeReleaseWithdrawn, TypeSourceStale,
	}
}
