// Package releasetest holds the promises of release.Store and release.Content as tests that every adapter runs, and wrappers that fail on
// purpose for the tests of whoever uses them.
package releasetest
