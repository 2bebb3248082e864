package wire

import (
	"bytes"
	"slices"
)

// hidden stands for a secret in the console. Not even its length is shown.
const hidden = "[hidden]"

// masked is what a console may see of an element: what SASL carries is hidden in
// both directions, because a SCRAM exchange can be searched for the password at
// leisure, and so are passwords of accounts and rooms wherever they stand.
func masked(e *Element) []byte {
	if e.Space == NSSASL {
		switch e.Local {
		case "auth", "response", "challenge", "success":
			shown := New(e.Space, e.Local).Set("mechanism", e.Attr("mechanism"))
			if e.Text != "" || len(e.Children) > 0 {
				shown.SetText(hidden)
			}
			return shown.Bytes()
		}
	}
	raw := e.Raw()
	if raw == nil {
		raw = e.Bytes()
	}
	if maySecret(raw) {
		if shown, secret := mask(e); secret {
			return shown.Bytes()
		}
	}
	return raw
}

// maskedBytes is masked for what goes out of the queue, which has no elements.
func maskedBytes(b []byte) []byte {
	if !maySecret(b) {
		return b
	}
	e, err := ParseElement(b, NSClient)
	if err != nil {
		return []byte(hidden)
	}
	return masked(e)
}

func maySecret(b []byte) bool {
	return slices.ContainsFunc(secretWords, func(word []byte) bool { return bytes.Contains(b, word) })
}

// secretWords are in every element with a secret. A name or a value of a protocol
// is written in entities by nobody but who wants to hide it from the reader.
var secretWords = [][]byte{[]byte("assword"), []byte("secret"), []byte("text-private"), []byte("token"), []byte("digest"), []byte("header"), []byte("&#")}

// mask gives a copy of an element without the secrets in it, and whether there
// were any. Elements are no deeper than the decoder lets them be.
func mask(e *Element) (*Element, bool) {
	shown := &Element{Space: e.Space, Local: e.Local, Attrs: e.Attrs, Text: e.Text}
	switch {
	case e.Local == "password", e.Local == "token", e.Local == "digest" && e.Space == "jabber:iq:auth", e.Local == "auth" && e.Space == NSSASL:
		if e.Text == "" && len(e.Children) == 0 && len(e.Attrs) == 0 {
			return shown, false // asked for, not told
		}
		return New(e.Space, e.Local).SetText(hidden), true
	case e.Local == "header" && e.Space == "urn:xmpp:http:upload:0": // it lets anybody upload
		return New(e.Space, e.Local).Set("name", e.Attr("name")).SetText(hidden), true
	case e.Local == "preauth":
		return New(e.Space, e.Local).Set("token", hidden), true
	case e.Local == "field" && e.Space == "jabber:x:data" && secretField(e):
		shown.Text = ""
		for _, c := range e.Children {
			if c.Local == "value" {
				c = New(c.Space, c.Local).SetText(hidden)
			}
			shown.Children = append(shown.Children, c)
		}
		return shown, true
	}
	secret := false
	for _, c := range e.Children {
		copied, was := mask(c)
		secret = secret || was
		shown.Children = append(shown.Children, copied)
	}
	return shown, secret
}

func secretField(e *Element) bool {
	switch e.Attr("var") {
	case "password", "muc#roomconfig_roomsecret", "accountpassword", "accountpassword-verify":
		return true
	}
	return e.Attr("type") == "text-private"
}
