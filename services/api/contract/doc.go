// Package contract compares two descriptions of an HTTP API, as OpenAPI 3.1 has them, and says what of the older one the newer one breaks: what a client
// that was written for the older one relies on.
//
// What is taken may become more, and what is answered may become more exact or get more fields. It reads documents only, and asks no server.
package contract
