package doctor

// State is how something that was looked at is.
type State string

// The states. Only Wrong means that something must be mended; what is Skipped could not be looked at from here.
const (
	Fine    State = "ok"
	Skipped State = "skipped"
	Warning State = "warning"
	Wrong   State = "wrong"
	Away    State = "unreachable" // the server that everything is asked of
)

// Finding is what was found when something was looked at. Texts hold no secrets.
type Finding struct {
	Part  string `json:"part"`  // client, data, engine, server, nats, clickhouse
	Check string `json:"check"` // what was looked at: one word or two
	State State  `json:"state"`
	Says  string `json:"says"`
	Cure  string `json:"cure"` // what to do; empty where nothing is to be done
}

// report gathers what was found of one part.
type report struct {
	part     string
	findings []Finding
}

func (r *report) add(check string, state State, says, cure string) {
	r.findings = append(r.findings, Finding{r.part, check, state, says, cure})
}

func (r *report) fine(check, says string) { r.add(check, Fine, says, "") }

// Count is how many findings are of each state.
func Count(findings []Finding) map[State]int {
	counts := map[State]int{}
	for _, f := range findings {
		counts[f.State]++
	}
	return counts
}
