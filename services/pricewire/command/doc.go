// Package command is what every program of the product does alike with its command line: values of flags, where they come from when they
// are not given, how errors are told, and exit codes.
package command
