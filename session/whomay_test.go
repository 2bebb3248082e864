package session_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

const (
	bobsGroups = "<item jid='bob@example.org' subscription='both'><group>Friends</group><group>Work</group></item>"
	asksMark   = "<markable xmlns='urn:xmpp:chat-markers:0'/>"
	receipt    = "<request xmlns='urn:xmpp:receipts'/>"
)

var (
	contacts  = session.Scope{Line: session.LineContacts}
	strangers = session.Scope{Line: session.LineStrangers}
	friends   = session.Scope{Line: session.LineGroup, Name: "Friends"}
	work      = session.Scope{Line: session.LineGroup, Name: "Work"}
	bobAlone  = session.Scope{Line: session.LinePerson, Name: "bob@example.org"}
)

// decide changes the policy and waits until it holds.
func (cl *client) decide(s session.Scope, t session.Thing, c session.Choice) {
	cl.t.Helper()
	cl.a.SetMay(s, t, c)
	wait(cl, "the policy", func(e session.PolicyChanged) bool { return e.Policy.Of(s, t) == c })
}

// done waits until the commands before it are carried out.
func (cl *client) done() {
	cl.t.Helper()
	if _, err := cl.a.Occupants(cl.t.Context(), "nobody@nowhere"); err != nil {
		cl.t.Fatal(err)
	}
}

// answered asks and says with which type and condition.
func (p *peer) answered(from, query string) string {
	p.t.Helper()
	p.pings++
	id := fmt.Sprintf("probe-%d", p.pings)
	p.sendf("<iq type='get' id='%s' from='%s'>%s</iq>", id, from, query)
	el := p.await("the answer", func(el *wire.Element) bool { return el.Attr("id") == id })
	if e := el.Child(wire.NSClient, "error"); e != nil {
		return "error " + e.Children[0].Local + " to " + el.Attr("to")
	}
	return el.Attr("type") + " to " + el.Attr("to")
}

const (
	askVersion = "<query xmlns='jabber:iq:version'/>"
	askTime    = "<time xmlns='urn:xmpp:time'/>"
	askIdle    = "<query xmlns='jabber:iq:last'/>"
)

// TestWhoMayAsk: what is decided holds at once and after a restart, of a person
// before groups, of the strictest group before all.
func TestWhoMayAsk(t *testing.T) {
	const bob = "bob@example.org/phone"
	no, yes := "error service-unavailable to "+bob, "result to "+bob
	p := newPeer(t)
	p.roster = bobsGroups
	cl := p.login()
	for _, x := range []struct {
		s    session.Scope
		t    session.Thing
		c    session.Choice
		want string // version, time, idle
	}{
		{contacts, session.AskTime, session.ChoiceYes, "yyy"},
		{contacts, session.AskVersion, session.ChoiceNo, "nyy"},
		{friends, session.AskVersion, session.ChoiceYes, "yyy"},
		{work, session.AskVersion, session.ChoiceNo, "nyy"},
		{bobAlone, session.AskVersion, session.ChoiceYes, "yyy"},
		{work, session.SeeIdle, session.ChoiceNo, "yyn"},
		{bobAlone, session.AskTime, session.ChoiceNo, "ynn"},
	} {
		cl.decide(x.s, x.t, x.c)
		got := ""
		for _, q := range []string{askVersion, askTime, askIdle} {
			switch a := p.answered(bob, q); a {
			case yes:
				got += "y"
			case no:
				got += "n"
			default:
				got += a
			}
		}
		if got != x.want {
			t.Errorf("%+v: %s, want %s", x, got, x.want)
		}
	}
	opt := p.options()
	opt.Store = cl.st
	cl.c.Close()
	again := run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
	again.online()
	if got := p.answered(bob, askTime); got != no {
		t.Errorf("after a restart: %s", got)
	}
}

// TestStrangersSeeAnOfflineAccount: whatever a stranger tries, and whatever is
// decided for contacts, nothing tells that somebody is there.
func TestStrangersSeeAnOfflineAccount(t *testing.T) {
	p := newPeer(t)
	p.roster = bobToo
	cl := p.login()
	for _, th := range session.Things {
		cl.decide(contacts, th, session.ChoiceYes)
	}
	p.sync()
	p.took()
	for _, q := range []string{askVersion, askTime, askIdle, "<query xmlns='http://jabber.org/protocol/disco#info'/>", "<ping xmlns='urn:xmpp:ping'/>", "<vCard xmlns='vcard-temp'/>"} {
		if got := p.answered("eve@evil.example/x", q); got != "error service-unavailable to eve@evil.example/x" {
			t.Errorf("%s: %s", q, got)
		}
	}
	p.tells(eve("<body>hi</body>"+receipt+asksMark), eve("<composing xmlns='http://jabber.org/protocol/chatstates'/>"),
		"<presence type='probe' from='eve@evil.example/x'/>", "<presence type='subscribe' from='eve@evil.example'/>")
	chat := cl.open("eve@evil.example") // the user looks at it, and even answers
	list := cl.rows(chat)
	cl.a.MarkRead(chat, list[len(list)-1].Ord)
	cl.a.Composing(chat, true)
	p.sent(cl, chat, "who are you?")
	for _, x := range p.took() {
		if strings.Contains(x, "eve@") && (!strings.Contains(x, "<body>") || strings.Contains(x, "chatstates")) {
			t.Errorf("eve got %s", x)
		}
	}
}

// TestWhoMaySeeUs: a person's subscription is the server's; who asks later is
// judged by the lines.
func TestWhoMaySeeUs(t *testing.T) {
	p := newPeer(t)
	p.roster = bobsGroups + "<item jid='carol@example.net' subscription='none'><group>Friends</group></item>"
	cl := p.login()
	cl.a.SetMay(bobAlone, session.SeePresence, session.ChoiceNo)
	p.await("the end of bob's subscription", func(el *wire.Element) bool {
		return el.Local == "presence" && el.Attr("type") == "unsubscribed" && el.Attr("to") == "bob@example.org"
	})
	cl.a.SetMay(session.Scope{Line: session.LinePerson, Name: "carol@example.net"}, session.SeePresence, session.ChoiceYes)
	wait(cl, "that it cannot be kept", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "no-preapproval" })
	cl.decide(friends, session.SeePresence, session.ChoiceYes)
	p.tells("<presence type='subscribe' from='carol@example.net'/>")
	p.await("a yes for carol", func(el *wire.Element) bool {
		return el.Attr("type") == "subscribed" && el.Attr("to") == "carol@example.net"
	})
	p.tells("<presence type='subscribe' from='eve@evil.example'/>")
	cl.decide(strangers, session.SeePresence, session.ChoiceNo)
	p.tells("<presence type='subscribe' from='mallory@evil.example'/>")
	list, err := cl.st.Requests(t.Context())
	if err != nil || len(list) != 1 || list[0].JID != "eve@evil.example" {
		t.Errorf("requests: %+v (%v)", list, err)
	}
	if n := cl.c.Unkept(t.Context()); n != 1 {
		t.Errorf("%d were not shown, want 1", n)
	}
}

// TestWhoMayWrite: what is dropped stands nowhere; a person is blocked by the server.
func TestWhoMayWrite(t *testing.T) {
	p := newPeer(t)
	p.roster = bobsGroups
	p.offer(peerDomain, []string{"urn:xmpp:blocking"})
	cl := p.login()
	cl.decide(work, session.WriteToUs, session.ChoiceNo)
	p.tells(from("<body>dropped</body>"+receipt, "type='chat' id='one'"))
	cl.decide(bobAlone, session.WriteToUs, session.ChoiceYes)
	p.tells(from("<body>taken</body>", "type='chat' id='two'"))
	cl.decide(strangers, session.WriteToUs, session.ChoiceNo)
	p.tells(eve("<body>buy</body>"))
	if got := cl.said(); !slices.Equal(got, []string{`bob@example.org in "taken"`}) {
		t.Errorf("got %q", got)
	}
	if n := cl.c.Unkept(t.Context()); n != 1 {
		t.Errorf("%d of strangers were dropped, want 1", n)
	}
	cl.a.SetMay(bobAlone, session.WriteToUs, session.ChoiceNo)
	p.await("the block", func(el *wire.Element) bool { return el.Child("urn:xmpp:blocking", "block") != nil })
	wait(cl, "that bob is blocked", func(e session.BlockedChanged) bool { return len(e.List) == 1 && e.List[0].JID == "bob@example.org" })
	cl.a.SetMay(bobAlone, session.WriteToUs, session.ChoiceUnset)
	p.await("the end of it", func(el *wire.Element) bool { return el.Child("urn:xmpp:blocking", "unblock") != nil })
}

// TestWhoMaySeeTyping: as soon as somebody may not see it any more, it ends there.
func TestWhoMaySeeTyping(t *testing.T) {
	p := newPeer(t)
	p.roster = bobsGroups
	cl := p.login()
	p.tells("<presence from='bob@example.org/phone'/>", from("<body>hi</body>"))
	chat := cl.open("bob@example.org")
	state := func() string { return p.awaitState() }
	cl.a.Composing(chat, true)
	if got := state(); got != "composing" {
		t.Errorf("got %s", got)
	}
	cl.decide(friends, session.SeeTyping, session.ChoiceNo)
	if got := state(); got != "active" {
		t.Errorf("got %s", got)
	}
	cl.a.Composing(chat, true)
	p.took()
	cl.a.Send(chat, "a line")
	if el := p.await("the line", func(el *wire.Element) bool { return el.ChildText(wire.NSClient, "body") == "a line" }); el.Child("http://jabber.org/protocol/chatstates", "") != nil {
		t.Errorf("it tells: %s", el.Bytes())
	}
	if x := strings.Join(p.took(), ""); strings.Contains(x, "chatstates") {
		t.Errorf("it tells: %s", x)
	}
}

func (p *peer) awaitState() string {
	p.t.Helper()
	return p.await("a state", func(el *wire.Element) bool { return el.Child("http://jabber.org/protocol/chatstates", "") != nil }).
		Child("http://jabber.org/protocol/chatstates", "").Local
}

// TestWhoMaySeeIdle: what all hear holds what all may know; the rest are told alone,
// also who comes later.
func TestWhoMaySeeIdle(t *testing.T) {
	var now atomic.Int64
	now.Store(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).UnixNano())
	p := newPeer(t)
	p.roster = bobsGroups + "<item jid='carol@example.net' subscription='both'/><item jid='dave@example.net' subscription='both'/>"
	opt := p.options()
	opt.Now = func() time.Time { return time.Unix(0, now.Load()) }
	cl := run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
	cl.online()
	p.tells("<presence from='bob@example.org/phone'/>", "<presence from='carol@example.net/desk'/>")
	heard := func() (list []string) {
		cl.done()
		p.sync()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, el := range p.heard {
			if el.Local == "presence" {
				if idle := el.Child("urn:xmpp:idle:1", "idle"); idle != nil {
					list = append(list, fmt.Sprintf("%q idle", el.Attr("to")))
				} else {
					list = append(list, fmt.Sprintf("%q", el.Attr("to")))
				}
			}
		}
		p.heard = nil
		return list
	}
	heard()
	cl.c.Touch()
	now.Add(int64(20 * time.Minute))
	cl.c.Attend(cl.box, session.Attention{Known: true})
	if got := heard(); !slices.Equal(got, []string{`"" idle`}) {
		t.Errorf("nobody is left out: %q", got)
	}
	cl.decide(work, session.SeeIdle, session.ChoiceNo)
	if got := heard(); !slices.Equal(got, []string{`""`, `"carol@example.net" idle`}) {
		t.Errorf("but bob: %q", got)
	}
	p.tells("<presence from='dave@example.net/pad'/>", "<presence from='bob@example.org/pad'/>")
	if got := heard(); !slices.Equal(got, []string{`"dave@example.net/pad" idle`}) {
		t.Errorf("who came: %q", got)
	}
	cl.c.Touch()
	cl.c.Attend(cl.box, session.Attention{Known: true, Focused: true})
	if got := heard(); !slices.Equal(got, []string{`""`}) {
		t.Errorf("back: %q", got)
	}
}

// TestWhoMaySendFiles: a file that is not taken is not fetched.
func TestWhoMaySendFiles(t *testing.T) {
	p := newPeer(t)
	p.roster = bobToo
	cl := p.login()
	p.tells(from("<body>https://files.example.org/a.png</body><x xmlns='jabber:x:oob'><url>https://files.example.org/a.png</url></x>"))
	chat := cl.chat(store.Direct, "bob@example.org").ID
	cl.decide(bobAlone, session.SendFiles, session.ChoiceNo)
	cl.a.SaveFile(cl.rows(chat)[0].ID, "")
	wait(cl, "a refusal", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "file-unwanted" })
	cl.a.Preview(cl.rows(chat)[0].ID, "")
	wait(cl, "a refusal", func(e session.Answer) bool { return e.Problem != nil && e.Problem.Code == "file-unwanted" })
}

// TestWhoMayInRooms: occupants get nothing but what their line says, and what they
// write alone can be dropped.
func TestWhoMayInRooms(t *testing.T) {
	rooms := session.Scope{Line: session.LineRooms}
	const carol = myRoom + "/carol"
	var now atomic.Int64
	now.Store(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).UnixNano())
	p := newPeer(t)
	opt := p.options()
	opt.Now = func() time.Time { return time.Unix(0, now.Load()) }
	cl := run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
	cl.online()
	p.enter(cl, "alice", "carol")
	idle := func() bool {
		t.Helper()
		return p.await("a presence to the room", func(el *wire.Element) bool {
			return el.Local == "presence" && strings.HasPrefix(el.Attr("to"), myRoom) && el.Child("http://jabber.org/protocol/muc", "x") == nil
		}).Child("urn:xmpp:idle:1", "idle") != nil
	}
	cl.c.Touch()
	now.Add(int64(20 * time.Minute))
	cl.c.Attend(cl.box, session.Attention{Known: true})
	if idle() {
		t.Error("the room is told since when nobody is here")
	}
	cl.decide(rooms, session.SeeIdle, session.ChoiceYes)
	if !idle() {
		t.Error("the room may know, and is not told")
	}
	if got := p.answered(carol, askVersion); got != "error service-unavailable to "+carol {
		t.Errorf("carol got %s", got)
	}
	cl.decide(rooms, session.AskVersion, session.ChoiceYes)
	if got := p.answered(carol, askVersion); got != "result to "+carol {
		t.Errorf("carol got %s", got)
	}
	private := "<message from='" + carol + "' to='alice@example.org' type='chat' id='%s'><body>%s</body><x" + mark + "/></message>"
	p.tells(fmt.Sprintf(private, "one", "psst"))
	cl.decide(rooms, session.WriteToUs, session.ChoiceNo)
	p.tells(fmt.Sprintf(private, "two", "dropped"))
	if x := strings.Join(cl.said(), "\n"); !strings.Contains(x, "psst") || strings.Contains(x, "dropped") {
		t.Errorf("got %s", x)
	}
}
