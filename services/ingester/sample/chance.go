package sample

// chance is a deterministic source of choices: the same path of numbers from the same seed always draws the same.
type chance uint64

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// of goes one step along a path.
func (c chance) of(n uint64) chance { return chance(mix(uint64(c) + 0x9e3779b97f4a7c15 + mix(n))) }

// named is of for a text.
func (c chance) named(s string) chance {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return c.of(h)
}

// below draws a number from 0 to n-1.
func (c chance) below(n int) int { return int(mix(uint64(c)) % uint64(n)) }

// between draws a number from lowest to highest.
func (c chance) between(lowest, highest int) int { return lowest + c.below(highest-lowest+1) }
