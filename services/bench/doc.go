// Command bench measures the product beside plain baselines and prints one JSON line a figure.
//
// It composes real parts: an embedded NATS that syncs every write, the real engine, and the built program where a process is measured.
// It decides nothing about the product, and no other room may import it.
package main
