package sheet

import (
	"encoding/binary"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/pricewire/pricewire/pkg/money"
)

// writeParquet writes a table as a Parquet file, compressed with Zstandard. Its columns may be null and are in the table's order. Decimals
// are DECIMAL(38, 18), which every decimal of the product fits exactly.
func writeParquet(w io.Writer, t Table, notes []Note) (err error) {
	const rowsPerGroup = 100_000 // a group is gathered in memory
	options := []parquet.WriterOption{
		parquet.NewSchema("table", parquetTable(t)), parquet.Compression(&zstd.Codec{}), parquet.MaxRowsPerRowGroup(rowsPerGroup),
	}
	for _, n := range notes {
		options = append(options, parquet.KeyValueMetadata(n.Name, n.Text))
	}
	config, err := parquet.NewWriterConfig(options...)
	if err != nil {
		return err
	}
	out := parquet.NewWriter(w, config)
	values := make(parquet.Row, len(t.Columns))
	err = t.each(func(number int, row []string) error {
		for i, cell := range row {
			v, err := t.parquetValue(number, i, cell)
			if err != nil {
				return err
			}
			defined := 1
			if v.IsNull() {
				defined = 0
			}
			values[i] = v.Level(0, defined, i)
		}
		_, err := out.WriteRows([]parquet.Row{values})
		return err
	})
	if err != nil {
		return err
	}
	return out.Close()
}

func (t Table) parquetValue(number, column int, cell string) (parquet.Value, error) {
	if cell == "" {
		return parquet.NullValue(), nil
	}
	switch t.Columns[column].Kind {
	case Decimal:
		d, err := t.decimal(number, column, cell)
		return parquet.FixedLenByteArrayValue(bigEndian(d)), err
	case Time:
		at, err := t.instant(number, column, cell)
		return parquet.Int64Value(at.UnixMicro()), err
	case Whole:
		n, err := t.whole(number, column, cell)
		return parquet.Int64Value(n), err
	case Flag:
		b, err := t.flag(number, column, cell)
		return parquet.BooleanValue(b), err
	case Text:
	}
	return parquet.ByteArrayValue([]byte(cell)), nil
}

// bigEndian is a decimal's count of 10^-18 as two's complement of 128 bits.
func bigEndian(d money.Decimal) []byte {
	hi, lo := d.Unscaled()
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 16), uint64(hi))
	return binary.BigEndian.AppendUint64(b, lo)
}

// orderedGroup is a Parquet group whose fields are in the order of a table's columns, where the library's own sorts them by name.
type orderedGroup struct {
	parquet.Group
	order []string
}

func parquetTable(t Table) parquet.Node {
	g := orderedGroup{Group: parquet.Group{}}
	for _, c := range t.Columns {
		var node parquet.Node
		switch c.Kind {
		case Decimal:
			node = parquet.Decimal(money.Scale, 38, parquet.FixedLenByteArrayType(16))
		case Time:
			node = parquet.Timestamp(parquet.Microsecond)
		case Whole:
			node = parquet.Int(64)
		case Flag:
			node = parquet.Leaf(parquet.BooleanType)
		default:
			node = parquet.String()
		}
		g.Group[c.Name] = parquet.Optional(node)
		g.order = append(g.order, c.Name)
	}
	return g
}

// Fields is parquet.Node's.
func (g orderedGroup) Fields() []parquet.Field {
	byName := map[string]parquet.Field{}
	for _, f := range g.Group.Fields() {
		byName[f.Name()] = f
	}
	fields := make([]parquet.Field, len(g.order))
	for i, name := range g.order {
		fields[i] = byName[name]
	}
	return fields
}
