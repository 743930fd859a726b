package event

import (
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
)

// fields turns text of a payload into values and keeps the first that does not read.
type fields struct{ err error }

func (f *fields) require(ok bool, field, problem string) {
	if !ok && f.err == nil {
		f.err = fault.New(fault.Invalid, "read event: field %s: %s", field, problem)
	}
}

func (f *fields) decimal(field, text string) money.Decimal {
	d, err := money.Parse(text)
	if err != nil {
		f.require(false, field, quote(text)+" is "+err.Error())
	}
	return d
}
