// Package memory keeps releases in memory, for tests. What it stores ends with the process.
package memory
