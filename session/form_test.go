package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/session/wire"
)

func formFrom(t testing.TB, xml string) (Form, bool) {
	t.Helper()
	el, err := wire.ParseElement([]byte("<query xmlns='jabber:iq:register'>"+xml+"</query>"), wire.NSClient)
	if err != nil {
		t.Fatal(err)
	}
	return formOf(el)
}

// everyType is a form with a field of each type.
const everyType = `<x xmlns='jabber:x:data' type='form'><title>Bot</title><instructions>Fill it in.</instructions><instructions>All of it.</instructions>
<field var='FORM_TYPE' type='hidden'><value>jabber:bot</value></field>
<field type='fixed'><value>Section 1</value></field>
<field var='name' type='text-single' label='Name'><required/></field>
<field var='desc' type='text-multi' label='About'><desc>Some words</desc><value>one</value><value>two</value></field>
<field var='public' type='boolean' label='Public?'><value>true</value></field>
<field var='key' type='text-private' label='Password'/>
<field var='features' type='list-multi'><option label='News'><value>news</value></option><option><value>search</value></option><value>news</value></field>
<field var='max' type='list-single'><value>20</value><option label='10'><value>10</value></option><option label='20'><value>20</value></option></field>
<field var='boss' type='jid-single'/>
<field var='invite' type='jid-multi'><value>bob@example.org</value></field>
<field var='odd' type='colour'><value>x</value></field></x>`

func TestFormParseAndSubmit(t *testing.T) {
	f, ok := formFrom(t, everyType)
	if !ok || f.Title != "Bot" || len(f.Instructions) != 2 || len(f.Fields) != 11 || f.Cut {
		t.Fatalf("got %+v", f)
	}
	if f.Fields[10].Type != TextSingle || f.Value("public") != "1" || f.Fields[3].Desc != "Some words" || !f.Fields[2].Required {
		t.Errorf("got %+v", f.Fields)
	}
	f.Fill("name", "the <bot> & co")
	f.Fill("invite", " bob@example.org ")
	if f.Fill("nothing", "x") {
		t.Error("a field that is not there was filled in")
	}
	want := "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>jabber:bot</value></field><field var='name'><value>the &lt;bot&gt; &amp; co</value></field>" +
		"<field var='desc'><value>one</value><value>two</value></field><field var='public'><value>1</value></field><field var='key'><value/></field><field var='features'><value>news</value></field>" +
		"<field var='max'><value>20</value></field><field var='boss'><value/></field><field var='invite'><value>bob@example.org</value></field><field var='odd'><value>x</value></field></x>"
	if got := string(f.submit().Bytes()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFieldWrong(t *testing.T) {
	options := []Option{{"", "a"}, {"", "b"}}
	for name, test := range map[string]struct {
		field Field
		want  string
	}{
		"nothing wanted":       {Field{Type: TextSingle}, ""},
		"nothing given":        {Field{Type: TextSingle, Required: true}, "required"},
		"only space":           {Field{Type: TextMulti, Required: true, Values: []string{" ", ""}}, "required"},
		"given":                {Field{Type: TextPrivate, Required: true, Values: []string{"x"}}, ""},
		"nothing chosen":       {Field{Type: ListMulti, Required: true, Options: options}, "required"},
		"chosen":               {Field{Type: ListSingle, Options: options, Values: []string{"b"}}, ""},
		"no such option":       {Field{Type: ListSingle, Options: options, Values: []string{"c"}}, "option"},
		"an address":           {Field{Type: JIDSingle, Values: []string{" bob@example.org "}}, ""},
		"no address":           {Field{Type: JIDSingle, Values: []string{"b b@example.org"}}, "jid"},
		"one of several wrong": {Field{Type: JIDMulti, Values: []string{"bob@example.org", "", "@"}}, "jid"},
		"a switch":             {Field{Type: Boolean, Required: true, Values: []string{"0"}}, ""},
		"hidden":               {Field{Type: Hidden, Required: true}, ""},
	} {
		if got := test.field.Wrong(); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// TestFormBounds: what a server writes without end ends here.
func TestFormBounds(t *testing.T) {
	var many, options, values strings.Builder
	for i := range 300 {
		fmt.Fprintf(&many, "<field var='v%d' type='text-single'/>", i)
		fmt.Fprintf(&options, "<option><value>%d</value></option>", i)
		fmt.Fprintf(&values, "<value>%d</value>", i)
	}
	long := strings.Repeat("é", 100_000)
	for name, test := range map[string]struct {
		fields string
		check  func(f Form) bool
		cut    bool
	}{
		"fields":        {many.String(), func(f Form) bool { return len(f.Fields) == formFieldsMax }, true},
		"options":       {"<field var='a' type='list-single'>" + options.String() + "</field>", func(f Form) bool { return len(f.Fields[0].Options) == formOptionsMax }, true},
		"values":        {"<field var='a' type='text-multi'>" + values.String() + "</field>", func(f Form) bool { return len(f.Fields[0].Values) == formValuesMax }, true},
		"a long label":  {"<field var='a' label='" + long + "'/>", func(f Form) bool { return len(f.Fields[0].Label) <= formLabelMax }, false},
		"a long value":  {"<field var='a'><value>" + long + "</value></field>", func(f Form) bool { return len(f.Fields[0].Values) == 0 }, true},
		"a long name":   {"<field var='" + long + "'/>", func(f Form) bool { return len(f.Fields) == 0 }, true},
		"twice":         {"<field var='a'><value>1</value></field><field var='a'><value>2</value></field>", func(f Form) bool { return len(f.Fields) == 1 && f.Value("a") == "1" }, false},
		"without name":  {"<field type='text-single'/><field type='fixed'/>", func(f Form) bool { return len(f.Fields) == 1 }, false},
		"same options":  {"<field var='a' type='list-multi'><option><value>x</value></option><option><value>x</value></option></field>", func(f Form) bool { return len(f.Fields[0].Options) == 1 }, false},
		"media":         {"<field var='a'><media xmlns='urn:xmpp:media-element'><uri>javascript:x</uri><uri>https://example.org/ x</uri><uri>https://example.org/c</uri></media></field>", func(f Form) bool { return slices.Equal(f.Fields[0].Media, []string{"https://example.org/c"}) }, false},
		"no FORM_TYPE?": {"<field var='FORM_TYPE'><value>x</value></field>", func(f Form) bool { return f.Fields[0].Type == Hidden }, false},
	} {
		f, _ := formFrom(t, "<x xmlns='jabber:x:data' type='form'>"+test.fields+"</x>")
		if !test.check(f) || f.Cut != test.cut {
			t.Errorf("%s: cut %v, %d fields", name, f.Cut, len(f.Fields))
		}
	}
	if _, ok := formFrom(t, "<x xmlns='jabber:x:data' type='result'/>"); ok {
		t.Error("a result is a form")
	}
}

// FuzzForm: any form is bounded and can be answered.
func FuzzForm(f *testing.F) {
	f.Add(everyType)
	f.Add("<x xmlns='jabber:x:data'><field type='boolean' var='a'><value>2</value></field><field var='&#x85;' type='list-single'><value/><option/></field></x>")
	f.Fuzz(func(t *testing.T, xml string) {
		el, err := wire.ParseElement([]byte("<query xmlns='jabber:iq:register'>"+xml+"</query>"), wire.NSClient)
		if err != nil {
			return
		}
		form, ok := formOf(el)
		if !ok {
			return
		}
		if len(form.Fields) > formFieldsMax || len(form.Instructions) > formLinesMax {
			t.Errorf("%d fields, %d lines", len(form.Fields), len(form.Instructions))
		}
		for i := range form.Fields {
			if d := &form.Fields[i]; len(d.Options) > formOptionsMax || len(d.Values) > formValuesMax || len(d.Label) > formLabelMax {
				t.Errorf("field %d has no end", i)
			} else {
				d.Wrong()
			}
		}
		again, err := wire.ParseElement(form.submit().Bytes(), wire.NSClient)
		if err != nil || again.Attr("type") != "submit" {
			t.Errorf("the answer cannot be read: %v", err)
		}
	})
}
