package clickhouse

import "strings"

// statement is a client's text, sorted by how the engine has to be asked.
type statement struct {
	kind statementKind
	text string // what the engine gets

	// Of an insert whose rows follow as data packets.
	target  string // table as written
	columns string // column list as written, without parentheses; empty: all
}

type statementKind uint8

const (
	otherStatement  statementKind = iota // run to the end, then answer
	selectStatement                      // answered block by block
	insertStatement                      // rows follow as data packets
	setStatement                         // changes the session's settings
)

// parseStatement sorts a statement. It reads no more of the language than it must: the engine itself says what is wrong with the rest.
func parseStatement(text string) (statement, error) {
	tokens, err := tokenize(text)
	if err != nil {
		return statement{}, err
	}
	tokens, err = single(tokens)
	if err != nil {
		return statement{}, err
	}
	if len(tokens) == 0 {
		return statement{}, exceptionf(codeSyntaxError, "Syntax error: the query is empty. (SYNTAX_ERROR)")
	}
	text = text[:tokens[len(tokens)-1].end]
	switch first := tokens[0]; {
	case first.is("INSERT"):
		return parseInsert(text, tokens)
	case first.is("SELECT"), first.is("WITH"), first.is("FROM"), first.text == "(":
		if text, err = withoutOutputClauses(text, tokens); err != nil {
			return statement{}, err
		}
		return statement{kind: selectStatement, text: text}, nil
	case first.is("SET"):
		return statement{kind: setStatement, text: text}, nil
	}
	if text, err = withoutOutputClauses(text, tokens); err != nil {
		return statement{}, err
	}
	return statement{kind: otherStatement, text: text}, nil
}

// single cuts a trailing semicolon and refuses a second statement behind it, as a server does.
func single(tokens []token) ([]token, error) {
	for i, t := range tokens {
		if t.text != ";" || t.depth != 0 {
			continue
		}
		for _, after := range tokens[i:] {
			if after.text != ";" {
				return nil, exceptionf(codeSyntaxError, "Syntax error (Multi-statements are not allowed): failed at position %d (end of query). (SYNTAX_ERROR)", t.start+1)
			}
		}
		return tokens[:i], nil
	}
	return tokens, nil
}

// withoutOutputClauses removes a FORMAT clause, which over this protocol is the client's business, and refuses to write a file on
// the server's machine.
func withoutOutputClauses(text string, tokens []token) (string, error) {
	for i, t := range tokens {
		if t.depth != 0 || i+1 == len(tokens) {
			continue
		}
		next := tokens[i+1]
		if t.is("INTO") && next.is("OUTFILE") {
			return "", exceptionf(codeNotImplemented, "INTO OUTFILE is not served: the client writes files. (NOT_IMPLEMENTED)")
		}
		last := i+2 == len(tokens) || tokens[i+2].is("SETTINGS")
		if i > 0 && t.is("FORMAT") && next.kind == wordToken && last {
			return text[:t.start] + text[next.end:], nil
		}
	}
	return text, nil
}

// parseInsert tells inserts that bring their rows along, or select them, from those whose rows follow.
func parseInsert(text string, tokens []token) (statement, error) {
	other := statement{kind: otherStatement, text: text}
	at := 1
	if at < len(tokens) && tokens[at].is("INTO") {
		at++
	}
	if at < len(tokens) && tokens[at].is("TABLE") {
		at++
	}
	if at >= len(tokens) || tokens[at].is("FUNCTION") {
		return other, nil
	}
	target := at
	for at < len(tokens) && (at == target || tokens[at].text == "." || tokens[at-1].text == ".") {
		at++
	}
	s := statement{kind: insertStatement, target: text[tokens[target].start:tokens[at-1].end]}
	if at < len(tokens) && tokens[at].text == "(" {
		closing := closingParenthesis(tokens, at)
		if closing < 0 || startsSelect(tokens, at+1) {
			return other, nil
		}
		s.columns = text[tokens[at].end:tokens[closing].start]
		at = closing + 1
	}
	for at < len(tokens) && !tokens[at].is("VALUES") && !tokens[at].is("FORMAT") {
		if startsSelect(tokens, at) || tokens[at].is("FROM") || tokens[at].text == "(" {
			return other, nil
		}
		at++ // settings
	}
	s.text = text[:tokens[at-1].end]
	rest := len(tokens) - at
	if rest == 0 || (rest == 1 && tokens[at].is("VALUES")) || (rest == 2 && tokens[at].is("FORMAT")) {
		return s, nil
	}
	return other, nil
}

func startsSelect(tokens []token, at int) bool {
	return at < len(tokens) && (tokens[at].is("SELECT") || tokens[at].is("WITH"))
}

func closingParenthesis(tokens []token, open int) int {
	for i := open + 1; i < len(tokens); i++ {
		if tokens[i].text == ")" && tokens[i].depth == tokens[open].depth {
			return i
		}
	}
	return -1
}

type tokenKind uint8

const (
	wordToken tokenKind = iota
	quotedToken
	otherToken
)

// token is a piece of a statement, comments and spaces left out. Parentheses carry the depth outside them.
type token struct {
	kind       tokenKind
	text       string
	start, end int
	depth      int
}

func (t token) is(keyword string) bool {
	return t.kind == wordToken && strings.EqualFold(t.text, keyword)
}

func tokenize(text string) ([]token, error) {
	var tokens []token
	depth := 0
	for at := 0; at < len(text); {
		if end := endOfGap(text, at); end > at {
			at = end
			continue
		}
		t := token{kind: otherToken, start: at, end: at + 1}
		switch c := text[at]; {
		case c == '\'' || c == '"' || c == '`':
			t.kind, t.end = quotedToken, endOfQuoted(text, at)+1
			if t.end == len(text) && (t.end == at+1 || text[t.end-1] != c) {
				return nil, exceptionf(codeSyntaxError, "Syntax error: a quote at position %d is not closed. (SYNTAX_ERROR)", at+1)
			}
		case c == '$':
			if end := endOfHeredoc(text, at); end > 0 {
				t.kind, t.end = quotedToken, end
			}
		case isWordByte(c):
			t.kind = wordToken
			for t.end < len(text) && isWordByte(text[t.end]) {
				t.end++
			}
		case c == ')':
			depth--
		}
		t.text, t.depth = text[t.start:t.end], depth
		if t.text == "(" {
			depth++
		}
		tokens = append(tokens, t)
		at = t.end
	}
	return tokens, nil
}

// endOfGap returns where the space or comment at a position ends, or the position itself.
func endOfGap(text string, at int) int {
	rest := text[at:]
	switch {
	case strings.ContainsRune(" \t\r\n\f\v", rune(text[at])):
		return at + 1
	case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "#!"), strings.HasPrefix(rest, "# "):
		if n := strings.IndexByte(rest, '\n'); n >= 0 {
			return at + n + 1
		}
		return len(text)
	case strings.HasPrefix(rest, "/*"):
		return at + endOfBlockComment(rest)
	}
	return at
}

// endOfBlockComment knows that block comments nest.
func endOfBlockComment(text string) int {
	depth := 0
	for i := 0; i+1 < len(text); i++ {
		switch text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// endOfHeredoc returns the end of $tag$...$tag$, or 0 when there is none at start.
func endOfHeredoc(text string, start int) int {
	end := start + 1
	for end < len(text) && isWordByte(text[end]) && text[end] != '$' {
		end++
	}
	if end == len(text) || text[end] != '$' {
		return 0
	}
	tag := text[start : end+1]
	closing := strings.Index(text[end+1:], tag)
	if closing < 0 {
		return 0
	}
	return end + 1 + closing + len(tag)
}

func isWordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}
