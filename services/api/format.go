package api

import (
	"mime"
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

// accepted returns the format that an Accept header prefers to a page of JSON, empty when it prefers none.
func accepted(header string) sheet.Format {
	if f := preferred(header, formatsOf(sheet.JSON)); f != sheet.JSON {
		return f
	}
	return ""
}

// preferred returns the format of some that an Accept header prefers: that of the greatest quality, then the one named first in the header, then the
// first of the formats. It is the first of them where the header says nothing, or accepts none.
func preferred(header string, formats []sheet.Format) sheet.Format {
	ranges := acceptedRanges(header)
	best, most, at := formats[0], 0.0, len(ranges)
	for _, f := range formats {
		own, _, _ := strings.Cut(f.ContentType(), ";")
		quality, place := qualityOf(ranges, own)
		if quality > most || quality == most && quality > 0 && place < at {
			best, most, at = f, quality, place
		}
	}
	return best
}

// acceptedRange is a part of an Accept header.
type acceptedRange struct {
	mediaType string
	quality   float64
}

// acceptedRanges reads an Accept header; what cannot be read of it is left out.
func acceptedRanges(header string) []acceptedRange {
	var ranges []acceptedRange
	for part := range strings.SplitSeq(header, ",") {
		mediaType, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality := 1.0
		if text, ok := parameters["q"]; ok {
			q, err := strconv.ParseFloat(text, 64)
			if err != nil || q < 0 || q > 1 {
				continue
			}
			quality = q
		}
		ranges = append(ranges, acceptedRange{mediaType, quality})
	}
	return ranges
}

// qualityOf returns how much a media type is wanted, 0 for not at all, and the place of the range that says so: the narrowest one that holds it.
func qualityOf(ranges []acceptedRange, mediaType string) (float64, int) {
	kind, _, _ := strings.Cut(mediaType, "/")
	for _, wanted := range []string{mediaType, kind + "/*", "*/*"} {
		for i, r := range ranges {
			if r.mediaType == wanted {
				return r.quality, i
			}
		}
	}
	return 0, len(ranges)
}
