package event

import (
	"time"

	"github.com/pricewire/pricewire/pkg/item"
)

// ItemValues are what a line of a list without prices says: on the wire an object of texts by their names, in the line's own order. Nil is
// null: there is no line. It writes and reads itself, because a map would lose the order, in which lines are compared.
type ItemValues []item.Value

// ItemPeriod is a range of valid time and what is answered in it; Values is null where there is no line.
type ItemPeriod struct {
	From    time.Time  `json:"from"`
	To      *time.Time `json:"to"`
	Release string     `json:"release"` // whose line it is
	Values  ItemValues `json:"values"`
}

// ItemChanged is the payload of TypeItemChanged: what becomes known of one line of a list without prices, by a release or by a withdrawal
// of it. A release of the past may have several events of one line, as PriceChanged does.
type ItemChanged struct {
	List       string       `json:"list"`
	Market     string       `json:"market"`
	Key        string       `json:"key"` // what tells the line from others of its list and market
	Release    string       `json:"release"`
	Withdrawal int          `json:"withdrawal,omitempty"` // the n-th of the release, from 1; 0: it is the release that changes the line
	Change     string       `json:"change"`
	N          int          `json:"n"`  // its place in the batch, from 1
	Of         int          `json:"of"` // of how many such events
	Before     ItemValues   `json:"before"`
	After      ItemValues   `json:"after"`
	Periods    []ItemPeriod `json:"periods"`
	Timeline   []ItemPeriod `json:"timeline"` // everything known of the line from now on
	KnownAt    time.Time    `json:"known_at"`
}
