package sheet

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/item"
)

// itemHeader is the first line of every content of items: its format, and what the lines after it are: a key, then names and texts in turn.
const itemHeader = `{"format":"pricewire-item-list","version":1}`

// EncodeItems writes a whole list of items as its content, as Encode does for prices: the same items in any order give the same bytes.
func EncodeItems(w io.Writer, items []item.Item) error {
	out := bufio.NewWriterSize(w, 64<<10)
	row := append([]byte(itemHeader), '\n')
	for _, i := range item.Canonical(items) {
		if _, err := out.Write(row); err != nil {
			return fmt.Errorf("write content: %w", err)
		}
		texts := []string{i.Key}
		for _, v := range i.Values {
			texts = append(texts, v.Name, v.Text)
		}
		row = row[:0]
		separator := byte('[')
		for _, s := range texts {
			if !utf8.ValidString(s) {
				return fault.New(fault.Invalid, "write content: item %s holds text that is not UTF-8", i.Key)
			}
			row = appendText(append(row, separator), s)
			separator = ','
		}
		if row = append(row, ']', '\n'); len(row) > maxContentRow {
			return fault.New(fault.Invalid, "write content: item %s has more than %d bytes", i.Key, maxContentRow)
		}
	}
	_, err := out.Write(row)
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("write content: %w", err)
	}
	return nil
}

// DecodeItems reads what EncodeItems wrote, and nothing else: bytes that it would not have written are an error of kind invalid.
func DecodeItems(r io.Reader) ([]item.Item, error) {
	var whole bytes.Buffer
	rows := bufio.NewScanner(io.TeeReader(r, &whole))
	rows.Buffer(make([]byte, 0, 64<<10), maxContentRow)
	rows.Split(splitRow)
	if !rows.Scan() || rows.Text() != itemHeader {
		return nil, headerErr(rows.Err())
	}
	var items []item.Item
	for number := 2; rows.Scan(); number++ {
		i, err := decodeItem(rows.Bytes())
		if err == nil && len(items) == maxContentLines {
			err = fmt.Errorf("there are more than %d items", maxContentLines)
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "read content: row %d: %w", number, err)
		}
		items = append(items, i)
	}
	if err := rows.Err(); err != nil {
		return nil, fault.New(fault.Invalid, "read content: row %d: %w", len(items)+2, err)
	}
	var again bytes.Buffer
	if err := EncodeItems(&again, items); err != nil {
		return nil, err
	}
	if !bytes.Equal(again.Bytes(), whole.Bytes()) {
		return nil, fault.New(fault.Invalid, "read content: it is not written as content is")
	}
	return items, nil
}

func decodeItem(row []byte) (item.Item, error) {
	var texts []string
	if err := json.Unmarshal(row, &texts); err != nil {
		return item.Item{}, fmt.Errorf("it cannot be read: %w", err)
	}
	if len(texts)%2 == 0 {
		return item.Item{}, errors.New("a text is missing")
	}
	i := item.Item{Key: texts[0]}
	for n := 1; n < len(texts); n += 2 {
		i.Values = append(i.Values, item.Value{Name: texts[n], Text: texts[n+1]})
	}
	return i, nil
}
