package azuretest

import (
	"errors"
	"fmt"
	"strings"
)

// answer is what a filter says of a row, or of many rows of which not everything is known.
type answer byte

const (
	no answer = iota
	maybe
	yes
)

// lookup returns a field of a row; false when it is not known, or not the same for all rows in question.
type lookup func(name string) (value string, known bool)

// filter is an OData expression. fold takes capital and small letters for the same, as versions before 2023-01-01-preview do.
type filter interface {
	about(row lookup, fold bool) answer
}

type comparison struct {
	field, value string
	not, part    bool // ne; contains
}

func (c comparison) about(row lookup, fold bool) answer {
	value, known := row(c.field)
	if !known {
		return maybe
	}
	want := c.value
	if fold {
		value, want = strings.ToLower(value), strings.ToLower(want)
	}
	holds := value == want
	if c.part {
		holds = strings.Contains(value, want)
	}
	if holds != c.not {
		return yes
	}
	return no
}

type both struct{ left, right filter }

func (b both) about(row lookup, fold bool) answer {
	return min(b.left.about(row, fold), b.right.about(row, fold))
}

type either struct{ left, right filter }

func (e either) about(row lookup, fold bool) answer {
	return max(e.left.about(row, fold), e.right.about(row, fold))
}

// nothing is what the API makes of a currency in a filter, where it is no field: no error, and no rows.
type nothing struct{}

func (nothing) about(lookup, bool) answer { return no }

type everything struct{}

func (everything) about(lookup, bool) answer { return yes }

// fieldOf returns the name of the field that a filter means. Source: Retail Prices API, filters; priceType is the field type.
func fieldOf(name string) (field string, ok bool) {
	switch name {
	case "priceType":
		return "type", true
	case "armRegionName", "location", "meterId", "meterName", "productId", "skuId", "productName", "skuName", "serviceName", "serviceId",
		"serviceFamily", "armSkuName":
		return name, true
	}
	return "", false
}

// parser reads the part of OData's grammar that the API knows: eq, ne, contains, and, or, parentheses.
type parser struct {
	tokens []string
	pos    int
}

// parseFilter reads a filter; an empty one is true of every row.
func parseFilter(s string) (filter, error) {
	if strings.TrimSpace(s) == "" {
		return everything{}, nil
	}
	tokens, err := tokensOf(s)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	f, err := p.or()
	if err == nil && p.pos < len(p.tokens) {
		err = fmt.Errorf("%q is too much", p.tokens[p.pos])
	}
	return f, err
}

// tokensOf splits a filter; a string keeps its opening quote, so that it differs from a word.
func tokensOf(s string) ([]string, error) {
	var tokens []string
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		token, n := s[:1], 1
		switch s[0] {
		case '(', ')', ',':
		case '\'':
			text, length, err := quoted(s)
			if err != nil {
				return nil, err
			}
			token, n = "'"+text, length
		default:
			if n = strings.IndexAny(s, " (),'"); n < 0 {
				n = len(s)
			}
			token = s[:n]
		}
		tokens = append(tokens, token)
		s = s[n:]
	}
	return tokens, nil
}

// quoted reads the string that s begins with, in which two quotes are one, and returns how long it is as it is written.
func quoted(s string) (text string, length int, err error) {
	for end := 1; end < len(s); end++ {
		if s[end] != '\'' {
			continue
		}
		if end+1 == len(s) || s[end+1] != '\'' {
			return strings.ReplaceAll(s[1:end], "''", "'"), end + 1, nil
		}
		end++
	}
	return "", 0, errors.New("a string does not end")
}

func (p *parser) take(want string) bool {
	if p.pos < len(p.tokens) && p.tokens[p.pos] == want {
		p.pos++
		return true
	}
	return false
}

func (p *parser) word() string {
	if p.pos == len(p.tokens) {
		return ""
	}
	p.pos++
	return p.tokens[p.pos-1]
}

func (p *parser) or() (filter, error) {
	left, err := p.and()
	for err == nil && p.take("or") {
		var right filter
		right, err = p.and()
		left = either{left, right}
	}
	return left, err
}

func (p *parser) and() (filter, error) {
	left, err := p.primary()
	for err == nil && p.take("and") {
		var right filter
		right, err = p.primary()
		left = both{left, right}
	}
	return left, err
}

func (p *parser) primary() (filter, error) {
	if p.take("(") {
		f, err := p.or()
		if err == nil && !p.take(")") {
			err = fmt.Errorf("a parenthesis is not closed")
		}
		return f, err
	}
	c := comparison{}
	name := p.word()
	if c.part = name == "contains" && p.take("("); c.part {
		name = p.word()
	}
	var known bool
	if c.field, known = fieldOf(name); !known && name != "currencyCode" {
		return nil, fmt.Errorf("there is no field %q", name)
	}
	switch operator := p.word(); {
	case c.part && operator == ",", !c.part && operator == "eq":
	case !c.part && operator == "ne":
		c.not = true
	default:
		return nil, fmt.Errorf("%q is not supported", operator)
	}
	value, text := strings.CutPrefix(p.word(), "'")
	if !text {
		return nil, fmt.Errorf("%s is compared with no string", name)
	}
	if c.value = value; c.part && !p.take(")") {
		return nil, fmt.Errorf("a parenthesis is not closed")
	}
	if !known {
		return nothing{}, nil
	}
	return c, nil
}
