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

// TestClear: all of a chat goes, in many steps; what the server tells again stays
// away, what is new comes.
func TestClear(t *testing.T) {
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='both'/>"
	cl := p.login()
	line := func(n int) string {
		return from(fmt.Sprintf("<body>secret %d</body><stanza-id xmlns='urn:xmpp:sid:0' id='s-%d' by='alice@example.org'/>", n, n), fmt.Sprintf("type='chat' id='the-long-id-of-bob-%d'", n))
	}
	var lines []string
	for n := range 450 {
		lines = append(lines, line(n))
	}
	p.tells(lines...)
	chat := cl.open("bob@example.org")
	p.sent(cl, chat, "mine")
	cl.a.Clear(chat)
	if e := wait(cl, "that it is clear", func(e session.Answer) bool { return e.Code == "cleared" }); e.Args[0] != "451" || e.Chat != chat {
		t.Errorf("told %+v", e)
	}
	if hits, err := cl.st.Find(t.Context(), store.Search{Text: "secret"}, 0, 10); len(cl.rows(chat)) != 0 || len(hits) != 0 || err != nil {
		t.Errorf("still there: %v, found %v (%v)", cl.talk(chat), hits, err)
	}
	if c := cl.chat(store.Direct, "bob@example.org"); !c.Open || c.Unread != 0 {
		t.Errorf("the chat is %+v", c)
	}
	p.tells(line(3), line(449), from("<body>hello again</body>", "type='chat' id='a-new-long-id'"))
	if got := cl.talk(chat); !slices.Equal(got, []string{`"hello again"`}) {
		t.Errorf("then there is %q", got)
	}

	// The whole chat: it is off the list until something new comes.
	cl.a.SaveDraft(chat, "half a line")
	cl.a.DeleteChat(chat)
	wait(cl, "that it is clear", func(e session.Answer) bool { return e.Code == "cleared" })
	if c := cl.chat(store.Direct, "bob@example.org"); c.Open || c.Draft != "" || len(cl.rows(chat)) != 0 {
		t.Errorf("the chat is %+v with %q", c, cl.talk(chat))
	}
	p.tells(line(5))
	if c := cl.chat(store.Direct, "bob@example.org"); c.Unread != 0 || len(cl.rows(chat)) != 0 {
		t.Errorf("it came again: %+v with %q", c, cl.talk(chat))
	}
	p.tells(from("<body>third</body>", "type='chat' id='the-third-long-id'"))
	if c := cl.chat(store.Direct, "bob@example.org"); !c.Open || !slices.Equal(cl.talk(chat), []string{`"third"`}) {
		t.Errorf("the chat is %+v with %q", c, cl.talk(chat))
	}
}

// TestClearWithoutTheServer: a line that waits goes too, and is not sent.
func TestClearWithoutTheServer(t *testing.T) {
	cl, chat := exporter(t, 3)
	cl.a.Send(chat, "never to go")
	cl.until("it waits", func() bool { return cl.has(chat, "never to go", store.Queued) })
	cl.a.Clear(chat)
	wait(cl, "that it is clear", func(e session.Answer) bool { return e.Code == "cleared" })
	list, err := cl.st.Outbox(t.Context(), cl.a.ID())
	if err != nil || len(list) != 0 || len(cl.rows(chat)) != 0 {
		t.Errorf("left: %v, %q (%v)", list, cl.talk(chat), err)
	}
}

// TestRetention: what is older than the setting goes at the start, when the setting
// changes and every day, and nothing else.
func TestRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = st.Close() }()
		now := time.Now()
		var chat store.ChatID
		if _, err := st.Write(t.Context(), func(tx *store.Tx) error {
			acc, err := tx.EnsureAccount(me)
			if err != nil {
				return err
			}
			if chat, err = tx.EnsureChat(store.ChatKey{Account: acc.ID, JID: "bob@example.org"}); err != nil {
				return err
			}
			for _, days := range []int{900, 400, 50, 20, 9, 3, 0} {
				at := now.AddDate(0, 0, -days)
				tx.At(at)
				if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: fmt.Sprintf("%d days", days), ID: fmt.Sprintf("id-%d", days)}); err != nil {
					return err
				}
			}
			// What a peer says of the time counts for nothing.
			tx.At(now)
			_, _, err = tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "says it is old", ID: "liar", Stamp: 1_000_000})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		off := false
		cfg := store.DefaultConfig()
		cfg.Retention = "1y"
		cfg.Accounts = []store.AccountConfig{{JID: me, Enabled: &off}}
		c := session.New(session.Options{Store: st, Config: cfg})
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		cl := &client{t: t, c: c, a: c.Accounts()[0], st: st, box: c.Subscribe()}
		left := func(when string, want ...string) {
			t.Helper()
			synctest.Wait()
			cl.until(when, func() bool {
				return slices.EqualFunc(cl.rows(chat), want, func(m store.Message, w string) bool { return m.Body == w })
			})
		}
		left("at the start", "50 days", "20 days", "9 days", "3 days", "0 days", "says it is old")
		c.Set("retention", "4w")
		left("of a month", "20 days", "9 days", "3 days", "0 days", "says it is old")
		c.Set("retention", "off")
		cl.a.Send(chat, "not sent yet")
		time.Sleep(10 * 24 * time.Hour)
		left("ten days later", "20 days", "9 days", "3 days", "0 days", "says it is old", "not sent yet")
		c.Set("retention", "14d")
		left("of two weeks", "3 days", "0 days", "says it is old", "not sent yet")
		time.Sleep(2*24*time.Hour + time.Hour)
		left("two days later", "0 days", "says it is old", "not sent yet")
	})
}
