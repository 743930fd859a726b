package output

import "io"

// Tone is what a text is to the eye.
type Tone string

// The tones, as terminals are told them.
const (
	Strong  Tone = "\x1b[1m"
	Faint   Tone = "\x1b[2m"
	Bad     Tone = "\x1b[31m"
	Good    Tone = "\x1b[32m"
	Warning Tone = "\x1b[33m"
)

const plainAgain = "\x1b[0m"

// Toned is a text in a tone where w is a page with colours, and the text as it is elsewhere.
func Toned(w io.Writer, tone Tone, text string) string {
	if !pageOf(w).Color || tone == "" || text == "" {
		return text
	}
	return string(tone) + text + plainAgain
}

func (p *Page) bold(line string) string { return Toned(p, Strong, line) }

// Colors reports whether colours are wanted where a text is written to: on a terminal that knows them, unless the environment says otherwise.
// NO_COLOR wins over CLICOLOR_FORCE, and that over TERM and CLICOLOR.
func Colors(terminal bool, environment func(name string) (string, bool)) bool {
	said := func(name string) string {
		value, _ := environment(name)
		return value
	}
	switch {
	case said("NO_COLOR") != "":
		return false
	case said("CLICOLOR_FORCE") != "" && said("CLICOLOR_FORCE") != "0":
		return true
	case said("TERM") == "dumb", said("CLICOLOR") == "0":
		return false
	}
	return terminal
}
