package session_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sotto/internal/realserver"
	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

const vcardNS = "vcard-temp"

func asksCard(el *wire.Element) bool {
	return el.Local == "iq" && el.Attr("to") == myRoom && el.Child(vcardNS, "vCard") != nil
}

// TestRoomAvatar: told by the room alone, fetched when a screen wants it, believed
// only if it is the one that was told.
func TestRoomAvatar(t *testing.T) {
	b := redPNG(t, 64, 64)
	photo := func(from, hash string) string {
		return "<presence from='" + from + "'><x xmlns='vcard-temp:x:update'><photo>" + hash + "</photo></x></presence>"
	}
	for name, test := range map[string]struct {
		tells string
		data  []byte
		asked bool
		shown bool
	}{
		"the room":       {photo(myRoom, sha1Of(b)), b, true, true},
		"another one":    {photo(myRoom, sha1Of(b)), redPNG(t, 32, 32), true, false},
		"an occupant":    {photo(myRoom+"/mira", sha1Of(b)), b, false, false},
		"somebody":       {photo("eve@evil.example", sha1Of(b)), b, false, false},
		"no hash":        {photo(myRoom, "../../etc"), b, false, false},
		"its own form":   {"", b, true, true},
		"taken away too": {photo(myRoom, sha1Of(b)) + photo(myRoom, ""), b, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			cl := p.login()
			p.enter(cl, "alice", "mira")
			p.hush(myRoom)
			if test.tells != "" {
				p.tells(test.tells)
			} else {
				p.send(line("", "<x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x>"))
				q := p.await("the question", asksOf(myRoom, infoNS))
				p.reply(q, "<query xmlns='"+infoNS+"'><x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/muc#roominfo</value></field><field var='muc#roominfo_avatarhash'><value>"+sha1Of(b)+"</value></field></x></query>")
				wait(cl, "the news", func(e session.AvatarChanged) bool { return e.JID == myRoom })
			}
			p.took()
			cl.a.ShowAvatar(myRoom)
			if !test.asked {
				p.sync()
				for _, s := range p.took() {
					if strings.Contains(s, vcardNS) {
						t.Errorf("asked %s", s)
					}
				}
				return
			}
			p.reply(p.await("the question", asksCard), "<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>"+base64.StdEncoding.EncodeToString(test.data)+"</BINVAL></PHOTO></vCard>")
			if test.shown {
				wait(cl, "the picture", func(e session.AvatarChanged) bool { return e.JID == myRoom && e.Picture.Width == 16 })
				return
			}
			p.sync()
			for _, e := range events[session.AvatarChanged](cl) {
				if e.Picture.Width > 0 {
					t.Errorf("shown: %+v", e.JID)
				}
			}
		})
	}
}

// TestSetRoomAvatar: an owner's picture goes into the card, where the rest stays.
func TestSetRoomAvatar(t *testing.T) {
	file := filepath.Join(t.TempDir(), "room.png")
	if err := os.WriteFile(file, redPNG(t, 64, 64), 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPeer(t)
	cl := p.login()
	chat := p.rule(cl, "owner")
	for _, path := range []string{file, ""} {
		cl.a.SetRoomAvatar(chat, path)
		p.reply(p.await("the card", asksCard), "<vCard xmlns='vcard-temp'><FN>Tea</FN><PHOTO><BINVAL>old</BINVAL></PHOTO></vCard>")
		q := p.await("the new card", asksCard)
		card := q.Child(vcardNS, "vCard")
		data, err := base64.StdEncoding.DecodeString(card.Child(vcardNS, "PHOTO").ChildText(vcardNS, "BINVAL"))
		if q.Attr("type") != "set" || card.ChildText(vcardNS, "FN") != "Tea" || err != nil || (len(data) > 8 && string(data[1:4]) == "PNG") != (path != "") {
			t.Errorf("sent %s", q.Bytes())
		}
		p.reply(q, "")
		if e := answered(cl); e.Problem != nil || (e.Code == "room-avatar-set") != (path != "") {
			t.Errorf("got %+v %+v", e, e.Problem)
		}
		p.took()
	}
	cl.a.SetRoomAvatar(chat, file)
	p.fail(p.await("the card", asksCard), "forbidden")
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "room-avatar-refused" {
		t.Errorf("got %+v", e)
	}
	p.tells(standing("alice", "moderator", "admin", "", "110"))
	cl.a.SetRoomAvatar(chat, file)
	if e := answered(cl); e.Problem == nil || e.Problem.Code != "deed-owner" {
		t.Errorf("got %+v", e)
	}
}

// TestRealRoomAvatar sets one and sees it; a Prosody as it comes keeps none.
func TestRealRoomAvatar(t *testing.T) {
	s := realserver.Ejabberd(t)
	file := filepath.Join(t.TempDir(), "room.png")
	if err := os.WriteFile(file, redPNG(t, 64, 64), 0o600); err != nil {
		t.Fatal(err)
	}
	alice, bob := newClient(t, s, "alice", true), newClient(t, s, "bob", true)
	alice.online()
	bob.online()
	alice.a.Create(roomJID, session.PublicRoom)
	wait(alice, "the room", func(e session.Answer) bool { return e.Code == "room-made-public" })
	alice.a.SetRoomAvatar(alice.chat(store.Room, roomJID).ID, file)
	if e := wait(alice, "the answer", func(e session.Answer) bool { return e.Code == "room-avatar-set" || e.Problem != nil }); e.Problem != nil {
		t.Fatalf("got %+v", e.Problem)
	}
	bob.a.Join(roomJID, "bob", "")
	wait(bob, "the room", func(e session.RoomChanged) bool { return e.JID == roomJID && e.Joined })
	bob.a.ShowAvatar(roomJID)
	wait(bob, "the picture", func(e session.AvatarChanged) bool {
		if e.JID == roomJID && e.Picture.Width == 0 { // the room told of it just now
			bob.a.ShowAvatar(roomJID)
		}
		return e.JID == roomJID && e.Picture.Width > 0
	})
}
