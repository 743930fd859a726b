package meter

import (
	"strings"

	"github.com/pricewire/pricewire/pkg/money"
)

// Unit is a unit of measure taken apart: a price holds for Block of Name. The zero value stands for a text that was not understood.
type Unit struct {
	Block money.Decimal // more than 0: 10000 for "10K"
	Name  string        // as the FinOps toolkit's pricing units call it: Hours, GB, GB/Month, Units/Day
}

// Known reports whether the text was understood.
func (u Unit) Known() bool { return u.Name != "" }

// Units is the name of what is counted but not named, as the FinOps toolkit calls it.
const Units = "Units"

// ParseUnit reads a unit of measure as price lists write it:
//
//	unit  = [count] [what] [every]     "1 GB/Month", "10K", "100 Hours", "1/Day", "Days"; at least a count or a what
//	count = number [K|M|B|T]           thousands, millions, billions, trillions; 1 when it is left out
//	what  = [how often] [kind] noun    "Daily Units", "Hosted Zones"; Units when it is left out
//	every = "/" [number] time          "/Month", "/10 Days"
//
// Nouns are those of the FinOps toolkit's pricing units, which gives one plural name to each way of writing; the kind of a thing that is
// counted is dropped as it does there (Core Hours are Hours, Hosted Zones are Zones), what makes another unit is kept (GB Hours).
// Anything else gives the zero Unit.
func ParseUnit(text string) Unit {
	text = strings.Join(strings.Fields(text), " ") // price lists write no-break spaces too
	block, rest, ok := count(text)
	if !ok {
		return Unit{}
	}
	what, every, divided := strings.Cut(rest, "/")
	what = strings.TrimSpace(what)
	if rest == text && what == "" {
		return Unit{} // neither a count nor a noun
	}
	name := Units
	if what != "" {
		name = noun(what)
	}
	if divided {
		name = per(name, strings.TrimSpace(every))
	}
	if name == "" {
		return Unit{}
	}
	return Unit{Block: block, Name: name}
}

// count takes a number and its multiple off the front of a text; 1 when there is none. A multiple follows its number at once and is
// followed by a space, a slash or nothing: 1M is a million, 1 MB is not.
func count(text string) (block money.Decimal, rest string, ok bool) {
	n := 0
	for n < len(text) && (text[n] >= '0' && text[n] <= '9' || text[n] == '.') {
		n++
	}
	if n == 0 {
		return money.Int(1), text, true
	}
	number, rest := text[:n], text[n:]
	zeros := ""
	if rest != "" {
		switch rest[0] {
		case 'K':
			zeros = "e3"
		case 'M':
			zeros = "e6"
		case 'B':
			zeros = "e9"
		case 'T':
			zeros = "e12"
		}
	}
	if zeros != "" {
		rest = rest[1:]
	}
	if rest != "" && rest[0] != ' ' && rest[0] != '/' {
		return block, "", false
	}
	block, err := money.Parse(number + zeros)
	return block, strings.TrimSpace(rest), err == nil && !block.IsZero()
}

// per adds the time a unit is counted in. It is singular unless it has a number: Units/Day, Units/10 Days.
func per(name, every string) string {
	if name == "" {
		return ""
	}
	number, word, several := strings.Cut(every, " ")
	if !several {
		number, word = "", every
	}
	singular, ok := duration(word)
	switch {
	case !ok:
		return ""
	case number == "" || number == "1":
		return name + "/" + singular
	}
	n, rest, ok := count(number)
	if !ok || rest != "" {
		return ""
	}
	return name + "/" + n.String() + " " + singular + "s"
}
