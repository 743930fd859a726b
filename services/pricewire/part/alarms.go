package part

import (
	"fmt"

	"github.com/pricewire/pricewire/services/materializer"
)

// WriterAlarms are what a tables' writer of the same process wants a person to look at; the API finds those of releases and crawls itself.
func WriterAlarms(m *materializer.Materializer) []string {
	health := m.Health()
	return append(rejectAlarms(health), ownAlarms(health, m.Audits())...)
}

func rejectAlarms(health []materializer.Health) []string {
	all := []string{}
	for _, h := range health {
		if h.Rejected > 0 {
			all = append(all, fmt.Sprintf("%d messages of %s were rejected; see pricewire rejects list", h.Rejected, h.Stream))
		}
	}
	return all
}

// ownAlarms are those that nobody but the writer can tell: why it cannot write, which releases it keeps back, and what audits found.
func ownAlarms(health []materializer.Health, audits []materializer.Audit) []string {
	all := []string{}
	for _, h := range health {
		if h.Failing != "" {
			all = append(all, fmt.Sprintf("writing %s fails: %s", h.Stream, h.Failing))
		}
		if h.Incomplete > 0 {
			all = append(all, fmt.Sprintf("%d releases or withdrawals of %s stay invisible because a message of them was rejected", h.Incomplete, h.Stream))
		}
	}
	return append(all, auditAlarms(audits)...)
}

// auditAlarms say what the newest audit that ended left wrong, what it repaired, and that the newest failed.
func auditAlarms(audits []materializer.Audit) []string {
	for i := range audits {
		a := &audits[i]
		if a.Ended.IsZero() {
			continue
		}
		switch {
		case a.State == materializer.Failed:
			return []string{fmt.Sprintf("%s of the tables failed: %s", a.ID, a.Failure)}
		case a.Wrong > 0:
			return []string{fmt.Sprintf("%s found something wrong with the tables, %d in all; see pricewire audit", a.ID, a.Wrong)}
		case a.Repaired > 0:
			return []string{fmt.Sprintf("%s repaired the tables, %d findings and %d rows; its findings say what was lost", a.ID, a.Repaired, a.Restored)}
		}
		return nil
	}
	return nil
}
