// Command faults is a bench of faults: rounds in which real processes of the product and its servers are killed, frozen, cut off and fed with
// bad messages while crawls and releases go on, and after which a judge that knows nothing of the product's code compares the tables with
// a model computed from the streams.
package main
