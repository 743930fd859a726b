package sheet

import (
	"bytes"
	"testing"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/pricelist"
)

// FuzzReadNewCommerce: whatever the bytes, reading ends without a panic, errors are the file's fault, and lines that were read are written
// and read back as they are.
func FuzzReadNewCommerce(f *testing.F) {
	f.Add([]byte(goodHeader + "\n" + goodRow + "\n"))
	f.Add([]byte("\ufeff" + goodHeader + "\r\n\r\n\"a\nb\"c\n" + goodRow))
	f.Add([]byte(withCells(map[string]string{"SkuTitle": "'=1", "PreviousValues": "{'a': 'b'}", "EffectiveStartDate": "3/1/2018 12:00:00 AM"})))
	f.Add([]byte("a;b\n"))
	limits := Limits{Bytes: 1 << 16, Rows: 100, RowBytes: 1 << 13, FieldBytes: 1 << 12, Columns: 64, Problems: 50}
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := ReadNewCommerce(bytes.NewReader(file), Options{limits})
		if err != nil {
			if !fault.Is(err, fault.Invalid) || len(s.Rows) > 0 {
				t.Fatalf("%d rows, %v", len(s.Rows), err)
			}
			return
		}
		pricelist.Validate(s.Rows, pricelist.Check{Market: "US"})
		var written bytes.Buffer
		if err := WriteNewCommerceRows(&written, s.Rows); err != nil {
			t.Fatal(err)
		}
		again, err := ReadNewCommerce(&written, Options{})
		if err != nil || len(again.Rows) != len(s.Rows) {
			t.Fatalf("%d rows of %d, %v, %v", len(again.Rows), len(s.Rows), err, again.Problems)
		}
		for i := range s.Rows {
			if s.Rows[i].Compare(again.Rows[i].Line) != 0 || s.Rows[i].Flag != again.Rows[i].Flag {
				t.Fatalf("%+v reads back as %+v", s.Rows[i], again.Rows[i])
			}
		}
	})
}

// FuzzDecode: whatever the bytes, decoding ends without a panic, and what it accepts is exactly what is written of it.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(content(f, []pricelist.Line{goodLine().Line})))
	f.Add([]byte(contentHeader + "\n[\"\\u0000"))
	f.Fuzz(func(t *testing.T, file []byte) {
		lines, err := Decode(bytes.NewReader(file))
		if err != nil {
			return
		}
		if got := content(t, lines); got != string(file) {
			t.Fatalf("%q is written as %q", file, got)
		}
	})
}
