package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sotto/session"
	"sotto/session/demo"
	"sotto/session/wire"
	"sotto/store"
)

// badTalk is what a peer says who knows no shame; mine is the id of a line of ours.
func badTalk(mine string) []*wire.Element {
	said := func(id, body string, more ...*wire.Element) *wire.Element {
		e := wire.New(wire.NSClient, "message").Set("to", newcomer).Set("type", "chat").Set("id", id)
		if body != "" {
			e.Add(wire.New(wire.NSClient, "body").SetText(body))
		}
		return e.Add(more...)
	}
	retract := func() *wire.Element {
		return wire.New("urn:xmpp:message-retract:1", "retract").Set("id", "secret-long-id")
	}
	part := func(from, to string) *wire.Element {
		return wire.New("urn:xmpp:fallback:0", "fallback").Set("for", "urn:xmpp:reply:0").Add(wire.New("urn:xmpp:fallback:0", "body").Set("start", from).Set("end", to))
	}
	file := wire.New("urn:xmpp:sfs:0", "file-sharing").Add(
		wire.New("urn:xmpp:file:metadata:0", "file").Add(wire.New("urn:xmpp:file:metadata:0", "name").SetText("../../.bashrc\u202egnp.exe"), wire.New("urn:xmpp:file:metadata:0", "size").SetText("12")),
		wire.New("urn:xmpp:sfs:0", "sources").Add(wire.New("http://jabber.org/protocol/url-data", "url-data").Set("target", "https://up.example.org/x")))
	return []*wire.Element{
		said("edit-long-id", "I owe you 100", wire.New("urn:xmpp:message-correct:0", "replace").Set("id", mine)),
		said("reply-long-id", "> quoted\nbeyond", wire.New("urn:xmpp:reply:0", "reply").Set("id", mine), part("5", "9999")),
		said("sign-long-id", "", wire.New("urn:xmpp:reactions:0", "reactions").Set("id", mine).Add(wire.New("urn:xmpp:reactions:0", "reaction").SetText("👍"+strings.Repeat("\u200d👍", 500)))),
		said("secret-long-id", "a secret"),
		said("taken-long-id-1", "", retract()),
		said("taken-long-id-2", "", retract()),
		said("mark-long-id", "", wire.New("urn:xmpp:chat-markers:0", "displayed").Set("id", "not-said-yet")),
		said("file-long-id", "https://up.example.org/x", file),
		said("late-long-id", "from the year 2400", wire.New("urn:xmpp:delay", "delay").Set("stamp", "2400-01-01T00:00:00Z")),
	}
}

// TestBadInput is what a screen shows of what nobody should send. What does not
// reach a screen (lengths that lie, slots over http, sums) has tables in session.
func TestBadInput(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			at := noon.Add(-time.Hour)
			s, err := demo.NewServer(demo.Options{Now: func() time.Time { return at }, Slot: func(*wire.Element) *wire.Element {
				const bad = "http://up.example.org/x"
				return wire.New("urn:xmpp:http:upload:0", "slot").Add(wire.New("urn:xmpp:http:upload:0", "put").Set("url", bad).Add(
					wire.New("urn:xmpp:http:upload:0", "header").Set("name", "Cookie").SetText("a\r\nX-Evil: 1")), wire.New("urn:xmpp:http:upload:0", "get").Set("url", bad))
			}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(s.Close)
			s.AddUser("zoe", "old")
			s.Befriend("zoe", "bob", "Bob")
			bob := s.Script("bob")
			cfg := store.DefaultConfig()
			cfg.Accounts = []store.AccountConfig{{JID: newcomer}}
			r := newRigOf(t, size[0], size[1], cfg, nil, func(o *session.Options) {
				o.Dial, o.RootCAs, o.Passwords, o.ConfigPath = s.Dial, s.RootCAs(), map[string]string{newcomer: "old"}, ""
			})
			r.onlineAs(newcomer)
			r.line("/msg bob@demo.sotto.example")
			r.until("the chat", func() bool { return r.a.m.chat != 0 })
			r.line("my own words")
			var mine string
			r.until("the line", func() bool {
				for _, m := range r.rows() {
					if m.State >= store.Sent {
						mine = m.LocalID
					}
				}
				return mine != ""
			})
			for _, el := range badTalk(mine) {
				bob.Send(el)
			}
			path := filepath.Join(t.TempDir(), "plan.txt")
			if err := os.WriteFile(path, []byte("words"), 0o600); err != nil {
				t.Fatal(err)
			}
			r.until("the last of it", func() bool { return strings.Contains(strings.Join(r.bodies(), "|"), "2400") })
			r.line("/send " + path)
			r.until("that it is not sent", func() bool {
				for _, m := range r.rows() {
					if m.State == store.Failed && m.File != nil && m.File.Problem == "upload-unsafe" {
						return true
					}
				}
				return false
			})
			r.golden(fmt.Sprintf("bad-input-%dx%d", size[0], size[1]))
			if s := r.screen(); strings.ContainsAny(s, "\u202e\u200d") {
				t.Errorf("the screen has signs that nobody sees:\n%s", s)
			}

			long := wire.New(wire.NSClient, "message").Set("to", newcomer).Set("type", "chat").Set("id", "many-long-id").
				Add(wire.New(wire.NSClient, "body").SetText(strings.Repeat("a line\n", 20_000)))
			bob.Send(long)
			r.until("many lines", func() bool {
				return len(r.lastBody()) > 1000 || strings.Contains(strings.Join(r.bodies(), ""), "a line\na line")
			})
			r.a.note.clear()
			r.golden(fmt.Sprintf("bad-lines-%dx%d", size[0], size[1]))
		})
	}
}

// TestWordsForLies: a length, a sum and a picture that are not what was told have
// words that say so.
func TestWordsForLies(t *testing.T) {
	for code, want := range map[string]string{"file-size": "not of the size that was told", "file-sum": "its sum differs", "picture-large": "more pixels than sotto decodes"} {
		r := newRig(t, 120, 40, village)
		r.a.handle(session.Answer{Account: r.acc, Problem: &session.Problem{Code: code, Host: "up.example.org", Args: []string{"a.png"}}})
		r.sees(want)
	}
}
