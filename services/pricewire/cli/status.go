package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pricewire/pricewire/services/pricewire/output"
)

// status prints the server's status; as a table: what it is, its streams, and the alarms.
func (a *app) status(ctx context.Context) error {
	answer, err := a.remote().Get(ctx, "/v1/status", nil)
	if err != nil {
		return err
	}
	if a.out() != output.Table || a.choosing() {
		return output.Object(a.streams.Out, a.out(), answer)
	}
	var status struct {
		Streams []json.RawMessage
		Alarms  []string
	}
	if err := json.Unmarshal(answer, &status); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if err := output.Object(a.streams.Out, output.Table, answer, "ready", "now", "simulated", "source", "version"); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(a.streams.Out); err != nil {
		return err
	}
	if err := output.List(a.streams.Out, output.Table, status.Streams, "name", "messages", "last", "written", "lag"); err != nil {
		return err
	}
	for _, alarm := range status.Alarms {
		if _, err := fmt.Fprintln(a.streams.Out, "\n"+output.Toned(a.streams.Out, output.Bad, "alarm:"), alarm); err != nil {
			return err
		}
	}
	return nil
}
