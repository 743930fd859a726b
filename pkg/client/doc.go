// Package client is the Go SDK of Pricewire: typed calls of the HTTP API, and Follow, which keeps a copy of the current state up to date from the
// streams of events.
//
// A Client asks over HTTP. Follow reads a Feed: Streams reads NATS JetStream, Client.Feed the same events over HTTP where there is no NATS.
//
// The package depends on the standard library, on the nouns of this module and on the library behind exact decimals, and on nothing else; a test
// keeps that. Who follows over NATS plugs in pkg/stream/jetstream, which brings nats.go. It must not read a clock to decide anything but how long
// to wait before it tries again.
package client
