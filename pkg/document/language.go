package document

import "strings"

// Tag returns a language tag in the case that BCP 47 recommends, "zh-Hant-TW"; false when s does not have the shape of one. Underscores
// count as hyphens. Whether the language exists is not judged.
func Tag(s string) (string, bool) {
	subtags := strings.Split(strings.ReplaceAll(strings.TrimSpace(s), "_", "-"), "-")
	extension := false
	for i, subtag := range subtags {
		if len(subtag) == 0 || len(subtag) > 8 || !isLettersAndDigits(subtag) {
			return "", false
		}
		subtag = strings.ToLower(subtag)
		switch {
		case i == 0 && (len(subtag) < 2 || len(subtag) > 3 || !isLetters(subtag)):
			return "", false
		case i == 0 || extension:
		case len(subtag) == 1: // what follows is of an extension
			extension = true
		case len(subtag) == 4 && isLetters(subtag): // a script
			subtag = strings.ToUpper(subtag[:1]) + subtag[1:]
		case len(subtag) == 2: // a country
			subtag = strings.ToUpper(subtag)
		}
		subtags[i] = subtag
	}
	if len(subtags[len(subtags)-1]) == 1 {
		return "", false // an extension of nothing
	}
	return strings.Join(subtags, "-"), true
}

func isLetters(s string) bool {
	return strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz") == ""
}

func isLettersAndDigits(s string) bool {
	return strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// How well a document's language answers the one asked for; less is better.
const (
	sameLanguage    = iota // the tag asked for
	widerLanguage          // what the tag asked for is a variety of: de for de-AT
	relatedLanguage        // another variety: de-CH for de-AT
	english                // what most people can read
	englishVariety
	otherLanguage
)

// closeness ranks a document's language for the one asked for, both in the spelling of Tag; asked may be empty.
func closeness(has, asked string) int {
	primary := func(tag string) string {
		first, _, _ := strings.Cut(tag, "-")
		return first
	}
	switch {
	case has == asked:
		return sameLanguage
	case asked != "" && strings.HasPrefix(asked, has+"-"):
		return widerLanguage
	case asked != "" && primary(has) == primary(asked):
		return relatedLanguage
	case has == "en":
		return english
	case primary(has) == "en":
		return englishVariety
	}
	return otherLanguage
}
