// Package clock tells the time to everything that acts: the real time, or a simulated one for trials.
//
// The domain never reads a clock; it is told the instant. Network time-outs stay on real time, whatever this clock says.
package clock
