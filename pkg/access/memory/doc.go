// Package memory keeps tokens and the log of what was written in memory, for tests.
package memory
