package ratecard

// Limits bound what is accepted. The zero value of a field means its default.
type Limits struct {
	Bytes      int64 // of the card, unpacked: 256 MiB
	ValueBytes int   // of one meter, offer term or other member: 1 MiB
	Meters     int   // 1,000,000
	OfferTerms int   // 1,000
}

// Defaults of Limits. A card had some 10,000 meters in 1.5 MB in 2017.
const (
	defaultBytes      = 256 << 20
	defaultValueBytes = 1 << 20
	defaultMeters     = 1_000_000
	defaultOfferTerms = 1_000
)

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = defaultBytes
	}
	if l.ValueBytes <= 0 {
		l.ValueBytes = defaultValueBytes
	}
	if l.Meters <= 0 {
		l.Meters = defaultMeters
	}
	if l.OfferTerms <= 0 {
		l.OfferTerms = defaultOfferTerms
	}
	return l
}
