package session

import (
	"slices"

	"sotto/session/wire"
)

// Forms that are answers: XEP-0004 §3.2 (type result) and §3.4 (several items).

// Bounds on a form that is an answer, beside those of a form.
const (
	resultColumnsMax = 20
	resultItemsMax   = 1000
)

// FormResult is a form that tells something. Its texts are remote.
type FormResult struct {
	Title        string
	Instructions []string
	Fields       []Field   // what it says, without what is hidden
	Columns      []Field   // of the table: labels and types; none: there is no table
	Items        [][]Field // the rows of the table, a field for each column
	Cut          bool      // it was larger than the bounds
}

// parseResult reads <x xmlns='jabber:x:data'/> that is not to be filled in.
func parseResult(x *wire.Element) FormResult {
	f := parseForm(x)
	r := FormResult{Title: f.Title, Instructions: f.Instructions, Cut: f.Cut}
	for _, d := range f.Fields {
		if d.Type != Hidden {
			r.Fields = append(r.Fields, d)
		}
	}
	for el := range x.Child(nsData, "reported").All(nsData, "field") {
		c, _, _ := parseField(el)
		switch {
		case c.Var == "" || slices.ContainsFunc(r.Columns, func(o Field) bool { return o.Var == c.Var }):
		case c.Type == Hidden:
		case len(r.Columns) == resultColumnsMax:
			r.Cut = true
		default:
			c.Values = nil
			r.Columns = append(r.Columns, c)
		}
	}
	if len(r.Columns) == 0 {
		return r
	}
	for item := range x.All(nsData, "item") {
		if len(r.Items) == resultItemsMax {
			r.Cut = true
			break
		}
		row := make([]Field, len(r.Columns))
		for i, c := range r.Columns {
			row[i] = Field{Var: c.Var, Type: c.Type, Options: c.Options}
		}
		for el := range item.All(nsData, "field") {
			i := slices.IndexFunc(r.Columns, func(c Field) bool { return c.Var == el.Attr("var") })
			if i < 0 || row[i].Values != nil {
				continue
			}
			v, _, lost := parseField(el)
			row[i].Values, r.Cut = v.Values, r.Cut || lost
		}
		r.Items = append(r.Items, row)
	}
	return r
}

// Shown are the values of a field of a result in words: those of a list by their
// labels. A boolean stays 1 or 0.
func (f *Field) Shown() []string {
	out := slices.Clone(f.Values)
	for i, v := range out {
		if at := slices.IndexFunc(f.Options, func(o Option) bool { return o.Value == v }); at >= 0 && f.Options[at].Label != "" {
			out[i] = f.Options[at].Label
		}
	}
	return out
}
