// Package up runs the whole of Pricewire in one process: embedded servers or existing ones, every service, and the page.
//
// It only composes: each part lives in its own room.
package up
