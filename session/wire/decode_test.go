package wire_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"sotto/session/wire"
)

const sample = `<message xmlns='jabber:client' from='bob@example.org/phone' to='ann@example.org/r' type='chat' id='8f0e9c2a' xml:lang='en'><body>Hello there, this is a message of ordinary length &amp; content.</body><active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/><origin-id xmlns='urn:xmpp:sid:0' id='8f0e9c2a'/><stanza-id xmlns='urn:xmpp:sid:0' id='1700000000000' by='ann@example.org'/></message>`

func TestElement(t *testing.T) {
	in := "<message xmlns='jabber:client' id='1' xml:lang='de'><body>a &lt; b</body><x:a xmlns:x='urn:x' x:k='v' k='w'><![CDATA[<raw>]]>&#65;</x:a><b xmlns='urn:x'/></message>"
	el, err := wire.ParseElement([]byte(" "+in+"\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	a := el.Child("urn:x", "a")
	switch {
	case !el.Is(wire.NSClient, "message"), el.Lang() != "de", el.ChildText(wire.NSClient, "body") != "a < b":
		t.Errorf("got %s", el.Bytes())
	case a.Text != "<raw>A", a.Attr("k") != "w", len(a.Attrs) != 2:
		t.Errorf("got %+v", a)
	case string(el.Raw()) != in:
		t.Errorf("got raw %s", el.Raw())
	case string(a.Raw()) != "<x:a xmlns:x='urn:x' x:k='v' k='w'><![CDATA[<raw>]]>&#65;</x:a>":
		t.Errorf("got raw %s", a.Raw())
	}
	n := 0
	for range el.All("urn:x", "") {
		n++
	}
	if n != 2 || el.Child("", "body") != nil || el.Child("urn:x", "body") != nil {
		t.Error("children by namespace")
	}
	var none *wire.Element
	if none.Attr("x") != "" || none.Child("", "") != nil || none.Is("", "") || none.ChildText("", "x") != "" || none.Raw() != nil || none.Lang() != "" {
		t.Error("nil element")
	}
	for range none.All("", "") {
		t.Error("nil element has children")
	}
	if el.Set("id", "2").Raw() != nil {
		t.Error("changed element has raw bytes")
	}
}

func TestAppend(t *testing.T) {
	cases := map[string]struct {
		el   *wire.Element
		want string
	}{
		"empty":       {wire.New(wire.NSClient, "presence"), "<presence/>"},
		"inherits":    {wire.New(wire.NSClient, "a").Add(wire.New(wire.NSClient, "b"), nil, wire.New("u", "c").Add(wire.New("u", "d"))), "<a><b/><c xmlns='u'><d/></c></a>"},
		"escapes":     {wire.New(wire.NSClient, "a").Set("k", "<'\"&\n\t\r>").SetText("]]>&\r\n'\""), "<a k='&lt;&apos;&quot;&amp;&#10;&#9;&#13;&gt;'>]]&gt;&amp;&#13;\n'\"</a>"},
		"illegal":     {wire.New(wire.NSClient, "a").SetText("x\x00\x1b\xff\ufffe\uffffy\ufffd🙂"), "<a>xy\ufffd🙂</a>"},
		"bad names":   {wire.New(wire.NSClient, "a><b").Set("k='", "v").Set("xmlns", "u"), "<_/>"},
		"remove":      {wire.New(wire.NSClient, "a").Set("k", "v").Set("l", "w").Set("k", ""), "<a l='w'/>"},
		"lang":        {wire.New(wire.NSClient, "a").SetLang("de"), "<a xml:lang='de'/>"},
		"no space":    {wire.New("", "a"), "<a xmlns=''/>"},
		"replace set": {wire.New(wire.NSClient, "a").Set("k", "v").Set("k", "w"), "<a k='w'/>"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := string(c.el.Bytes()); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

const streamHeader = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:p='urn:p' version='1.0'>"

// TestFraming cuts the bytes at every position: what is read must not depend on
// how they arrive.
func TestFraming(t *testing.T) {
	in := streamHeader + sample + "\n<presence/> <iq type='result' id='1'><p:q p:a='&#x41;'/>€</iq></stream:stream>"
	want, err := wire.DecodeStream(strings.NewReader(in))
	if !errors.Is(err, wire.ErrStreamEnd) || len(want) != 3 {
		t.Fatalf("got %d, %v", len(want), err)
	}
	if want[2].Child("urn:p", "q") == nil {
		t.Error("prefix of the stream header is not known")
	}
	for i := range len(in) {
		got, err := wire.DecodeStream(io.MultiReader(strings.NewReader(in[:i]), strings.NewReader(in[i:])))
		if !errors.Is(err, wire.ErrStreamEnd) || !sameAll(got, want) {
			t.Fatalf("cut at %d: got %d, %v", i, len(got), err)
		}
	}
	got, err := wire.DecodeStream(iotest.OneByteReader(strings.NewReader(in)))
	if !errors.Is(err, wire.ErrStreamEnd) || !sameAll(got, want) {
		t.Errorf("byte by byte: got %d, %v", len(got), err)
	}
	for i := range len(in) - 1 {
		if _, err := wire.DecodeStream(strings.NewReader(in[:i])); err == nil || errors.Is(err, wire.ErrStreamEnd) {
			t.Fatalf("cut off at %d: got %v", i, err)
		}
	}
}

func TestManyAttributesAndDeclarations(t *testing.T) {
	var decl strings.Builder
	for i := range 200 {
		fmt.Fprintf(&decl, " xmlns:p%d='urn:%d'", i, i)
	}
	if _, err := wire.ParseElement([]byte("<a"+decl.String()+"/>"), ""); err != nil {
		t.Error(err)
	}
	if _, err := wire.ParseElement([]byte("<a"+decl.String()+"><b"+decl.String()+"/></a>"), ""); err == nil {
		t.Error("400 declarations in force")
	}
}

func same(a, b *wire.Element) bool {
	if a.Space != b.Space || a.Local != b.Local || a.Text != b.Text || len(a.Attrs) != len(b.Attrs) || len(a.Children) != len(b.Children) {
		return false
	}
	for i := range a.Attrs {
		if a.Attrs[i] != b.Attrs[i] {
			return false
		}
	}
	return sameAll(a.Children, b.Children)
}

func sameAll(a, b []*wire.Element) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !same(a[i], b[i]) {
			return false
		}
	}
	return true
}

// reference reads with encoding/xml alone.
func reference(b []byte) (*wire.Element, error) {
	d := xml.NewDecoder(bytes.NewReader(b))
	var open []*wire.Element
	var root *wire.Element
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			e := wire.New(t.Name.Space, t.Name.Local)
			for _, a := range t.Attr {
				if a.Name.Space == "xmlns" || (a.Name.Space == "" && a.Name.Local == "xmlns") {
					continue
				}
				e.Attrs = append(e.Attrs, wire.Attr{Space: a.Name.Space, Local: a.Name.Local, Value: a.Value})
			}
			if len(open) > 0 {
				open[len(open)-1].Add(e)
			} else {
				root = e
			}
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].Text += string(t)
			}
		}
	}
}

var seeds = []string{
	sample, "<a/>", "<a b='c' xmlns='u'>t<b xmlns=''/>u</a>", "<p:a xmlns:p='u' p:b='1' b='2'/>", "<a xml:lang='x'><![CDATA[<&]]>&lt;&#x20ac;\r\n</a>",
	"<a xmlns:a='u' xmlns:b='u' a:x='1' b:x='1'/>", "<a:b/>", "<a><b></a></b>", "<!DOCTYPE a><a/>", "<a><!-- --></a>", "<?x?><a/>", "<:a/>", "<a:/>", "<a :b='c'/>", "<a xmlns:p=''/>",
	"<a b='\n\t'/>", "<a>]]></a>", "<xmlns:a/>", "<xml:a/>", "<a xmlns:é='u'><é:b/></a>",
}

func FuzzDecode(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := wire.ParseElement(b, "")
		if err != nil {
			return
		}
		want, err := reference(b)
		if err != nil {
			t.Fatalf("accepted what encoding/xml refuses: %v", err)
		}
		if !same(got, want) {
			t.Fatalf("got %s, want %s", got.Bytes(), want.Bytes())
		}
		if !bytes.Contains(b, got.Raw()) {
			t.Fatalf("raw %q is not in the input", got.Raw())
		}
	})
}

func FuzzElementRoundTrip(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s), "text <&'\"> \x00\r\n")
	}
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		el, err := wire.ParseElement(b, wire.NSClient)
		if err != nil {
			el = wire.New(wire.NSClient, "message")
		}
		again, err := wire.ParseElement(el.Bytes(), wire.NSClient)
		if err != nil || !same(el, again) {
			t.Fatalf("%q became %q: %v", b, el.Bytes(), err)
		}
		// Whatever a text holds, what is around it stays as it was.
		el = wire.New(wire.NSClient, "message").Set("id", "1"+text).Add(wire.New("urn:x", "a").SetText(text), wire.New("urn:x", "b"))
		again, err = wire.ParseElement(el.Bytes(), wire.NSClient)
		if err != nil || len(again.Children) != 2 || len(again.Attrs) != 1 || len(again.Children[0].Children) != 0 {
			t.Fatalf("%q became %q: %v", text, el.Bytes(), err)
		}
	})
}

func FuzzStream(f *testing.F) {
	f.Add([]byte(sample+"<presence/></stream:stream>"), uint16(7))
	f.Add([]byte("<iq><p:a/></iq>\n<message>"), uint16(1))
	f.Fuzz(func(t *testing.T, b []byte, cut uint16) {
		in := append([]byte(streamHeader), b...)
		whole, err1 := wire.DecodeStream(bytes.NewReader(in))
		at := int(cut) % len(in)
		parts, err2 := wire.DecodeStream(io.MultiReader(bytes.NewReader(in[:at]), iotest.OneByteReader(bytes.NewReader(in[at:]))))
		if !sameAll(whole, parts) || err1.Error() != err2.Error() {
			t.Fatalf("cut at %d: %d %v and %d %v", at, len(whole), err1, len(parts), err2)
		}
	})
}

func BenchmarkDecodeMessage(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(sample)))
	next, err := wire.NewBenchDecoder(io.MultiReader(strings.NewReader(streamHeader), &repeat{text: sample}))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := next(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeRoster(b *testing.B) {
	var s strings.Builder
	s.WriteString("<iq type='result' id='1'><query xmlns='jabber:iq:roster' ver='1'>")
	for i := range 10_000 {
		fmt.Fprintf(&s, "<item jid='somebody%05d@example.org' name='Somebody %d' subscription='both'><group>Friends</group></item>", i, i)
	}
	s.WriteString("</query></iq>")
	b.ReportAllocs()
	b.SetBytes(int64(s.Len()))
	next, err := wire.NewBenchDecoder(io.MultiReader(strings.NewReader(streamHeader), &repeat{text: s.String()}))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := next(); err != nil {
			b.Fatal(err)
		}
	}
}

// repeat is a reader without end.
type repeat struct {
	text string
	at   int
}

func (r *repeat) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}
