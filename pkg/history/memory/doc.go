// Package memory keeps history in memory, for tests and as the plain statement of what every answer means: it folds what is known into a
// timeline and looks the instant up.
package memory
