// Package part makes the parts of the product from their configurations and the stores they stand on: scheduler, ingester, materializer and
// API, with what they show as metrics and alarms. It decides nothing else; whether the parts share a process is up to those who use it.
package part
