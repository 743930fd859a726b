// Package streamtest holds the tests that every adapter of package stream must pass, and doubles that misbehave on purpose.
//
// It is for tests only.
package streamtest
