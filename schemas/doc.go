// Package schemas holds the contracts of the product as files that it carries with it: the JSON Schema of every event type, one example
// of each, and the AsyncAPI document of the streams they travel on.
//
// It has no dependencies and no code beside the access to its files; that the product keeps to them is tested where it writes and reads
// events.
package schemas
