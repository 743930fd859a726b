package stream

import "github.com/pricewire/pricewire/pkg/fault"

// maxID bounds message ids, and what they say of their origin, in bytes.
const maxID = 256

// Check reports, as an invalid fault, why a batch could never be stored in a stream that holds the given subjects. Adapters call it
// before they send anything.
func Check(batch []Message, expect Expectation, subjects []string) error {
	if len(batch) == 0 {
		return fault.New(fault.Invalid, "batch is empty")
	}
	if len(batch) > BatchLimit {
		return fault.New(fault.Invalid, "batch of %d messages exceeds the limit of %d", len(batch), BatchLimit)
	}
	if expect.Subject != "" && !ValidFilter(expect.Subject) {
		return fault.New(fault.Invalid, "expectation subject %q is malformed", expect.Subject)
	}
	for i, m := range batch {
		if err := checkMessage(m, subjects); err != nil {
			return err
		}
		if m.Subject == expect.Subject && i < len(batch)-1 {
			return fault.New(fault.Invalid, "expectation subject %q is that of a message before the last", expect.Subject)
		}
	}
	return nil
}

func checkMessage(m Message, subjects []string) error {
	switch {
	case !ValidSubject(m.Subject):
		return fault.New(fault.Invalid, "subject %q is malformed", m.Subject)
	case len(subjects) == 0 || !MatchesAny(subjects, m.Subject):
		return fault.New(fault.Invalid, "subject %q is not one of the stream's", m.Subject)
	case len(m.ID) > maxID || !printable(m.ID):
		return fault.New(fault.Invalid, "message id %q is not printable ASCII of at most %d bytes", m.ID, maxID)
	case len(m.Origin) > maxID || !printable(m.Origin):
		return fault.New(fault.Invalid, "message origin %q is not printable ASCII of at most %d bytes", m.Origin, maxID)
	}
	return nil
}

// Validate reports, as an invalid fault, a malformed subject, two of which some record could match both, or a negative number.
func (q Query) Validate() error {
	if q.Ahead < 0 {
		return fault.New(fault.Invalid, "%d records ahead are fewer than none", q.Ahead)
	}
	for i, f := range q.Subjects {
		if !ValidFilter(f) {
			return fault.New(fault.Invalid, "subject %q is malformed", f)
		}
		for _, g := range q.Subjects[:i] {
			if overlap(f, g) {
				return fault.New(fault.Invalid, "subjects %q and %q overlap", g, f)
			}
		}
	}
	return nil
}
