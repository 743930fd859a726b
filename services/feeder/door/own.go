package door

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/pricewire/pricewire/pkg/stream"
)

// own answers what is asked of all streams, as if there were only those that the subscriber may see.
func (d *Door) own(ctx context.Context, q asked, what string) ([]byte, error) {
	all, err := d.streams(ctx, q)
	if err != nil {
		return nil, err
	}
	switch what {
	case namesAPI:
		names := []string{}
		for _, s := range all {
			names = append(names, s.name)
		}
		return encode(map[string]any{"type": "io.nats.jetstream.api.v1.stream_names_response", "total": len(names), "offset": 0, "limit": len(names), "streams": names}), nil
	case listAPI:
		infos := []json.RawMessage{}
		for _, s := range all {
			infos = append(infos, s.info)
		}
		return encode(map[string]any{"type": "io.nats.jetstream.api.v1.stream_list_response", "total": len(infos), "offset": 0, "limit": len(infos), "streams": infos}), nil
	}
	nothing := map[string]any{"max_memory": -1, "max_storage": -1, "max_streams": -1, "max_consumers": -1}
	return encode(map[string]any{
		"type": "io.nats.jetstream.api.v1.account_info_response", "memory": 0, "storage": 0, "streams": len(all), "consumers": 0, "limits": nothing,
		"api": map[string]any{"total": 0, "errors": 0},
	}), nil
}

// seen is a stream that a subscriber may see.
type seen struct {
	name string
	info json.RawMessage
}

// streams are those that a subscriber may see, and where he asks for a subject those that hold it.
func (d *Door) streams(ctx context.Context, q asked) ([]seen, error) {
	var filter struct {
		Subject string `json:"subject"`
		Offset  int    `json:"offset"`
	}
	_ = json.Unmarshal(q.data, &filter) // nothing is asked for then
	all := []seen{}
	if filter.Offset > 0 { // all of them are on the first page
		return all, nil
	}
	for offset := 0; ; {
		answer, err := d.ask(ctx, "$JS.API.STREAM.LIST", encode(map[string]any{"offset": offset, "subject": filter.Subject}))
		if err != nil {
			return nil, err
		}
		var page struct {
			Total   int               `json:"total"`
			Streams []json.RawMessage `json:"streams"`
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return nil, err
		}
		for _, info := range page.Streams {
			var s struct {
				Config struct {
					Name string `json:"name"`
				} `json:"config"`
			}
			if json.Unmarshal(info, &s) == nil && stream.MaySubscribe(s.Config.Name, q.cost) {
				all = append(all, seen{s.Config.Name, info})
			}
		}
		offset += len(page.Streams)
		if len(page.Streams) == 0 || offset >= page.Total {
			return slices.Clip(all), nil
		}
	}
}
