package session

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Links that make whoever follows them our contact. Where our server makes them
// (XEP-0401 §4.1) it takes care of the rest, and may give out an account too; else the
// token is ours (XEP-0379 §3.1) and a request that shows it is let through, once.

const (
	inviteNode    = "urn:xmpp:invite#invite"
	welcomesMax   = 20                  // tokens of ours that wait
	welcomeTime   = 30 * 24 * time.Hour // how long one does
	inviteLinkMax = 1000                // bytes of a link
)

// ContactInvitation is a link that [Account.InviteContact] asked for. The texts are
// of our server where Own is not set.
type ContactInvitation struct {
	seal
	Account store.AccountID
	URI     string    // xmpp:…
	Page    string    // the same as a web page; may be empty
	Until   time.Time // when it ends; zero: not said
	Own     bool      // made here: good for one contact, while this program knows of it
	Signup  bool      // makes an account on our server for who has none
}

func (ContactInvitation) key() any { return nil }

// InviteContact makes a link for somebody to become a contact. A [ContactInvitation]
// follows, or an [Answer] with a problem.
func (a *Account) InviteContact() { a.do(0, (*loop).inviteContact) }

func (l *loop) inviteContact() {
	if l.state != Online {
		l.tellProblem(0, Problem{Code: "offline"})
		return
	}
	home := wire.Lenient(l.a.jid).Domain()
	done := false
	var timer *time.Timer
	take := func(e ContactInvitation, ok bool) {
		if done {
			return
		}
		done = true
		timer.Stop()
		if !ok && !l.ownInvitation(&e) {
			l.tellProblem(0, Problem{Code: "invitation-failed"})
			return
		}
		e.seal, e.Account = localOrigin().seal(), l.a.id
		l.emit(e)
	}
	timer = l.after(commandTime, func(*loop) { take(ContactInvitation{}, false) })
	q := wire.New(nsCommands, "command").Set("node", inviteNode).Set("action", "execute")
	if !l.ask(iq("set", home, q), func(_ *store.Tx, el *wire.Element, err error) error {
		l.then = append(l.then, func() {
			if err == errLinkLost {
				take(ContactInvitation{}, false)
				return
			}
			answer := el.Child(nsCommands, "command")
			if session := answer.Attr("sessionid"); err == nil && answer.Attr("status") == "executing" && session != "" {
				// It wants to know more than a link needs.
				l.ask(iq("set", home, wire.New(nsCommands, "command").Set("node", inviteNode).Set("sessionid", session).Set("action", "cancel")),
					func(*store.Tx, *wire.Element, error) error { return nil })
			}
			e, ok := readInviteLink(answer, l.self.String())
			take(e, err == nil && ok)
		})
		return nil
	}) {
		take(ContactInvitation{}, false)
	}
}

// readInviteLink takes the links out of what a server answered; false: it has none
// that leads to us.
func readInviteLink(command *wire.Element, self string) (e ContactInvitation, ok bool) {
	if a, read := readCommand(command, inviteNode); !read || a.status != "completed" {
		return e, false
	}
	for f := range command.Child(nsData, "x").All(nsData, "field") {
		value := f.ChildText(nsData, "value")
		if len(value) > inviteLinkMax {
			continue
		}
		switch f.Attr("var") {
		case "uri":
			u, p := ParseURI(value)
			if p != nil || u.Bare != self || u.Action != URIRoster || u.Token == "" {
				continue // not a link to us: nobody is given it in our name
			}
			e.URI, e.Signup, ok = value, u.Register, true
		case "landing-url":
			if page, err := url.Parse(value); err == nil && page.Scheme == "https" && page.Host != "" && page.User == nil {
				e.Page = page.String()
			}
		case "expire":
			e.Until = later(value)
		}
	}
	return e, ok
}

// later reads a time to come (XEP-0082), zero when it is none.
func later(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || len(s) > 40 || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// welcome is a token that we gave out, or an address whose request we asked for.
type welcome struct {
	Token string `json:"token"`
	Until int64  `json:"until"` // seconds since 1970
}

func (l *loop) tokensKey() string   { return fmt.Sprintf("welcome-%d", l.a.id) }
func (l *loop) expectedKey() string { return fmt.Sprintf("expected-%d", l.a.id) }

// welcomes reads those of a list that are still good.
func (l *loop) welcomes(tx *store.Tx, key string) ([]welcome, error) {
	text, err := tx.Meta(key)
	if err != nil || text == "" {
		return nil, err
	}
	var list []welcome
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil, nil // none that we know
	}
	now := l.c.opt.Now().Unix()
	return slices.DeleteFunc(list, func(w welcome) bool { return w.Token == "" || w.Until < now }), nil
}

func keepWelcomes(tx *store.Tx, key string, list []welcome) error {
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return tx.SetMeta(key, string(text))
}

// giveWelcome puts a token into a list.
func (l *loop) giveWelcome(key, token string) bool {
	return l.keep(func(tx *store.Tx) error {
		list, err := l.welcomes(tx, key)
		if err != nil {
			return err
		}
		if len(list) >= welcomesMax {
			list = list[len(list)-welcomesMax+1:] // the oldest is not good any more
		}
		return keepWelcomes(tx, key, append(list, welcome{token, l.c.opt.Now().Add(welcomeTime).Unix()}))
	})
}

// useWelcome says that a token is in a list, from which it is taken.
func (l *loop) useWelcome(tx *store.Tx, key, token string) (bool, error) {
	list, err := l.welcomes(tx, key)
	if err != nil {
		return false, err
	}
	for i, w := range list {
		if subtle.ConstantTimeCompare([]byte(w.Token), []byte(token)) == 1 {
			return true, keepWelcomes(tx, key, slices.Delete(list, i, i+1))
		}
	}
	return false, nil
}

// ownInvitation makes a link with a token of ours.
func (l *loop) ownInvitation(e *ContactInvitation) bool {
	token := rand.Text()
	*e = ContactInvitation{Own: true, Until: l.c.opt.Now().Add(welcomeTime),
		URI: "xmpp:" + url.PathEscape(l.self.Local()) + "@" + url.PathEscape(l.self.Domain()) + "?roster;preauth=" + token}
	return l.giveWelcome(l.tokensKey(), token)
}

// redeem lets a request through that the user wants: one that shows a token of ours
// (XEP-0379 §3.3), or that of somebody whose invitation we followed. true: it did.
func (l *loop) redeem(tx *store.Tx, bare string, st wire.Stanza) (bool, error) {
	if asked, err := l.useWelcome(tx, l.expectedKey(), bare); err != nil || asked {
		if asked {
			l.sendNow(presenceTo(bare, "subscribed"))
		}
		return asked, err
	}
	shown := st.Child(nsPreAuth, "preauth").Attr("token")
	if shown == "" || len(shown) > uriTokenMax {
		return false, nil
	}
	ours, err := l.useWelcome(tx, l.tokensKey(), shown)
	if err != nil || !ours {
		return false, err
	}
	l.sendNow(presenceTo(bare, "subscribed"))
	l.then = append(l.then, func() {
		// What they call themselves is not taken: it could be the name of another.
		if _, ok := l.contacts[bare]; !ok && !l.setItem(bare, "", nil, "invitation-followed") {
			return
		}
		l.sendNow(presenceTo(bare, "subscribe"))
	})
	return true, nil
}
