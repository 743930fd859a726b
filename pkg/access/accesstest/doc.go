// Package accesstest holds the promises of access.Store and access.Log as tests that every adapter runs.
package accesstest
