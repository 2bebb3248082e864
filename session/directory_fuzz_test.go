package session

import (
	"strings"
	"testing"

	"sotto/session/wire"
)

// FuzzDirectory reads any page of a directory, and any room's word of itself.
func FuzzDirectory(f *testing.F) {
	f.Add("<item jid='tea@rooms.example.org' name='Tea (3)'/><set xmlns='http://jabber.org/protocol/rsm'><last>x</last></set>")
	f.Add("<item address='tea@rooms.example.org'><name>x</name><nusers>3</nusers></item>")
	f.Add("<feature var='muc_open'/><x xmlns='jabber:x:data'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roominfo</value></field></x>")
	f.Fuzz(func(t *testing.T, inner string) {
		d := &directory{service: wire.Lenient("rooms.example.org"), seen: map[string]bool{}}
		for _, space := range []string{nsDiscoItems, nsSearch, nsDiscoInfo} {
			el, err := wire.ParseElement([]byte("<query xmlns='"+space+"'>"+inner+"</query>"), wire.NSClient)
			if err != nil {
				return
			}
			d.takeItems(el)
			d.takeFound(el)
			r := aboutRoom("tea@rooms.example.org", el)
			for _, r := range append(d.list, r) {
				j, err := wire.Parse(r.JID)
				if err != nil || j.Local() == "" || j.Resource() != "" || len(r.Name) > listedName || len(r.About) > listedAbout || len(r.Lang) > 35 || r.Occupants < -1 || r.Occupants > 1_000_000 {
					t.Errorf("%s: got %+v", strings.ToValidUTF8(inner, "?"), r)
				}
			}
		}
	})
}
