package sheet

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
)

func TestItemsReadBackAsTheyWereWrittenInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) item.Item {
			i := item.Item{Key: rapid.StringN(1, 8, -1).Draw(t, "key")}
			for _, name := range []string{"title", "category"} {
				if text := rapid.StringN(0, 8, -1).Draw(t, name); text != "" {
					i.Values = append(i.Values, item.Value{Name: name, Text: text})
				}
			}
			return i
		}), 0, 6, func(i item.Item) string { return i.Key }).Draw(t, "items")
		var first, second bytes.Buffer
		if err := EncodeItems(&first, items); err != nil {
			t.Fatal(err)
		}
		read, err := DecodeItems(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(item.Canonical(items), read); d != "" && len(items) > 0 {
			t.Fatal(d)
		}
		if err := EncodeItems(&second, rapid.Permutation(items).Draw(t, "order")); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("another order gives other bytes, %v", err)
		}
	})
}

func TestContentOfItemsIsReadStrictly(t *testing.T) {
	good := itemHeader + "\n" + `["a","title","x"]` + "\n"
	if _, err := DecodeItems(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", "{}\n", itemHeader, good + `["a"`, good + `["a","title"]` + "\n", good + `["A"]` + "\n", good + "[]\n", good + `["b","title", "x"]` + "\n", good + "null\n",
	} {
		if _, err := DecodeItems(strings.NewReader(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
