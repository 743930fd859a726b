// Package door lets subscribers of NATS read streams, and do nothing else.
//
// Whoever may make consumers in the account of the streams may have the server deliver to any subject in it, and so write to streams, or
// delete them. Permissions of NATS see subjects, not what a request says. So subscribers are in accounts of their own, where they use
// JetStream as always, and what they ask comes here: it is judged, and passed on in the form that is harmless. Answers and messages go from
// the server to the subscriber.
package door
