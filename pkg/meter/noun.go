package meter

import "strings"

// noun returns the plural name of what a unit counts, empty when it is not known: "Daily Unit" is Units/Day, "API Calls" are Requests.
func noun(text string) string {
	words := strings.Fields(strings.ToLower(text))
	if name := phrase(strings.Join(words, " ")); name != "" {
		return name
	}
	every := ""
	if often, ok := frequency(words[0]); ok && len(words) > 1 {
		every, words = "/"+often, words[1:]
	}
	name := head(words)
	if name == "" {
		return ""
	}
	return name + every
}

// head names what the last words say: a thing, of a kind that is dropped, or a size over a time.
func head(words []string) string {
	last := words[len(words)-1]
	if len(words) == 1 {
		return thing(last)
	}
	first := strings.Join(words[:len(words)-1], " ")
	if time, ok := duration(last); ok {
		if size := measure(first); size != "" {
			return size + " " + time + "s"
		}
	}
	if kind(first) {
		return thing(last)
	}
	return ""
}

// thing names one word: a time, a size or something that is counted.
func thing(word string) string {
	if time, ok := duration(word); ok {
		return time + "s"
	}
	if size := size(word); size != "" {
		return size
	}
	return countable(word)
}

// duration names a time in the singular; price sheets of other languages are not translated throughout.
func duration(word string) (string, bool) {
	word = strings.ToLower(word)
	if word == "mes" {
		return "Month", true
	}
	switch strings.TrimSuffix(word, "s") {
	case "second":
		return "Second", true
	case "minute":
		return "Minute", true
	case "hour", "hr", "hora", "小时":
		return "Hour", true
	case "day":
		return "Day", true
	case "month", "月":
		return "Month", true
	case "year":
		return "Year", true
	}
	return "", false
}

// frequency names the time of an adverb.
func frequency(word string) (string, bool) {
	switch word {
	case "hourly":
		return "Hour", true
	case "daily":
		return "Day", true
	case "monthly":
		return "Month", true
	case "annual":
		return "Year", true
	}
	return "", false
}

// size names an amount of data or a rate; how it is written differs, what it means does not: the toolkit takes Gb for GB.
func size(word string) string {
	switch word {
	case "kb", "mb", "gb", "tb", "pb":
		return strings.ToUpper(word)
	case "kib", "mib", "gib", "tib", "pib":
		return strings.ToUpper(word[:1]) + "iB"
	case "iops":
		return "IOPS"
	case "mbps":
		return "Mbps"
	}
	return ""
}

// measure names what is multiplied by a time: GB Hours, DBU Hours.
func measure(words string) string {
	switch words {
	case "db", "dbu":
		return strings.ToUpper(words)
	case "unit":
		return "Unit"
	}
	return size(words)
}

// kind reports whether words say only of which kind a thing is.
func kind(words string) bool {
	switch words {
	case "activity", "border", "content", "core", "database", "hosted", "instance", "key", "messaging", "named", "operation", "relay",
		"reserved", "service", "virtual user":
		return true
	}
	return false
}

// countable names what is counted one by one, in the plural.
func countable(word string) string {
	one := strings.TrimSuffix(word, "s")
	if stem, ok := strings.CutSuffix(one, "ie"); ok {
		one = stem + "y"
	}
	switch one {
	case "activity", "policy", "query":
		return capital(strings.TrimSuffix(one, "y")) + "ies"
	case "api":
		return "APIs"
	case "vm":
		return "Virtual Machines"
	case "mau": // monthly active users
		return "Users/Month"
	case "count":
		return "Count"
	case "push", "pushe":
		return "Pushes"
	case "action", "agent", "app", "authentication", "certificate", "check", "connection", "device", "domain", "endpoint", "event",
		"execution", "face", "key", "license", "map", "message", "node", "operation", "pack", "pipeline", "plan", "prediction",
		"render", "request", "resource", "rotation", "router", "run", "site", "subscription", "transaction", "unit", "user", "website", "zone":
		return capital(one) + "s"
	}
	return ""
}

// phrase names what is said in several words, or in one that means something else.
func phrase(text string) string {
	switch strings.TrimSuffix(text, "s") {
	case "api call", "per request", "per privacy subject rights request", "print job":
		return "Requests"
	case "per call":
		return "Calls"
	case "callingminute":
		return "Minutes"
	case "minute(s)":
		return "Minutes"
	case "text":
		return "Messages"
	case "cubic meter":
		return "Cubic Meters"
	case "data point":
		return "Data Points"
	case "virtual machine":
		return "Virtual Machines"
	case "key use":
		return "Keys"
	case "database units (du)":
		return Units
	case "concurrent dvc":
		return "Configurations"
	}
	return ""
}

func capital(word string) string { return strings.ToUpper(word[:1]) + word[1:] }
