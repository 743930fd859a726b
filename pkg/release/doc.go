// Package release holds the life of a release: draft, in review, approved, published, effective, and who may move it from one to the
// next.
//
// Transitions are pure: they take a record, an actor and an instant and return the next record or say why not. Due says what is to be
// done at an instant, also purely. Records are kept by a Store with compare-and-set, so that of two who move one release at once only
// one wins; what a list says is kept by a Content store. The Desk is what people's commands call: it reads, decides by the pure part
// and writes.
//
// The package reads no clock, knows nothing of events and publishes nothing: that is the scheduler's.
package release
