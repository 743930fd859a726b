// Package memory keeps the promises of package stream in memory: for tests, where it stands in for a server. Nothing survives it.
package memory
