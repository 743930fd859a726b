// Package trace says what caused something: a W3C Trace Context, which comes with a request, is passed on by context, and stands beside what is
// published. It records nothing and sends nothing; whoever has tracing finds his trace again by its id.
package trace
