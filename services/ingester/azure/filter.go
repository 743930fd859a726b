package azure

import (
	"net/url"
	"strings"

	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/money"
)

// Query says which rows of a source a traversal reads.
type Query struct {
	Currency money.Currency
	Filter   string // an OData expression that narrows what the base URL asks for; empty is all of it
}

// FilterEqual returns the OData expression that is true of rows whose field has the value. Quotes within the value are doubled.
// Source: OData 4.01 URL conventions, 5.1.1.14.1 primitive literals; Retail Prices API, filters.
func FilterEqual(field, value string) string {
	return field + " eq " + quoted(value)
}

// FilterNotEqual returns the expression that is true of rows whose field has another value, or none.
func FilterNotEqual(field, value string) string {
	return field + " ne " + quoted(value)
}

func quoted(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }

// And returns the expression that is true where all filters are; empty ones say nothing.
func And(filters ...string) string {
	var all []string
	for _, f := range filters {
		if f != "" {
			all = append(all, f)
		}
	}
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return "(" + strings.Join(all, ") and (") + ")"
}

// pair is a member of a query as it was written, and its name.
type pair struct{ written, name string }

// pairs takes a query apart.
func pairs(query string) ([]pair, error) {
	var all []pair
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, _, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, fault.New(fault.Invalid, "query %q: %w", part, err)
		}
		all = append(all, pair{part, name})
	}
	return all, nil
}

// first returns the link to the first page of a query. What the base URL's own query says stays as it is written, but that its $filter
// is joined with that of q; a base URL that names a currency keeps it.
func first(base *url.URL, q Query) (string, error) {
	all, err := pairs(base.RawQuery)
	if err != nil {
		return "", err
	}
	var written []string
	own, named := "", false
	for _, p := range all {
		if strings.EqualFold(p.name, "$filter") && q.Filter != "" {
			_, value, _ := strings.Cut(p.written, "=")
			if own, err = url.QueryUnescape(value); err != nil {
				return "", fault.New(fault.Invalid, "query %q: %w", p.written, err)
			}
			continue
		}
		if strings.EqualFold(p.name, "currencyCode") {
			if named = true; !strings.Contains(strings.ToUpper(p.written), string(q.Currency)) {
				return "", fault.New(fault.Invalid, "ask for %s: the source's URL asks for another currency: %s", q.Currency, p.written).
					WithHint("leave currencyCode out of the URL, or name its currency")
			}
		}
		written = append(written, p.written)
	}
	if !named {
		written = append(written, "currencyCode="+escape("'"+string(q.Currency)+"'"))
	}
	if q.Filter != "" {
		written = append(written, "$filter="+escape(And(own, q.Filter)))
	}
	u := *base
	u.RawQuery = strings.Join(written, "&")
	return u.String(), nil
}

// escape writes a value of a query with %20 for spaces, which every server reads.
func escape(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }
