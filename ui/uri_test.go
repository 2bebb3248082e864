package ui

import (
	"slices"
	"strings"
	"testing"

	"sotto/store"
)

// TestLinkFillsAndNeverActs: a link shows what it asks for. Nothing is opened,
// entered, added or said before Enter, and nothing is ever said by it.
func TestLinkFillsAndNeverActs(t *testing.T) {
	for link, want := range map[string][]string{
		"xmpp:zoe@example.org":                                               {"The link names zoe@example.org.", "(•) Write", "( ) Enter as a room"},
		"xmpp:zoe@example.org?message;body=one%0Atwo":                        {"go into the input and are not sent", "one", "two"},
		"xmpp:zoe@example.org?roster;name=Zo%C3%AB;group=Work":               {"Name    Zoë", "Group   Work", "They are asked"},
		"xmpp:zoe@example.org?subscribe;preauth=T":                           {"They invited you"},
		"xmpp:tea@rooms.example.org/zoe?join;password=secret":                {"Nick       zoe", "Password   ******"},
		"xmpp:zoe@example.org?message;body=%2Fquit%0A%1B%5D0;x%07":           {"/quit"},
		"xmpp:zoe@example.org?message;body=" + strings.Repeat("x%0A", 300):   {"…"},
		"xmpp:b0b@example.org?message":                                       {"It looks like your contact bob@example.org"},
		"xmpp:zoe@example.org?roster;name=" + strings.Repeat("name%20", 900): {"Name"},
	} {
		t.Run(link[:min(40, len(link))], func(t *testing.T) {
			r := newRig(t, 80, 24, village)
			chats, chat := len(r.a.m.chats), r.a.m.chat
			r.a.followURI(link)
			r.pump()
			r.sees(want...)
			if strings.ContainsAny(r.screen(), "\x1b\x07") {
				t.Error("control characters")
			}
			if len(r.a.m.chats) != chats || r.a.m.chat != chat || r.a.composer.text() != "" {
				t.Error("it acted")
			}
			r.press("Esc")
			if r.a.dialog != nil || len(r.a.m.chats) != chats {
				t.Error("Esc is not the end of it")
			}
		})
	}
}

// TestLinkMessage: the words stand in the input, behind a draft, as text; only
// Enter in the input says them.
func TestLinkMessage(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.write("a draft")
	r.a.followURI("xmpp:bob@example.org?message;body=%2Fquit")
	r.press("Enter")
	before := len(r.bodiesOf())
	if c, _ := r.a.m.open(); c.JID != "bob@example.org" {
		t.Fatalf("the open chat is with %s", c.JID)
	}
	if got := r.a.composer.text(); got != "a draft\n/quit" {
		t.Errorf("got %q", got)
	}
	r.press("Ctrl-C")
	r.line("/link xmpp:zoe@example.net?message;body=%2Fquit")
	r.press("Enter")
	if c, _ := r.a.m.open(); c.JID != "zoe@example.net" || r.a.composer.text() != "/quit" {
		t.Fatalf("the input of %s has %q", c.JID, r.a.composer.text())
	}
	r.do("send")
	select {
	case <-r.a.quit:
		t.Fatal("the words of a link are a command")
	default:
	}
	if got := r.lastBody(); got != "/quit" {
		t.Errorf("got %q", got)
	}
	r.a.show(r.a.m.chats[slices.IndexFunc(r.a.m.chats, func(c store.Chat) bool { return c.JID == "bob@example.org" })].ID)
	r.pump()
	if n := len(r.bodiesOf()); n != before {
		t.Errorf("%d lines were said to bob", n-before)
	}
}

func TestLinkJoin(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.a.followURI("xmpp:tea@rooms.example.org?join;password=pw")
	r.write("ally")
	r.press("Enter")
	rooms, err := r.st.Rooms(t.Context(), r.acc)
	i := slices.IndexFunc(rooms, func(x store.RoomEntry) bool { return x.JID == "tea@rooms.example.org" })
	if err != nil || i < 0 || rooms[i].Nick != "ally" || rooms[i].Password != "pw" {
		t.Errorf("got %+v %v", rooms, err)
	}
}

// TestLinkAddNeedsALink: without a connection the form stays.
func TestLinkAddNeedsALink(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.a.followURI("xmpp:zoe@example.org?roster")
	r.press("Enter")
	r.sees("This needs a connection.", "Group")
}

func TestBadLinks(t *testing.T) {
	r := newRig(t, 80, 24, village)
	for link, want := range map[string]string{
		"xmpp:%":                              "names no address that there can be: “%”",
		"xmpp:a@b@c":                          "names no address",
		"xmpp:bob@example.org?remove":         "asks for “remove”, which sotto does not do",
		"xmpp:bob@example.org?message;body=%": "cannot be read",
		"mailto:x":                            "no xmpp: link",
		"xmpp:x?" + strings.Repeat("x", 9000): "too long",
	} {
		r.a.followURI(link)
		r.sees(want)
		if r.a.dialog != nil {
			t.Errorf("%s opens something", link)
		}
	}
}

// TestLinkWaitsForAnAccount: who has none makes one first.
func TestLinkWaitsForAnAccount(t *testing.T) {
	r := newRigWith(t, 80, 24, store.DefaultConfig(), nil)
	r.a.followURI("xmpp:zoe@example.org?message")
	if _, ok := r.a.dialog.(*setup); !ok || r.a.uri == "" {
		t.Errorf("the dialog is %T", r.a.dialog)
	}
	r.sees("Your account")
}

// TestOpenLinkInMessage: o on a message follows an xmpp: link here.
func TestOpenLinkInMessage(t *testing.T) {
	r := newRig(t, 80, 24, linked("come to <xmpp:tea@rooms.example.org?join>, or see https://example.org/xmpp:x"))
	r.press("Up")
	r.do("select.open")
	r.sees("1 xmpp:tea@rooms.example.org?join", "2 https://example.org/xmpp:x")
	r.press("1")
	r.sees("The link names tea@rooms.example.org.")
}

func TestFindsXMPPAddresses(t *testing.T) {
	for body, want := range map[string][]string{
		"xmpp:a@b.c?message;body=hi%20you.":    {"xmpp:a@b.c?message;body=hi%20you"},
		"(XMPP:a@b.c)":                         {"XMPP:a@b.c"},
		"xmpp: is a protocol, xmpp:x too":      nil,
		"notxmpp:a@b.c":                        nil,
		"https://e.org/?u=xmpp:a@b.c xmpp:c.d": {"https://e.org/?u=xmpp:a@b.c", "xmpp:c.d"},
		"http:x https:/y ftp://z 12:30 :)":     nil,
		"xmpp://a@b.c/d@e.f":                   {"xmpp://a@b.c/d@e.f"},
	} {
		var got []string
		for _, at := range addresses(body) {
			got = append(got, body[at[0]:at[1]])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", body, got, want)
		}
	}
}
