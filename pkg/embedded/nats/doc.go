// Package nats runs a NATS server with JetStream inside this process, for people who want Pricewire on one machine and nothing else.
//
// What the server acknowledges is on disk. The package knows nothing of streams, subjects or clients: those belong to pkg/stream.
package nats
