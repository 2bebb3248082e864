package session_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

func TestMain(m *testing.M) {
	if job := crashJobOfEnv(); job != nil {
		if err := job.run(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what must come.
const patience = time.Minute

// client is one running client with its mailbox.
type client struct {
	t   testing.TB
	c   *session.Client
	a   *session.Account
	st  *store.Store
	box *session.Mailbox
	// What came with the event that was awaited and may be awaited next.
	rest []session.Event
}

// take takes what waits.
func (cl *client) take() []session.Event {
	list := append(cl.rest, cl.box.Take()...)
	cl.rest = nil
	return list
}

// run starts a client; its store is made when opt has none. Everything ends
// with the test.
func run(t testing.TB, opt session.Options, accounts ...store.AccountConfig) *client {
	t.Helper()
	own := opt.Store == nil
	if own {
		st, err := store.Open(context.Background(), store.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		opt.Store = st
	}
	opt.Config = store.DefaultConfig()
	opt.Config.Accounts = accounts
	opt.Version = "test"
	c := session.New(opt)
	if err := c.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if own {
			_ = opt.Store.Close()
		}
	})
	cl := &client{t: t, c: c, st: opt.Store, box: c.Subscribe()}
	if list := c.Accounts(); len(list) > 0 {
		cl.a = list[0]
	}
	return cl
}

const password = "correct horse"

// newDemo is a server inside the test with the accounts named.
func newDemo(t testing.TB, users ...string) *demo.Server {
	t.Helper()
	s, err := demo.NewServer(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for _, u := range users {
		s.AddUser(u, password)
	}
	return s
}

// at is the account of a user of the demo server.
func at(s *demo.Server, user string) store.AccountConfig {
	return store.AccountConfig{JID: user + "@" + s.Domain(), Host: s.Domain(), Port: 5223, TLS: "direct"}
}

func optionsFor(s *demo.Server, users ...string) session.Options {
	opt := session.Options{Dial: s.Dial, RootCAs: s.RootCAs(), Passwords: map[string]string{}}
	for _, u := range users {
		opt.Passwords[u+"@"+s.Domain()] = password
	}
	return opt
}

// login starts a client for a user of the demo server and waits until it is online.
func login(t testing.TB, s *demo.Server, user string) *client {
	t.Helper()
	cl := run(t, optionsFor(s, user), at(s, user))
	cl.online()
	return cl
}

// wait takes events until one is what was awaited.
func wait[E session.Event](cl *client, what string, ok func(E) bool) E {
	cl.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	var seen []string
	for {
		list := cl.take()
		for i, e := range list {
			if len(seen) < 200 {
				seen = append(seen, brief(e))
			}
			if x, is := e.(E); is && ok(x) {
				for _, before := range list[:i] {
					if happened(before) {
						cl.rest = append(cl.rest, before)
					}
				}
				cl.rest = append(cl.rest, list[i+1:]...)
				return x
			}
		}
		select {
		case <-cl.box.Wake():
		case <-limit.C:
			cl.t.Fatalf("waited in vain for %s; seen:\n%s", what, strings.Join(seen, "\n"))
		}
	}
}

// happened tells an event that happened once from the state of something, which
// a later one replaces.
func happened(e session.Event) bool {
	switch e.(type) {
	case session.Answer, session.Opened, session.Incoming, session.Accepted, session.Refused:
		return true
	}
	return false
}

// brief is an event for the log of a test.
func brief(e session.Event) string {
	switch e := e.(type) {
	case session.AccountChanged:
		return fmt.Sprintf("account: link %d, problem %+v", e.Link, e.Problem)
	case session.RoomChanged:
		return fmt.Sprintf("room: %s joined %v, problem %+v", e.JID, e.Joined, e.Problem)
	case session.Answer:
		return fmt.Sprintf("answer: %s %v, problem %+v", e.Code, e.Args, e.Problem)
	}
	return fmt.Sprintf("%T", e)
}

func (cl *client) online() {
	cl.t.Helper()
	wait(cl, "online", func(e session.AccountChanged) bool { return e.Link == session.Online })
}

// until waits until a look at the store says yes; every change wakes it, and
// now and then it looks by itself: not all that happens is told.
func (cl *client) until(what string, ok func() bool) {
	cl.t.Helper()
	limit, look := time.NewTimer(patience), time.NewTicker(200*time.Millisecond)
	defer limit.Stop()
	defer look.Stop()
	for !ok() {
		select {
		case <-cl.box.Wake():
			cl.take()
		case <-look.C:
		case <-limit.C:
			cl.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// open opens a chat and gives its number.
func (cl *client) open(jid string) store.ChatID {
	cl.t.Helper()
	cl.a.OpenChat(jid)
	return wait(cl, "the chat with "+jid, func(e session.Opened) bool { return e.Key.JID == jid }).Chat
}

func (cl *client) rows(chat store.ChatID) []store.Message {
	cl.t.Helper()
	list, _, err := cl.st.Page(context.Background(), chat, 0, 1000)
	if err != nil {
		cl.t.Fatal(err)
	}
	return list
}

func (cl *client) has(chat store.ChatID, body string, state store.State) bool {
	return slices.ContainsFunc(cl.rows(chat), func(m store.Message) bool { return m.Body == body && m.State == state })
}

// events takes all that waits in the mailbox, of one kind.
func events[E session.Event](cl *client) (all []E) {
	for _, e := range cl.take() {
		if x, ok := e.(E); ok {
			all = append(all, x)
		}
	}
	return all
}

// chat finds a chat by what it is; 0: there is none.
func (cl *client) chat(kind store.ChatKind, jid string) store.Chat {
	cl.t.Helper()
	list, err := cl.st.ChatsOf(context.Background(), cl.a.ID())
	if err != nil {
		cl.t.Fatal(err)
	}
	for _, c := range list {
		if c.Kind == kind && c.JID == jid {
			return c
		}
	}
	return store.Chat{}
}

// said tells what stands in all chats, a line a row, in the order of the view.
func (cl *client) said() []string {
	cl.t.Helper()
	list, err := cl.st.ChatsOf(context.Background(), cl.a.ID())
	if err != nil {
		cl.t.Fatal(err)
	}
	var all []string
	for _, c := range list {
		for _, m := range cl.rows(c.ID) {
			all = append(all, c.JID+" "+say(c, m))
		}
	}
	return all
}

var stateWords = map[store.State]string{store.Queued: "queued", store.Written: "written", store.Sent: "sent", store.Delivered: "delivered",
	store.Displayed: "displayed", store.Failed: "failed", store.Unsure: "unsure"}

// say is a row in words: kind of chat unless direct, direction or state, nick,
// body, and what else is worth a test.
func say(c store.Chat, m store.Message) string {
	var b strings.Builder
	b.WriteString([...]string{"", "room ", "private ", "self "}[c.Kind])
	switch {
	case m.Kind == store.Notice:
		b.WriteString("notice " + m.Notice)
	case m.Outgoing:
		b.WriteString(stateWords[m.State])
	default:
		b.WriteString("in")
	}
	if m.Nick != "" {
		b.WriteString(" <" + m.Nick + ">")
	}
	if body := m.Body; len(body) > 60 {
		fmt.Fprintf(&b, " %q… %d bytes", body[:10], len(body))
	} else {
		fmt.Fprintf(&b, " %q", body)
	}
	if m.Enc != "" {
		b.WriteString(" " + m.Enc + " " + m.EncError)
	}
	if m.Error != "" {
		b.WriteString(" because " + m.Error)
	}
	if m.Mention {
		b.WriteString(" mention")
	}
	if t := time.UnixMicro(m.Stamp); time.Since(t) > 24*time.Hour {
		b.WriteString(" of " + t.UTC().Format("2006-01-02"))
	} else if time.Until(t) > time.Minute {
		b.WriteString(" of the future")
	}
	return b.String()
}
