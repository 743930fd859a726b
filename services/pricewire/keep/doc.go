// Package keep carries api.Keeper from the process that writes the tables to the one that answers people, over HTTP, and with it what the
// writer wants a person to look at. Handler is the one end, Client the other; who is let in, and how errors arrive, is peer's.
package keep
