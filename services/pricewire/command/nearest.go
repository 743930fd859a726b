package command

import "strings"

// Nearest returns the word that somebody most likely meant, empty when none is near: one letter, or at most one in three, is wrong, missing, too many, or
// changed places with its neighbour. Of several as near it is the first.
func Nearest(typed string, words []string) string {
	typed = folded(typed)
	best, least := "", max(1, len(typed)/3)+1
	for _, word := range words {
		if d := distance(typed, folded(word)); d < least && len(typed) > 1 {
			best, least = word, d
		}
	}
	if best != "" {
		return best
	}
	for _, word := range words { // or only its beginning
		if len(typed) > 1 && strings.HasPrefix(folded(word), typed) {
			return word
		}
	}
	return ""
}

func folded(word string) string {
	return strings.NewReplacer("_", "-", " ", "-").Replace(strings.ToLower(word))
}

// distance is the fewest letters to change, put in, leave out or swap with the next that make one word of the other.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	before, last, row := make([]int, len(to)+1), make([]int, len(to)+1), make([]int, len(to)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(from); i++ {
		row[0] = i
		for j := 1; j <= len(to); j++ {
			other := 1
			if from[i-1] == to[j-1] {
				other = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+other)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(to)]
}

// DidYouMean ends the text of an error with the word that was likely meant, nothing when none is near.
func DidYouMean(typed string, words []string) string {
	if near := Nearest(typed, words); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}
