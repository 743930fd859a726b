package command

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Choice is a flag that takes one of some words, in capitals or not.
type Choice struct {
	target *string
	words  []string
}

// NewChoice makes a flag that sets a text to one of some words.
func NewChoice(target *string, words ...string) *Choice { return &Choice{target, words} }

// Set takes a word.
func (c *Choice) Set(s string) error {
	word := strings.ToLower(s)
	if !slices.Contains(c.words, word) {
		return fmt.Errorf("use %s%s", strings.Join(c.words, ", "), DidYouMean(word, c.words))
	}
	*c.target = word
	return nil
}

// Words returns the words that the flag takes.
func (c *Choice) Words() []string { return slices.Clone(c.words) }

// String returns the word that holds.
func (c *Choice) String() string {
	if c.target == nil { // as the flag library makes them to compare defaults
		return ""
	}
	return *c.target
}

// Type names what the flag takes.
func (*Choice) Type() string { return "string" }

// Between is a flag that takes a whole number of a range; what it is before one is given need not lie in it.
type Between struct {
	target      *int
	least, most int
}

// NewBetween makes a flag that sets a number of a range, its ends included.
func NewBetween(target *int, least, most int) *Between { return &Between{target, least, most} }

// Set takes a number.
func (b *Between) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < b.least || n > b.most {
		return fmt.Errorf("must be from %d to %d", b.least, b.most)
	}
	*b.target = n
	return nil
}

// String returns the number that holds.
func (b *Between) String() string {
	if b.target == nil {
		return "0"
	}
	return strconv.Itoa(*b.target)
}

// Type names what the flag takes.
func (*Between) Type() string { return "int" }

// OneOf is a flag that takes one of some numbers.
type OneOf struct {
	target  *int
	numbers []int
}

// NewOneOf makes a flag that sets one of some numbers.
func NewOneOf(target *int, numbers ...int) *OneOf { return &OneOf{target, numbers} }

// Set takes a number.
func (o *OneOf) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || !slices.Contains(o.numbers, n) {
		return fmt.Errorf("use one of %v", o.numbers)
	}
	*o.target = n
	return nil
}

// String returns the number that holds.
func (o *OneOf) String() string {
	if o.target == nil {
		return "0"
	}
	return strconv.Itoa(*o.target)
}

// Type names what the flag takes.
func (*OneOf) Type() string { return "int" }
