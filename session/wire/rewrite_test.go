package wire_test

import (
	"testing"

	"sotto/session/wire"
)

// TestRewrite: what is not named stays as it was written.
func TestRewrite(t *testing.T) {
	tests := map[string]struct {
		xml  string
		set  []wire.Attr
		nick string // instead of the child nick; "-": nothing
		add  *wire.Element
		want string
	}{
		"nothing": {`<c/>`, nil, "", nil, `<c/>`},
		"nothing of much": {`<c  xmlns="b"	a='1'  b="&#50;" > x <nick  >old</nick ><![CDATA[<]]><y:z xmlns:y='q' y:a = "1"/> </c >`, nil, "", nil,
			`<c  xmlns="b"	a='1'  b="&#50;" > x <nick  >old</nick ><![CDATA[<]]><y:z xmlns:y='q' y:a = "1"/> </c >`},
		"an attribute": {`<c xmlns="b" a = "1>/"  b="2" >x</c>`, []wire.Attr{{Local: "a", Value: "it's"}}, "", nil,
			`<c xmlns="b" a='it&apos;s'  b="2" >x</c>`},
		"one more attribute":     {`<c xmlns="b"/>`, []wire.Attr{{Local: "a", Value: "1"}}, "", nil, `<c xmlns="b" a='1'/>`},
		"one less":               {`<c a="1" xmlns="b"></c>`, []wire.Attr{{Local: "a"}}, "", nil, `<c xmlns="b"></c>`},
		"of another namespace":   {`<c xmlns="b" xmlns:x="q" x:a="1"/>`, []wire.Attr{{Local: "a", Value: "2"}}, "", nil, `<c xmlns="b" xmlns:x="q" x:a="1" a='2'/>`},
		"a child":                {`<c xmlns="b"> <nick>old</nick> <z/></c>`, nil, "new", nil, `<c xmlns="b"> <nick xmlns='b'>new</nick> <z/></c>`},
		"no child":               {`<c xmlns="b"> <nick>old</nick> <z/></c>`, nil, "-", nil, `<c xmlns="b">  <z/></c>`},
		"a new child of none":    {`<x:c xmlns:x="b" />`, nil, "", wire.New("b", "nick").SetText("n"), `<x:c xmlns:x="b" ><nick xmlns='b'>n</nick></x:c>`},
		"a new child among some": {`<c xmlns="b"><z/> </c>`, nil, "", wire.New("b", "nick").SetText("n"), `<c xmlns="b"><z/> <nick xmlns='b'>n</nick></c>`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e, err := wire.Verbatim([]byte(test.xml))
			if err != nil {
				t.Fatal(err)
			}
			got := string(e.Rewrite(test.set, func(c *wire.Element) []byte {
				switch {
				case c.Local != "nick" || test.nick == "":
					return nil
				case test.nick == "-":
					return []byte{}
				}
				return wire.New("b", "nick").SetText(test.nick).Standalone()
			}, test.add))
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if again := string(wire.New("x", "y").Add(e).Bytes()); again != "<y xmlns='x'>"+test.xml+"</y>" {
				t.Errorf("inside another one it became %s", again)
			}
		})
	}
}

// TestStandalone: what leans on its surroundings is written anew.
func TestStandalone(t *testing.T) {
	for name, test := range map[string][2]string{
		"its own":         {`<s><c xmlns="b"> <z  a="1"/></c></s>`, `<c xmlns="b"> <z  a="1"/></c>`},
		"a namespace":     {`<s xmlns="q"><c a="1"> <z/></c></s>`, `<c xmlns='q' a='1'> <z/></c>`},
		"a prefix":        {`<s xmlns:q="q"><c xmlns="b"><q:z/></c></s>`, `<c xmlns='b'><z xmlns='q'/></c>`},
		"inside a prefix": {`<s xmlns="q"><b:c xmlns:b="b"><z/></b:c></s>`, `<c xmlns='b'><z xmlns='q'/></c>`},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := wire.ParseElement([]byte(test[0]), "")
			if err != nil {
				t.Fatal(err)
			}
			if got := string(e.Children[0].Standalone()); got != test[1] {
				t.Errorf("got %s, want %s", got, test[1])
			}
		})
	}
}

// FuzzRewrite changes any element in small ways: the rest stays, and the result
// is read as what was meant.
func FuzzRewrite(f *testing.F) {
	for _, s := range []string{`<c xmlns="b" a = '1' x:q="2" xmlns:x='q'> <nick>old</nick>&lt;<![CDATA[</c>]]><x:z/></c >`, `<c/>`, `<c a="/>"/>`, `<c name=">"
	a=''><nick/></c>`, `<x:c xmlns:x='b'>/</x:c>`} {
		f.Add(s, "a name")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		e, err := wire.Verbatim([]byte(text))
		if err != nil {
			return
		}
		raw := string(e.Raw())
		if got := string(e.Rewrite(nil, nil)); got != raw {
			t.Fatalf("unchanged it became\n%q, was\n%q", got, raw)
		}
		if got := string(wire.New("x", "y").Add(e).Bytes()); got != "<y xmlns='x'>"+raw+"</y>" {
			t.Fatalf("it was written as %q", got)
		}
		nick := wire.New("b", "nick").SetText("new")
		b := e.Rewrite([]wire.Attr{{Local: "name", Value: name}}, func(c *wire.Element) []byte {
			if c.Local == "nick" {
				return nick.Standalone()
			}
			return nil
		}, nick)
		again, err := wire.ParseElement(b, "")
		if err != nil {
			t.Fatalf("%q became %q: %v", raw, b, err)
		}
		if again.Local != e.Local || again.Space != e.Space || len(again.Children) != len(e.Children)+1 || again.Text != e.Text {
			t.Fatalf("%q became %q", raw, b)
		}
		for i, c := range e.Children {
			if o := again.Children[i]; c.Local != "nick" && string(o.Raw()) != string(c.Raw()) || c.Local == "nick" && o.Text != "new" {
				t.Errorf("the child %q became %q", c.Raw(), o.Raw())
			}
		}
		for _, a := range e.Attrs {
			if got := again.Attr(a.Local); a.Space == "" && a.Local != "name" && got != a.Value {
				t.Errorf("the attribute %s=%q became %q", a.Local, a.Value, got)
			}
		}
	})
}
