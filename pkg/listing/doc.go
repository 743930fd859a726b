// Package listing holds what all monthly lists have in common, whatever their lines are: which edition is in force when, how a line may
// differ from the one before, what a list answers over time, and the problems that checking one finds.
//
// It is pure: it reads no clock and no file, and knows no kind of line.
package listing
