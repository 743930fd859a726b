package doctor

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/pricewire/pricewire/pkg/embedded/clickhouse"
	"github.com/pricewire/pricewire/pkg/fault"
)

// engine looks for the library of the embedded ClickHouse.
func (p Patient) engine() []Finding {
	r := &report{part: "engine"}
	path, err := clickhouse.Locate(p.Engine)
	if err != nil {
		r.add("library", Warning, err.Error(), "only `pricewire up` without --clickhouse needs it: "+fault.HintOf(err))
		return r.findings
	}
	says := path
	if v := libraryVersion(path); v != "" {
		says = "version " + v + ", " + path
	}
	file, err := os.Open(path)
	if err != nil {
		r.add("library", Wrong, "it cannot be read: "+err.Error(), "give whoever runs the server the right to read it")
		return r.findings
	}
	_ = file.Close()
	r.fine("library", says)
	return r.findings
}

// libraryVersion is what the package says that the library came in; empty when there is none.
func libraryVersion(library string) string {
	text, err := os.ReadFile(filepath.Join(filepath.Dir(library), "package.json"))
	if err != nil {
		return ""
	}
	var pack struct {
		Version string `json:"version"`
	}
	if json.Unmarshal(text, &pack) != nil {
		return ""
	}
	return pack.Version
}
