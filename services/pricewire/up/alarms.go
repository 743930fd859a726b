package up

import "fmt"

// alarms are what the services of this process want a person to look at.
func (p *process) alarms() []string {
	var all []string
	for _, h := range p.ingester.Status().Scopes {
		switch {
		case h.Failing > 0:
			all = append(all, fmt.Sprintf("crawls of %s fail, %d in a row: %s", h.Scope, h.Failing, h.Failed))
		case h.Refused > 0:
			all = append(all, fmt.Sprintf("crawls of %s are refused, %d in a row: %s", h.Scope, h.Refused, h.Last.Refused))
		}
	}
	for _, h := range p.materializer.Health() {
		if h.Failing != "" {
			all = append(all, fmt.Sprintf("writing %s fails: %s", h.Stream, h.Failing))
		}
		if h.Rejected > 0 {
			all = append(all, fmt.Sprintf("%d messages of %s were rejected; see pricewire rejects list", h.Rejected, h.Stream))
		}
		if h.Incomplete > 0 {
			all = append(all, fmt.Sprintf("%d releases or withdrawals of %s stay invisible because a message of them was rejected", h.Incomplete, h.Stream))
		}
	}
	return all
}
