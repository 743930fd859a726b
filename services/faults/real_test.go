//go:build real

package main

import "testing"

func TestRealRoundsOfFaultsLoseDoubleAndHalveNothing(t *testing.T) {
	playRounds(t, manyRounds, manyFrom)
}
