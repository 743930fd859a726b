// Package feeder tells every stream of the product again without the partner's cost, for subscribers of NATS who have no right to it.
//
// It decides nothing of what is left: package event does. It keeps nothing of its own either: what was told last says where to go on.
package feeder
