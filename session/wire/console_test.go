package wire

import (
	"strings"
	"testing"
)

// TestMasked: what a console shows of elements with secrets, and that others are
// shown byte for byte.
func TestMasked(t *testing.T) {
	for in, want := range map[string]string{
		`<message xmlns="jabber:client"><body>my password is safe</body></message>`:                                                                                         "",
		`<iq xmlns='jabber:client' type='set'><query xmlns='jabber:iq:register'><username>a</username><password>hunter2</password></query></iq>`:                            "[hidden]",
		`<iq xmlns='jabber:client' type='result'><query xmlns='jabber:iq:register'><username/><password/></query></iq>`:                                                     "",
		`<iq xmlns='jabber:client' type='result'><slot xmlns='urn:xmpp:http:upload:0'><put url='https://x'><header name='Authorization'>hunter2</header></put></slot></iq>`: "[hidden]",
		`<presence xmlns='jabber:client'><x xmlns='http://jabber.org/protocol/muc'><password>hunter2</password></x></presence>`:                                             "[hidden]",
		`<iq xmlns='jabber:client' type='set'><preauth xmlns='urn:xmpp:pars:0' token='hunter2'/></iq>`:                                                                      "[hidden]",
		`<iq xmlns='jabber:client'><x xmlns='jabber:x:data'><field var='muc#roomconfig_roomsecret'><value>hunter2</value></field></x></iq>`:                                 "[hidden]",
		`<iq xmlns='jabber:client'><x xmlns='jabber:x:data'><field var='pin' type='text-private'><value>hunter2</value></field></x></iq>`:                                   "[hidden]",
		`<iq xmlns='jabber:client'><x xmlns='jabber:x:data'><field var='p&#97;ssword'><value>hunter2</value></field></x></iq>`:                                              "[hidden]",
		`<success xmlns='urn:xmpp:sasl:2'><token xmlns='urn:xmpp:fast:0' expiry='2030-01-01' token='hunter2'/></success>`:                                                   "[hidden]",
	} {
		el, err := ParseElement([]byte(in), "")
		if err != nil {
			t.Fatal(err)
		}
		got := string(masked(el))
		if want == "" && got != in {
			t.Errorf("%s\nshown as %s", in, got)
		}
		if want != "" && (!strings.Contains(got, want) || strings.Contains(got, "hunter2")) {
			t.Errorf("%s\nshown as %s", in, got)
		}
	}
}
