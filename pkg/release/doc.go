// Package release holds the life of a release: draft, in review, approved, published, effective, and who may move it from one to the
// next.
//
// Transitions are pure: they take a record, an actor and an instant and return the next record or say why not. Records are kept by a
// Store with compare-and-set, so that of two who move one release at once only one wins.
package release
