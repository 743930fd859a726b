package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// checkKeeping orders an audit and a rebuild from a materializer of its own process, which then dies and comes back.
func (i *instance) checkKeeping(t *testing.T, materializer *served) {
	t.Helper()
	if audit := i.object(t, "audit"); audit["state"] != "done" || audit["wrong"] != 0.0 || len(audit["streams"].(map[string]any)) < 2 {
		t.Errorf("an audit: %v", audit)
	}
	rates := len(i.object(t, "rate", "list")["items"].([]any))
	if rebuild := i.object(t, "rebuild", "--list", "usage"); rebuild["state"] != "done" || len(rebuild["tables"].([]any)) == 0 {
		t.Errorf("a rebuild: %v", rebuild)
	}
	if after := len(i.object(t, "rate", "list")["items"].([]any)); after < rates {
		t.Errorf("%d rates after a rebuild, %d before", after, rates)
	}
	if r := i.run(t, "audit", "--stream", "NOTHING"); r.code != 3 || !strings.Contains(r.err, "NOTHING") {
		t.Errorf("an audit of a stream that is none: exit %d: %s", r.code, r.err)
	}
	if r := i.run(t, "rebuild", "--list", "nothing"); r.code != 2 || !strings.Contains(r.err, "nothing") {
		t.Errorf("a rebuild of a list that is none: exit %d: %s", r.code, r.err)
	}
	materializer.kill(t)
	if r := i.run(t, "audit"); r.code != 6 || !strings.Contains(r.err, "no answer from the materializer") || !strings.Contains(r.err, "pricewire audit --status") {
		t.Errorf("an audit while the materializer is gone: exit %d: %s", r.code, r.err)
	}
	alarmed := func(want bool) func() error {
		return func() error {
			if alarms := fmt.Sprint(i.object(t, "status")["alarms"]); strings.Contains(alarms, "what audits of them found, is not known") != want {
				return fmt.Errorf("%s", alarms)
			}
			return nil
		}
	}
	eventually(t, "that the materializer cannot be asked is an alarm", alarmed(true))
	materializer.again(t)
	materializer.ready(t)
	eventually(t, "that it can be asked again ends the alarm", alarmed(false))
	if r := i.run(t, "audit", "--status"); r.code != 0 || !strings.Contains(r.out, "audit-1") {
		t.Errorf("audits of a materializer that came back: exit %d: %s%s", r.code, r.out, r.err)
	}
}
