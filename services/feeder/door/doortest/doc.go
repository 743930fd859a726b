// Package doortest tries everything that a subscriber of NATS must not be able to do, on whatever server: the embedded one, and one that is
// told what deployments/nats says.
package doortest
