package client

import (
	"time"
)

// Status is what runs, how far it is, and what comes next.
type Status struct {
	Version     string    `json:"version"`
	Now         time.Time `json:"now"` // the server's clock, which may be simulated
	Simulated   bool      `json:"simulated"`
	Source      string    `json:"source"` // where usage rates come from
	Ready       bool      `json:"ready"`
	Streams     []Stream  `json:"streams"`
	Releases    []Release `json:"releases"`    // what is on its way or newest, in order of effective date
	Crawls      []Crawl   `json:"crawls"`      // the newest crawls
	Running     []Running `json:"running"`     // crawls that run now
	Scopes      []Scope   `json:"scopes"`      // how the crawls of each scope went since the process started
	Quarantined []Reason  `json:"quarantined"` // rows that crawls brought since the process started and that are not believed, by reason
	Alarms      []string  `json:"alarms"`      // what a person should look at
}

// Reason counts quarantined rows.
type Reason struct {
	Reason string `json:"reason"`
	Rows   int    `json:"rows"`
}

// Scope is how the crawls of a scope went.
type Scope struct {
	Scope         string         `json:"scope"`
	Currency      string         `json:"currency"`
	Last          string         `json:"last"`             // the last crawl that ended, taken or refused; empty: none did
	Taken         *time.Time     `json:"taken"`            // observation time of the last crawl that was taken; nil: none was since the process started
	RefusedInARow int            `json:"refused_in_a_row"` // crawls that were refused since the last that was taken
	Refused       string         `json:"refused"`          // why the last crawl was refused; empty when it was taken
	RefusedShards []RefusedShard `json:"refused_shards"`   // the shards of the last crawl from which nothing was taken
	FailingInARow int            `json:"failing_in_a_row"` // crawls that failed since the last that ended: the source gave nothing at all, or the stream could not be reached
	Failed        string         `json:"failed"`           // why the last crawl failed; empty when it did not
}

// RefusedShard is a shard from which nothing was taken.
type RefusedShard struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Stream is how far a stream is written to the tables.
type Stream struct {
	Name     string `json:"name"`
	Messages uint64 `json:"messages"`
	Last     uint64 `json:"last"`    // sequence of the newest message
	Written  uint64 `json:"written"` // up to which it can be queried
	Lag      uint64 `json:"lag"`     // messages not yet queryable
}

// Month is a month of a list and market in the calendar.
type Month struct {
	List        string    `json:"list"`
	Market      string    `json:"market"`
	Month       string    `json:"month"`
	Stage       string    `json:"stage"`   // out: published; due: approved; held and in_review: waits for an approver; draft: waits for its author; missing: nothing is there; awaited: nothing is there, and there is time
	Missing     bool      `json:"missing"` // nothing is approved although it is to be published within seven days
	Release     string    `json:"release"` // the release that the stage is about; empty when there is none
	Revision    int       `json:"revision"`
	EffectiveAt time.Time `json:"effective_at"`
	PublishAt   time.Time `json:"publish_at"` // latest instant of publication; when it was published where it is out
	DaysLeft    int       `json:"days_left"`  // whole days until it is to be published; below 0 when that has passed; 0 when it is out
}
