package session

import (
	"slices"
	"strings"

	"sotto/session/wire"
)

// Data forms: XEP-0004. A form comes from a server or a room, which may be
// hostile: its fields, options and values are bounded here. Its strings are kept
// as they came, because they go back; who shows them filters them.

// Bounds on a form.
const (
	formFieldsMax  = 64
	formOptionsMax = 200
	formValuesMax  = 200
	formLinesMax   = 16      // of instructions
	formLabelMax   = 1 << 10 // bytes of a title, a label, a description
	formValueMax   = 8 << 10 // bytes of a value
	formMediaMax   = 4
)

// FieldType is what a field of a form takes (XEP-0004 §3.3).
type FieldType string

// The types of fields. What is none of them is taken for TextSingle.
const (
	TextSingle  FieldType = "text-single"
	TextPrivate FieldType = "text-private"
	TextMulti   FieldType = "text-multi"
	Boolean     FieldType = "boolean"
	ListSingle  FieldType = "list-single"
	ListMulti   FieldType = "list-multi"
	JIDSingle   FieldType = "jid-single"
	JIDMulti    FieldType = "jid-multi"
	Hidden      FieldType = "hidden"
	Fixed       FieldType = "fixed"
)

// Form is a form to be filled in: set the Values of its fields.
type Form struct {
	Title        string
	Instructions []string
	Fields       []Field
	Cut          bool // it was larger than the bounds, and something is left out
	Lost         bool // what is left out had values: it cannot go back whole
}

// Field is a field of a form. A boolean has "1" or "0" as its value, a text of
// several lines one value a line.
type Field struct {
	Var, Label, Desc string
	Type             FieldType
	Required         bool
	Values           []string
	Options          []Option
	Media            []string // web addresses of what is to be looked at (XEP-0221)
}

// Option is one choice of a list.
type Option struct{ Label, Value string }

// Value is the first value of a field of the form; "": there is none.
func (f *Form) Value(name string) string {
	if i := f.index(name); i >= 0 && len(f.Fields[i].Values) > 0 {
		return f.Fields[i].Values[0]
	}
	return ""
}

// Fill gives a field a value; false: the form has no such field.
func (f *Form) Fill(name, value string) bool {
	i := f.index(name)
	if i >= 0 {
		f.Fields[i].Values = []string{value}
	}
	return i >= 0
}

func (f *Form) index(name string) int {
	return slices.IndexFunc(f.Fields, func(x Field) bool { return x.Var == name })
}

// Wrong says what is wrong with what a field holds, as a word: "required",
// "jid", "option"; "": nothing.
func (f *Field) Wrong() string {
	full := slices.ContainsFunc(f.Values, func(v string) bool { return strings.TrimSpace(v) != "" })
	switch {
	case f.Type == Hidden || f.Type == Fixed || f.Type == Boolean:
		return ""
	case !full && f.Required:
		return "required"
	}
	for _, v := range f.Values {
		if v == "" {
			continue
		}
		switch f.Type {
		case JIDSingle, JIDMulti:
			if _, err := wire.Parse(strings.TrimSpace(v)); err != nil {
				return "jid"
			}
		case ListSingle, ListMulti:
			if !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == v }) {
				return "option"
			}
		}
	}
	return ""
}

// formOf finds the form to be filled in below an element; false: there is none.
func formOf(parent *wire.Element) (Form, bool) {
	for x := range parent.All(nsData, "x") {
		if kind := x.Attr("type"); kind == "form" || kind == "" {
			return parseForm(x), true
		}
	}
	return Form{}, false
}

// parseForm reads <x xmlns='jabber:x:data'/>. What is beyond the bounds is left out.
func parseForm(x *wire.Element) Form {
	f := Form{Title: clip(x.ChildText(nsData, "title"), formLabelMax)}
	for i := range x.All(nsData, "instructions") {
		if len(f.Instructions) == formLinesMax {
			f.Cut = true
			break
		}
		f.Instructions = append(f.Instructions, clip(i.Text, 2*formLabelMax))
	}
	for el := range x.All(nsData, "field") {
		if len(f.Fields) == formFieldsMax {
			f.Cut, f.Lost = true, true
			break
		}
		field, cut, lost := parseField(el)
		f.Cut, f.Lost = f.Cut || cut || lost, f.Lost || lost
		if field.Var == "" && field.Type != Fixed || field.Var != "" && f.index(field.Var) >= 0 {
			continue // it could not be answered
		}
		f.Fields = append(f.Fields, field)
	}
	return f
}

// parseField reads a field. cut: choices are left out; lost: values are, or all.
func parseField(el *wire.Element) (f Field, cut, lost bool) {
	f = Field{Var: el.Attr("var"), Label: clip(el.Attr("label"), formLabelMax), Desc: clip(el.ChildText(nsData, "desc"), formLabelMax),
		Type: FieldType(el.Attr("type")), Required: el.Child(nsData, "required") != nil}
	switch f.Type {
	case TextSingle, TextPrivate, TextMulti, Boolean, ListSingle, ListMulti, JIDSingle, JIDMulti, Hidden, Fixed:
	default:
		f.Type = TextSingle
		if f.Var == "FORM_TYPE" {
			f.Type = Hidden
		}
	}
	if len(f.Var) > formLabelMax {
		return Field{Type: TextSingle}, false, true
	}
	for v := range el.All(nsData, "value") {
		if len(f.Values) == formValuesMax || len(v.Text) > formValueMax {
			lost = true
			continue
		}
		f.Values = append(f.Values, v.Text)
	}
	for o := range el.All(nsData, "option") {
		value := o.ChildText(nsData, "value")
		if len(f.Options) == formOptionsMax || len(value) > formValueMax {
			cut = true
			continue
		}
		if slices.ContainsFunc(f.Options, func(x Option) bool { return x.Value == value }) {
			continue
		}
		f.Options = append(f.Options, Option{clip(o.Attr("label"), formLabelMax), value})
	}
	for m := range el.All(nsMedia, "media") {
		for u := range m.All(nsMedia, "uri") {
			if a := strings.TrimSpace(u.Text); len(f.Media) < formMediaMax && webAddress(a) {
				f.Media = append(f.Media, a)
			}
		}
	}
	if f.Type == Boolean {
		on := len(f.Values) > 0 && (f.Values[0] == "1" || f.Values[0] == "true")
		f.Values = []string{"0"}
		if on {
			f.Values[0] = "1"
		}
	}
	return f, cut, lost
}

// webAddress says whether a web browser could be given an address.
func webAddress(s string) bool {
	return (strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")) && len(s) <= 2000 &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 })
}

// submit is the answer to the form (XEP-0004 §3.1).
func (f *Form) submit() *wire.Element {
	x := wire.New(nsData, "x").Set("type", "submit")
	for _, field := range f.Fields {
		if field.Type == Fixed {
			continue
		}
		el := wire.New(nsData, "field").Set("var", field.Var)
		if field.Var == "FORM_TYPE" {
			el.Set("type", string(Hidden))
		}
		values := field.Values
		switch field.Type {
		case ListSingle:
			values = values[:min(1, len(values))]
			if len(values) == 1 && values[0] == "" && !slices.ContainsFunc(field.Options, func(o Option) bool { return o.Value == "" }) {
				values = nil
			}
		case TextSingle, TextPrivate, JIDSingle:
			if values = values[:min(1, len(values))]; len(values) == 0 {
				values = []string{""} // it is empty on purpose
			}
		}
		for _, v := range values {
			if field.Type == JIDSingle || field.Type == JIDMulti {
				if v = strings.TrimSpace(v); v == "" && field.Type == JIDMulti {
					continue
				}
			}
			el.Add(wire.New(nsData, "value").SetText(v))
		}
		x.Add(el)
	}
	return x
}
