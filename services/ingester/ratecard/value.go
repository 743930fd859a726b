package ratecard

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// member is a member of an object, its value still JSON.
type member struct {
	name  string // in lower case
	value []byte
}

// members takes a well-formed value apart; false when it is no object. Members that are there twice are returned twice.
func members(object []byte) ([]member, bool) {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, false
	}
	var list []member
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, false
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, false
		}
		key, _ := name.(string)
		list = append(list, member{strings.ToLower(key), value})
	}
	return list, true
}

// text reads a string; false when the value is none.
func text(value []byte) (string, bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	var s string
	err := json.Unmarshal(value, &s)
	return s, err == nil
}

// literal returns a number as it is written; false when the value is none.
func literal(value []byte) (string, bool) {
	if len(value) == 0 || (value[0] != '-' && (value[0] < '0' || value[0] > '9')) {
		return "", false
	}
	return string(value), true
}

func isNull(value []byte) bool { return string(value) == "null" }

// describe names the JSON type of a value.
func describe(value []byte) string {
	switch value[0] {
	case '"':
		return "a text"
	case '{':
		return "an object"
	case '[':
		return "a list"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// instant reads a time as cards write it; without a zone it is UTC.
func instant(s string) (time.Time, bool) {
	for _, layout := range [...]string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
