package azure

// number takes a number and returns its literal. A literal that ends with the data may go on: errShort.
func (c *cursor) number() ([]byte, error) {
	start := c.pos
	i := start
	if i < len(c.data) && c.data[i] == '-' {
		i++
	}
	whole := i
	i = digits(c.data, i)
	ok := i > whole && (c.data[whole] != '0' || i == whole+1)
	if ok && i < len(c.data) && c.data[i] == '.' {
		from := i + 1
		i = digits(c.data, from)
		ok = i > from
	}
	if ok && i < len(c.data) && c.data[i]|0x20 == 'e' {
		i++
		if i < len(c.data) && (c.data[i] == '+' || c.data[i] == '-') {
			i++
		}
		from := i
		i = digits(c.data, from)
		ok = i > from
	}
	if i == len(c.data) {
		return nil, errShort
	}
	if !ok {
		return nil, c.fail("a number is malformed")
	}
	c.pos = i
	return c.data[start:i], nil
}

// digits returns the index of the first byte from i on that is no digit.
func digits(data []byte, i int) int {
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return i
}

// word takes true, false or null.
func (c *cursor) word() (string, error) {
	for _, w := range [...]string{"true", "false", "null"} {
		n := min(len(w), len(c.data)-c.pos)
		if string(c.data[c.pos:c.pos+n]) != w[:n] {
			continue
		}
		if n < len(w) {
			return "", errShort
		}
		c.pos += n
		return w, nil
	}
	return "", c.fail("found %q where a value was expected", c.data[c.pos])
}

// skip takes any value and checks that it is well formed.
func (c *cursor) skip(depth int) error {
	b, err := c.peek()
	if err != nil {
		return err
	}
	switch {
	case b == '{' || b == '[':
		if depth >= maxDepth {
			return c.fail("values are nested more than %d deep", maxDepth)
		}
		return c.skipInside(b, depth+1)
	case b == '"':
		_, err = c.str()
	case b == '-' || (b >= '0' && b <= '9'):
		_, err = c.number()
	default:
		_, err = c.word()
	}
	return err
}

func (c *cursor) skipInside(opening byte, depth int) error {
	closing := opening + 2 // in ASCII for both pairs
	more, err := c.opens(opening, closing)
	for more && err == nil {
		if opening == '{' {
			if _, err = c.key(); err != nil {
				return err
			}
		}
		if err = c.skip(depth); err != nil {
			return err
		}
		more, err = c.more(closing)
	}
	return err
}
