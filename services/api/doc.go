// Package api is the HTTP door of Pricewire: questions about prices, the work on releases, crawls, and the event streams.
//
// It decides nothing: rules live in the nouns, answers in pkg/history. It maps them to HTTP, and faults to RFC 9457 problems, in one
// place each.
package api
