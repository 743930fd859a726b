package client

import (
	"github.com/pricewire/pricewire/pkg/money"
)

// Set is releases that are prepared together.
type Set struct {
	Name     string    `json:"name"`
	Releases []Release `json:"releases"` // in order of their ids
}

// SetReview is what a set changes.
type SetReview struct {
	Name     string      `json:"name"`
	Releases []SetMember `json:"releases"`
	Odd      []Odd       `json:"odd"` // lines that go another way than the same lines in most other markets and currencies
}

// SetMember is what one release of a set changes.
type SetMember struct {
	Release string     `json:"release"`
	Against string     `json:"against"` // the release it is compared with; empty when there is none
	Summary DiffCounts `json:"summary"`
	Renamed int        `json:"renamed"`
	Totals  []Total    `json:"totals"`
}

// Odd is a line that moves otherwise than its like in other markets and currencies.
type Odd struct {
	Release      string         `json:"release"`
	Identity     LineIdentity   `json:"identity"`
	Change       string         `json:"change"`
	Percent      *money.Decimal `json:"percent"` // how far its ERP price goes; nil when it does not move
	Usual        string         `json:"usual"`   // what most others do
	UsualPercent *money.Decimal `json:"usual_percent"`
	Others       int            `json:"others"` // how many others do that
	Of           int            `json:"of"`     // of how many in all, this one included
}

// SetLint is what is to be said of the sheets of an archive.
type SetLint struct {
	Files    []SetFile `json:"files"`
	Errors   int       `json:"errors"`
	Warnings int       `json:"warnings"`
	Notes    int       `json:"notes"`
}

// SetFile is what is to be said of one of them.
type SetFile struct {
	File        string     `json:"file"`
	Market      string     `json:"market"` // empty when nothing says it
	Lines       int        `json:"lines"`
	Errors      int        `json:"errors"`
	Warnings    int        `json:"warnings"`
	Notes       int        `json:"notes"`
	Predecessor string     `json:"predecessor"` // the release it was compared with; empty when there is none
	Diff        DiffCounts `json:"diff"`
	Problems    []Problem  `json:"problems"`
}
