package azure

// Limits bound what is accepted from a source. The zero value of a field means its default.
type Limits struct {
	BodyBytes   int64 // of one page or file, after decompression; 32 MiB
	RowBytes    int   // of one row; 256 KiB. A larger one is an error, because nothing tells where it would end
	RowsPerPage int   // 100,000
	Pages       int   // of one traversal; 5,000
}

// Defaults of Limits. The API sends 1,000 rows, about 0.7 MiB, a page, and about 1,000 pages a currency.
const (
	defaultBodyBytes   = 32 << 20
	defaultRowBytes    = 256 << 10
	defaultRowsPerPage = 100_000
	defaultPages       = 5_000
)

// rawKept is how much of a quarantined row is kept: some hundred times the size of a real one.
const rawKept = 64 << 10

func (l Limits) withDefaults() Limits {
	if l.BodyBytes <= 0 {
		l.BodyBytes = defaultBodyBytes
	}
	if l.RowBytes <= 0 {
		l.RowBytes = defaultRowBytes
	}
	if l.RowsPerPage <= 0 {
		l.RowsPerPage = defaultRowsPerPage
	}
	if l.Pages <= 0 {
		l.Pages = defaultPages
	}
	return l
}
