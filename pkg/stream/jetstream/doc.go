// Package jetstream keeps the promises of package stream with NATS JetStream, server 2.12 or later; it is tested with 2.15.
//
// It knows the header protocol of atomic batches and how JetStream consumers are lost and found again. It does not know what a message
// says, and it starts no server.
package jetstream
