package lookalike

import (
	"bytes"
	"io"
	"testing"

	"github.com/pricewire/pricewire/pkg/pricelist"
	"github.com/pricewire/pricewire/pkg/sheet"
)

const benchLines = 100_000

// months returns the lists of consecutive months.
func months(n int) []pricelist.List {
	c := Generate(Spec{Seed: 5, Lines: benchLines, Month: october})
	lists := make([]pricelist.List, n)
	for i := range lists {
		lists[i] = pricelist.NewList(c.Month.String(), 1, c.Month.Start(), c.Lines())
		c, _ = c.Next()
	}
	return lists
}

func BenchmarkDiff(b *testing.B) {
	lists := months(2)
	for b.Loop() {
		pricelist.Diff(lists[0], lists[1])
	}
}

func BenchmarkPublishFirst(b *testing.B) {
	lists := months(1)
	for b.Loop() {
		pricelist.NewBook().Publish(lists[0], lists[0].EffectiveAt)
	}
}

func BenchmarkPublishThirteenth(b *testing.B) {
	lists := months(13)
	book := pricelist.NewBook(lists[:12]...)
	for b.Loop() {
		book.Publish(lists[12], lists[11].EffectiveAt)
	}
}

func BenchmarkPublishBeforeTwelve(b *testing.B) {
	lists := months(13)
	book := pricelist.NewBook(lists[1:]...)
	for b.Loop() {
		book.Publish(lists[0], lists[0].EffectiveAt)
	}
}

func BenchmarkValidate(b *testing.B) {
	c := Generate(Spec{Seed: 5, Lines: benchLines, Month: october})
	before := pricelist.NewList("a", 1, c.Month.Start(), c.Lines())
	c, _ = c.Next()
	after := pricelist.NewList("b", 1, c.Month.Start(), c.Lines())
	differences, _ := pricelist.Diff(before, after)
	check := pricelist.Check{Market: "US", EffectiveAt: after.EffectiveAt, Whole: true, Differences: differences, MovePercent: 50}
	for b.Loop() {
		pricelist.Validate(c.Rows, check)
	}
}

func BenchmarkReadNewCommerce(b *testing.B) {
	var file bytes.Buffer
	if err := Generate(Spec{Seed: 5, Lines: benchLines, Month: october}).WriteCSV(&file); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		if s, err := sheet.ReadNewCommerce(bytes.NewReader(file.Bytes()), sheet.Options{}); err != nil || len(s.Rows) != benchLines {
			b.Fatal(len(s.Rows), err)
		}
	}
}

func BenchmarkReadLicense(b *testing.B) {
	var file bytes.Buffer
	if err := Generate(Spec{Seed: 5, Lines: benchLines, Month: october}).WriteCSV(&file); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		if s, err := sheet.ReadLicense("list.csv", file.Bytes(), sheet.Options{}); err != nil || len(s.Rows) != benchLines {
			b.Fatal(len(s.Rows), err)
		}
	}
}

func BenchmarkReadWorkbook(b *testing.B) {
	var file bytes.Buffer
	if err := sheet.WriteLicense(&file, sheet.XLSX, Generate(Spec{Seed: 5, Lines: benchLines, Month: october}).Rows, nil); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	for b.Loop() {
		if s, err := sheet.ReadLicense("list.xlsx", file.Bytes(), sheet.Options{}); err != nil || len(s.Rows) != benchLines {
			b.Fatal(len(s.Rows), err)
		}
	}
}

func BenchmarkWriteLicense(b *testing.B) {
	rows := Generate(Spec{Seed: 5, Lines: benchLines, Month: october}).Rows
	for _, f := range []sheet.Format{sheet.CSV, sheet.XLSX, sheet.JSON, sheet.Parquet} {
		b.Run(string(f), func(b *testing.B) {
			for b.Loop() {
				if err := sheet.WriteLicense(io.Discard, f, rows, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkContent(b *testing.B) {
	lines := pricelist.Canonical(Generate(Spec{Seed: 5, Lines: benchLines, Month: october}).Lines())
	var content bytes.Buffer
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			content.Reset()
			if err := sheet.Encode(&content, lines); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(content.Len()))
		for b.Loop() {
			if got, err := sheet.Decode(bytes.NewReader(content.Bytes())); err != nil || len(got) != benchLines {
				b.Fatal(len(got), err)
			}
		}
	})
}
