// Package event is the only place that knows the wire: the CloudEvents envelope, the payload of every event type, the subjects they
// travel on, and their deterministic ids.
//
// Payloads are additive: a field may be added, never removed or given another meaning, within one version of a type. Money is a plain
// decimal string, times are RFC 3339 in UTC.
package event
