// Package serve runs one part of the product as a process of its own, on an existing NATS and ClickHouse: scheduler, ingester, materializer, feeder or
// API. Time is real.
package serve
