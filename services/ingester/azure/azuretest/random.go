package azuretest

import "math/rand/v2"

// mix returns a number that follows from numbers and looks like none of them (SplitMix64, Steele, Lea and Flood 2014).
func mix(numbers ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, n := range numbers {
		h += n + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// mixText makes a number of a text (FNV-1a).
func mixText(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return h
}

func newRandom(numbers ...uint64) *rand.Rand {
	return rand.New(rand.NewPCG(mix(numbers...), mix(uint64(len(numbers)), numbers[0])))
}
