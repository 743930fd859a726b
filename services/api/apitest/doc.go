// Package apitest drives every operation of a description with requests that are made from it, good ones and wrong ones, and holds each answer against what
// the description declares: its status, its media type, its schema.
//
// Requests follow from a seed alone. What a server holds is up to whoever drives it; Names lets requests speak of what is there.
package apitest
