package azuretest

// Chances of each misbehaviour, from 0 to 1. Of one link, at most Server.MostFailures requests in a row fail.
type Chances struct {
	// Of a request that fails, one of these at most.
	TooMany   float64 // 429: with Retry-After in seconds, as a date, or without
	Broken    float64 // 500, 502, or 503 with and without Retry-After
	CutOff    float64 // the body ends in the middle, though the length promised more
	Truncated float64 // the body ends in the middle, properly
	Garbage   float64 // 200 with something that is no JSON
	Slow      float64 // the body takes longer than any client should wait

	// Of a request that works, but does not tell the truth.
	Empty       float64 // of a traversal: its first page says that there is nothing
	EndsEarly   float64 // of a page: it says that it is the last
	Overlapping float64 // of a page: the next begins with the second half of this one
	Repeated    float64 // of a page: it begins with rows of another one

	// Of a row on a page.
	Unstable float64 // where there are several pages: another row of the traversal stands in its place, as if the order had changed
	LeftOut  float64 // it is missing
	Relaid   float64 // it is written in another way: order of its fields and plans, white space, numbers, an end without Z, unknown fields
}

// Fault is what goes wrong with one request.
type Fault int

// Faults that can be planned with Server.Fail.
const (
	Fine Fault = iota
	TooManySeconds
	TooManyDate
	TooManyBare
	Broken500
	Broken502
	Broken503
	Broken503After
	CutOff
	Truncated
	Garbage
	Slow
)

// draw returns which fault hits a request, from one number in [0, 1).
func (c *Chances) draw(n float64) Fault {
	for _, choice := range []struct {
		chance float64
		faults []Fault
	}{
		{c.TooMany, []Fault{TooManySeconds, TooManyDate, TooManyBare}},
		{c.Broken, []Fault{Broken500, Broken502, Broken503, Broken503After}},
		{c.CutOff, []Fault{CutOff}},
		{c.Truncated, []Fault{Truncated}},
		{c.Garbage, []Fault{Garbage}},
		{c.Slow, []Fault{Slow}},
	} {
		if n < choice.chance {
			return choice.faults[min(int(n/choice.chance*float64(len(choice.faults))), len(choice.faults)-1)]
		}
		n -= choice.chance
	}
	return Fine
}
