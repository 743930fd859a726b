package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

// The signature of a part whose files were cut off by a full disk, as the engine words it.
const (
	cutOff = "Cannot read all data"
	inPart = "while reading from part "
)

// isUnreadable reports whether a text tells of a part that cannot be read.
func isUnreadable(text string) bool {
	return strings.Contains(text, "code: 33") && strings.Contains(text, cutOff) && strings.Contains(text, inPart)
}

// unreadablePart says which part the engine cannot read and whether its insertion was acknowledged, as far as logs and readers tell; empty: all
// parts can be read.
func (r *round) unreadablePart() string {
	if text := r.reader.unreadable(); text != "" {
		return r.describePart(text)
	}
	for _, p := range r.products {
		text, _ := os.ReadFile(p.logFile()) // a product that never started has none
		for line := range strings.Lines(string(text)) {
			if isUnreadable(line) {
				return r.describePart(line)
			}
		}
	}
	return ""
}

// describePart finds the part that an exception names.
func (r *round) describePart(text string) string {
	found := regexp.MustCompile(regexp.QuoteMeta(inPart) + `(\S+) in table (\S+)`).FindStringSubmatch(text)
	if found == nil {
		return text
	}
	folder, table := found[1], found[2]
	info, err := os.Stat(folder + "/checksums.txt")
	if err != nil {
		return fmt.Sprintf("%s of %s, which is gone", folder, table)
	}
	_, name, _ := strings.Cut(table, ".")
	said := "its insertion was acknowledged: no product has noted a failure"
	if failure := r.failedInsertion(strings.TrimSuffix(name, "_store"), info.ModTime()); failure != "" {
		said = "its insertion was refused: " + failure
	}
	return fmt.Sprintf("%s of %s, checksums of %d bytes, written %s; %s", folder, table, info.Size(), info.ModTime().UTC().Format("15:04:05.000"), said)
}

// answeredWithin is how long after a part was written its insertion has its answer; those of a round are small.
const answeredWithin = 3 * time.Second

// failedInsertion is the first failure of an insertion into a table that a product noted soon after an instant.
func (r *round) failedInsertion(table string, at time.Time) string {
	from, to := at.UTC().Format("15:04:05.000"), at.Add(answeredWithin).UTC().Format("15:04:05.000")
	for _, p := range r.products {
		text, _ := os.ReadFile(p.logFile()) // as above
		lines := bufio.NewScanner(bytes.NewReader(text))
		lines.Buffer(nil, len(text)+1)
		for lines.Scan() {
			line := lines.Text()
			clock, _, _ := strings.Cut(line, "\t")
			if clock >= from && clock <= to && strings.Contains(line, "insert into "+table+":") {
				return fmt.Sprintf("%.300s", strings.ReplaceAll(line, "\t", " "))
			}
		}
	}
	return ""
}
