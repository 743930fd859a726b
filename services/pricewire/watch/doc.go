// Package watch carries api.Watcher from the process that watches sources to the one that answers people, over HTTP. Handler is the one
// end, Client the other; who is let in, and how errors arrive, is peer's.
package watch
