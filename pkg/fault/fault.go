package fault

import (
	"errors"
	"fmt"
)

// Kind says what a caller can do about a failure.
type Kind int

// The kinds. The zero kind, Internal, is a failure that only we can mend.
const (
	Internal    Kind = iota
	Invalid          // the input is wrong: mend it and try again
	NotFound         // there is no such thing
	Conflict         // somebody else was first, or what the request was based on is stale: read again
	Refused          // a rule of the business forbids it
	Unavailable      // something needed is not reachable now: try later

	Unauthenticated // nobody is known to have asked: say who you are
	Forbidden       // who asked is known, and may not
)

// String returns the kind as one lower-case word; it is also the last part of the HTTP problem type.
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case NotFound:
		return "not-found"
	case Conflict:
		return "conflict"
	case Refused:
		return "refused"
	case Unavailable:
		return "unavailable"
	case Unauthenticated:
		return "unauthenticated"
	case Forbidden:
		return "forbidden"
	case Internal:
	}
	return "internal"
}

// Place names one spot of the input and what is wrong there, for example {"row 7, column UnitPrice", "\"12,x\" is not a number"}.
type Place struct {
	Where   string
	Problem string
}

// Error is an error with a kind. Hint, when not empty, is a sentence that tells a person what to do next.
type Error struct {
	Kind   Kind
	Hint   string
	Places []Place
	Err    error
}

// Error returns the message without the hint.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives errors.Is and errors.As the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind; format and args are those of fmt.Errorf, so %w keeps the cause.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Err: fmt.Errorf(format, args...)}
}

// Wrap puts words before err's message and keeps its kind, hint and places. Nil stays nil.
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: KindOf(err), Hint: HintOf(err), Places: PlacesOf(err), Err: fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)}
}

// WithHint returns a copy of the error that carries the hint.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

// WithPlaces returns a copy of the error that names the places as well.
func (e *Error) WithPlaces(places ...Place) *Error {
	c := *e
	c.Places = append(append([]Place(nil), e.Places...), places...)
	return &c
}

// KindOf returns the kind of the outermost Error in err's chain, Internal when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}

// HintOf returns the hint of the outermost Error in err's chain that has one.
func HintOf(err error) string {
	for err != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}

// PlacesOf returns the places named by the outermost Error in err's chain that names any.
func PlacesOf(err error) []Place {
	for err != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return nil
		}
		if len(e.Places) > 0 {
			return e.Places
		}
		err = e.Err
	}
	return nil
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
