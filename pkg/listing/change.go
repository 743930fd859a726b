package listing

// Change says how a line differs from the predecessor's; it is computed, whatever flag a sheet carries.
type Change string

// The change kinds. A line has one: the first that holds of added and removed, unchanged, price changed, ending, changed.
const (
	Added        Change = "added"         // the predecessor has no line of the identity
	PriceChanged Change = "price_changed" // unit or ERP price
	Changed      Change = "changed"       // attributes or periods only
	Ending       Change = "ending"        // an end date or end of sale appears
	Removed      Change = "removed"       // the list has no line of the identity any more
	Unchanged    Change = "unchanged"     // what is said of the effective instant and later is the same
)

// Counts are the lines of a diff by change kind.
type Counts struct {
	Added, PriceChanged, Changed, Ending, Removed, Unchanged int
}

// Add counts one line.
func (c *Counts) Add(change Change) {
	switch change {
	case Added:
		c.Added++
	case PriceChanged:
		c.PriceChanged++
	case Changed:
		c.Changed++
	case Ending:
		c.Ending++
	case Removed:
		c.Removed++
	case Unchanged:
		c.Unchanged++
	}
}

// Different returns how many lines are not as they were.
func (c Counts) Different() int { return c.Added + c.PriceChanged + c.Changed + c.Ending + c.Removed }
