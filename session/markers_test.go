package session_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session"
	"sotto/store"
)

// markers takes what bob was told of having been read.
func (p *peer) markers() (list []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, el := range p.heard {
		if d := el.Child("urn:xmpp:chat-markers:0", "displayed"); d != nil && el.Attr("to") == "bob@example.org" {
			list = append(list, d.Attr("id"))
		}
	}
	return list
}

func bobsLine(n int, more string) string {
	return from(fmt.Sprintf("<body>%d</body>%s", n, more), fmt.Sprintf("type='chat' id='a-long-id-%d'", n))
}

// TestMarkersOfOurs: one marker for the newest message that asks for one, when it was
// read here, and to nobody who may not see it.
func TestMarkersOfOurs(t *testing.T) {
	own := copied("sent", "<message"+inClient+" from='alice@example.org/other' to='bob@example.org' type='chat' id='m'><displayed xmlns='urn:xmpp:chat-markers:0' id='a-long-id-2'/></message>")
	for name, test := range map[string]struct {
		roster string
		no     session.Scope // who may not see it
		xml    []string
		upTo   int // the row that is read last
		want   []string
	}{
		"two that ask":         {xml: []string{bobsLine(1, asksMark), bobsLine(2, asksMark)}, upTo: 2, want: []string{"a-long-id-2"}},
		"none asks":            {xml: []string{bobsLine(1, ""), bobsLine(2, "")}, upTo: 2},
		"one that asks":        {xml: []string{bobsLine(1, asksMark), bobsLine(2, "")}, upTo: 2, want: []string{"a-long-id-1"}},
		"not read so far":      {xml: []string{bobsLine(1, asksMark), bobsLine(2, asksMark)}, upTo: 1},
		"no contact may":       {no: contacts, xml: []string{bobsLine(1, asksMark)}, upTo: 1},
		"bob may not":          {no: bobAlone, xml: []string{bobsLine(1, asksMark)}, upTo: 1},
		"one group may not":    {no: work, xml: []string{bobsLine(1, asksMark)}, upTo: 1},
		"another group may":    {no: session.Scope{Line: session.LineGroup, Name: "Others"}, xml: []string{bobsLine(1, asksMark)}, upTo: 1, want: []string{"a-long-id-1"}},
		"who does not see us":  {roster: "<item jid='bob@example.org' subscription='to'/>", xml: []string{bobsLine(1, asksMark)}, upTo: 1},
		"another device did":   {xml: []string{bobsLine(1, asksMark), bobsLine(2, asksMark), own}, upTo: 2},
		"told twice":           {xml: []string{bobsLine(1, asksMark), bobsLine(1, asksMark)}, upTo: 1, want: []string{"a-long-id-1"}},
		"a headline":           {xml: []string{from("<body>news</body>"+asksMark, "type='headline' id='a-long-id-1'")}, upTo: 1},
		"a copy of bob's line": {xml: []string{copied("received", "<message"+inClient+" from='bob@example.org/phone' to='alice@example.org/other' type='chat' id='a-long-id-1'><body>1</body>"+asksMark+"</message>")}, upTo: 1, want: []string{"a-long-id-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			if p.roster = test.roster; test.roster == "" {
				p.roster = bobsGroups
			}
			cl := p.login()
			if test.no != (session.Scope{}) {
				cl.decide(test.no, session.SeeRead, session.ChoiceNo)
			}
			for _, x := range test.xml {
				p.tells(x)
			}
			chat := cl.chat(store.Direct, "bob@example.org").ID
			ord := cl.rows(chat)[test.upTo-1].Ord
			p.took()
			cl.a.MarkRead(chat, ord)
			cl.a.MarkRead(chat, ord)
			p.sent(cl, chat, "behind it")
			if got := p.markers(); !slices.Equal(got, test.want) {
				t.Errorf("marked %q, want %q", got, test.want)
			}
		})
	}
}

// TestMarkersRest: of what is read in a second one marker follows, for the newest.
func TestMarkersRest(t *testing.T) {
	peerCert() // before the bubble: others share it
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(t)
		p.roster = bobToo
		cl := p.login()
		var chat store.ChatID
		for n := 1; n <= 4; n++ {
			p.tells(bobsLine(n, asksMark))
			chat = cl.chat(store.Direct, "bob@example.org").ID
			cl.a.MarkRead(chat, cl.rows(chat)[n-1].Ord)
			cl.done()
		}
		p.sync()
		if got := p.markers(); !slices.Equal(got, []string{"a-long-id-1"}) {
			t.Errorf("at once: %q", got)
		}
		time.Sleep(5 * time.Second)
		p.sync()
		if got := p.markers(); !slices.Equal(got, []string{"a-long-id-1", "a-long-id-4"}) {
			t.Errorf("after a while: %q", got)
		}
	})
}
