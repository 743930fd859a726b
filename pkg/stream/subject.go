package stream

import "strings"

// maxSubject bounds subjects in bytes; longer ones are a mistake and cost memory in every server that holds them.
const maxSubject = 1024

// Matches reports whether a subject is selected by a filter, in which * stands for one token and a final > for one or more.
func Matches(filter, subject string) bool {
	for filter != "" && subject != "" {
		f, filterRest, filterMore := strings.Cut(filter, ".")
		if f == ">" && !filterMore {
			return true
		}
		s, subjectRest, subjectMore := strings.Cut(subject, ".")
		if f != s && f != "*" {
			return false
		}
		if !filterMore || !subjectMore {
			return filterMore == subjectMore
		}
		filter, subject = filterRest, subjectRest
	}
	return filter == subject
}

// MatchesAny reports whether one of the filters selects the subject; no filters at all select everything.
func MatchesAny(filters []string, subject string) bool {
	for _, f := range filters {
		if Matches(f, subject) {
			return true
		}
	}
	return len(filters) == 0
}

// ValidSubject reports whether something can be published under a subject: tokens of printable ASCII, none of them empty or a wildcard,
// 1,024 bytes at most.
func ValidSubject(subject string) bool { return validTokens(subject, false) }

// ValidFilter is ValidSubject for filters, which may hold wildcards.
func ValidFilter(filter string) bool { return validTokens(filter, true) }

func validTokens(subject string, wildcards bool) bool {
	if len(subject) > maxSubject || !printable(subject) {
		return false
	}
	tokens := strings.Split(subject, ".")
	for i, t := range tokens {
		last := i == len(tokens)-1
		wild := wildcards && (t == "*" || (t == ">" && last))
		if t == "" || (strings.ContainsAny(t, "*>") && !wild) {
			return false
		}
	}
	return true
}

// HasWildcard reports whether a filter can match more than one subject.
func HasWildcard(filter string) bool { return strings.ContainsAny(filter, "*>") }

func printable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// overlap reports whether some subject matches both filters.
func overlap(f, g string) bool {
	for {
		a, aRest, aMore := strings.Cut(f, ".")
		b, bRest, bMore := strings.Cut(g, ".")
		if a == ">" || b == ">" {
			return true
		}
		if a != b && a != "*" && b != "*" {
			return false
		}
		if !aMore || !bMore {
			return aMore == bMore
		}
		f, g = aRest, bRest
	}
}
