package api

import (
	"mime"
	"slices"
	"strconv"
	"strings"

	"github.com/pricewire/pricewire/pkg/sheet"
)

// FormatInput lets a client have a list as a file.
type FormatInput struct {
	Format string `query:"format" doc:"The whole list as one file: csv, xlsx, json, ndjson or parquet. When empty the Accept header decides, and a page of JSON is the default." example:"xlsx"`
	Accept string `header:"Accept" hidden:"true"`
}

// file returns the format in which a file is asked for, empty for a page.
func (in FormatInput) file(p *params) sheet.Format {
	if in.Format == "" {
		return accepted(in.Accept)
	}
	return fileFormat(p, in.Format)
}

// fileFormat reads the format of a file.
func fileFormat(p *params, name string) sheet.Format {
	f, err := sheet.ParseFormat(name)
	if err != nil || f == sheet.YAML {
		p.wrong("query.format", "\""+name+"\" is not csv, xlsx, json, ndjson or parquet")
	}
	return f
}

// fileFormats are the formats that every list can be had in.
func fileFormats() []sheet.Format {
	return []sheet.Format{sheet.CSV, sheet.XLSX, sheet.JSON, sheet.NDJSON, sheet.Parquet}
}

// accepted returns the format that an Accept header prefers to JSON, empty when it prefers none. Pages are JSON, and so is a file for whoever
// accepts anything.
func accepted(header string) sheet.Format {
	type preference struct {
		mediaType string
		quality   float64
	}
	var preferences []preference
	for part := range strings.SplitSeq(header, ",") {
		mediaType, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality := 1.0
		if q, err := strconv.ParseFloat(parameters["q"], 64); err == nil {
			quality = q
		}
		if quality > 0 {
			preferences = append(preferences, preference{mediaType, quality})
		}
	}
	slices.SortStableFunc(preferences, func(a, b preference) int {
		switch {
		case a.quality > b.quality:
			return -1
		case a.quality < b.quality:
			return 1
		}
		return 0
	})
	for _, p := range preferences {
		if p.mediaType == "application/json" || p.mediaType == "application/*" || p.mediaType == "*/*" {
			return ""
		}
		for _, f := range fileFormats() {
			if own, _, _ := strings.Cut(f.ContentType(), ";"); own == p.mediaType {
				return f
			}
		}
	}
	return ""
}
