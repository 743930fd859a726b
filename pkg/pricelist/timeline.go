package pricelist

import (
	"time"

	"github.com/pricewire/pricewire/pkg/effective"
)

// List is a published list as the answers need it: when it takes effect, and its lines.
type List struct {
	Release     string // release id
	Revision    int
	EffectiveAt time.Time
	Lines       []Line
}

// Span is a period of valid time and the line that answers in it, or none.
type Span struct {
	effective.Period
	Line    *Line  // nil: no price
	Release string // release whose line it is
}
