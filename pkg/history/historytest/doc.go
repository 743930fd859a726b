// Package historytest holds what every adapter of history must do, as tests: Run them against each.
package historytest
