package demo

import (
	"sync"

	"sotto/session/wire"
)

// inboxRoom bounds what waits for an actor; more is lost, as with a person.
const inboxRoom = 1024

// Actor is a scripted contact: a session of a user inside the server. What it
// says goes the same way as what a client sends. Methods may be called from any
// goroutine, its own callbacks included.
type Actor struct {
	s     *Server
	sess  *session
	inbox chan *wire.Element

	mu         sync.Mutex
	onMessage  func(Message)
	onPresence func(from wire.JID, available bool)
	nicks      map[wire.JID]string // by room
}

// Message is what an actor hears.
type Message struct {
	From    wire.JID
	Body    string
	Room    bool // said to all in a room
	Delayed bool // history
	El      *wire.Element
}

// actorResource is the resource of every actor.
const actorResource = "demo"

// Script returns the actor of an account, made if need be. It is there but not
// available before its first Presence. It confirms messages (XEP-0184), accepts
// subscriptions and answers the usual questions by itself.
func (s *Server) Script(local string) *Actor {
	s.mu.Lock()
	u := s.addUser(local)
	if x := u.session(actorResource); x != nil && x.a != nil {
		s.mu.Unlock()
		return x.a
	}
	a := &Actor{s: s, inbox: make(chan *wire.Element, inboxRoom), nicks: map[wire.JID]string{}}
	a.sess = &session{u: u, jid: u.jid.WithResource(actorResource), a: a, directed: map[wire.JID]bool{}}
	u.sessions = append(u.sessions, a.sess)
	s.mu.Unlock()
	_ = s.spawn(a.live) // a closed server has actors that do nothing
	return a
}

// JID is the full address of the actor.
func (a *Actor) JID() wire.JID { return a.sess.jid }

// OnMessage sets what happens with lines: f runs on the actor's goroutine.
func (a *Actor) OnMessage(f func(Message)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.onMessage = f
}

// OnPresence sets what happens when somebody comes or goes, in rooms too.
func (a *Actor) OnPresence(f func(from wire.JID, available bool)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.onPresence = f
}

// Send gives any stanza to the server, as a client of this account would.
func (a *Actor) Send(el *wire.Element) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	if !a.s.closed && !a.sess.gone {
		a.s.handle(a.sess, el)
	}
}

// Say sends a line to an address and returns its id. It asks for a receipt.
func (a *Actor) Say(to, body string) string {
	id := a.id()
	a.Send(line("chat", to, id, body).Add(wire.New(nsStates, "active"), wire.New(nsReceipts, "request"), wire.New(nsMarkers, "markable")))
	return id
}

// Compose shows that the actor is typing to an address.
func (a *Actor) Compose(to string) { a.state(to, "composing") }

// Pause shows that it has stopped typing.
func (a *Actor) Pause(to string) { a.state(to, "paused") }

func (a *Actor) state(to, state string) {
	a.Send(wire.New(wire.NSClient, "message").Set("type", "chat").Set("to", to).Add(wire.New(nsStates, state), wire.New(nsHints, "no-store")))
}

// Read marks a message as displayed (XEP-0333).
func (a *Actor) Read(m Message) {
	id := m.El.Attr("id")
	if id == "" || m.El.Child(nsMarkers, "markable") == nil {
		return
	}
	a.Send(wire.New(wire.NSClient, "message").Set("type", "chat").Set("to", m.From.Bare().String()).Set("id", a.id()).
		Add(wire.New(nsMarkers, "displayed").Set("id", id), wire.New(nsHints, "store")))
}

// Presence tells everybody the actor's state: show is "", away, chat, dnd or xa.
func (a *Actor) Presence(show, status string) {
	p := wire.New(wire.NSClient, "presence")
	if show != "" {
		p.Add(wire.New(wire.NSClient, "show").SetText(show))
	}
	if status != "" {
		p.Add(wire.New(wire.NSClient, "status").SetText(status))
	}
	a.Send(p.Add(wire.New(wire.NSClient, "priority").SetText("5")))
	for room, nick := range a.joined() {
		a.Send(clone(p).Set("to", room.String()+"/"+nick))
	}
}

// GoOffline leaves all rooms and becomes unavailable; Presence brings it back.
func (a *Actor) GoOffline() {
	a.mu.Lock()
	clear(a.nicks)
	a.mu.Unlock()
	a.Send(wire.New(wire.NSClient, "presence").Set("type", "unavailable"))
}

// Join enters a room.
func (a *Actor) Join(room, nick string) {
	a.mu.Lock()
	a.nicks[wire.Lenient(room).Bare()] = nick
	a.mu.Unlock()
	a.Send(wire.New(wire.NSClient, "presence").Set("to", room+"/"+nick).
		Add(wire.New(nsMUC, "x").Add(wire.New(nsMUC, "history").Set("maxstanzas", "0"))))
}

// Leave leaves a room.
func (a *Actor) Leave(room string) {
	a.mu.Lock()
	nick := a.nicks[wire.Lenient(room).Bare()]
	delete(a.nicks, wire.Lenient(room).Bare())
	a.mu.Unlock()
	a.Send(wire.New(wire.NSClient, "presence").Set("type", "unavailable").Set("to", room+"/"+nick))
}

// SayRoom says a line to all in a room and returns its id.
func (a *Actor) SayRoom(room, body string) string {
	id := a.id()
	a.Send(line("groupchat", room, id, body).Add(wire.New(nsStanzaID, "origin-id").Set("id", id)))
	return id
}

// Subscribe asks to see an account's presence, with a word of who asks.
func (a *Actor) Subscribe(to, nick, text string) {
	a.Send(wire.New(wire.NSClient, "presence").Set("type", "subscribe").Set("to", to).
		Add(wire.New(wire.NSClient, "status").SetText(text), wire.New(nsNick, "nick").SetText(nick)))
}

func (a *Actor) joined() map[wire.JID]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make(map[wire.JID]string, len(a.nicks))
	for j, n := range a.nicks {
		out[j] = n
	}
	return out
}

func (a *Actor) id() string {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	return a.s.newID()
}

func line(kind, to, id, body string) *wire.Element {
	return wire.New(wire.NSClient, "message").Set("type", kind).Set("to", to).Set("id", id).
		Add(wire.New(wire.NSClient, "body").SetText(body))
}

// push hands a stanza to the actor; the server's mutex is held.
func (a *Actor) push(el *wire.Element) {
	select {
	case a.inbox <- el:
	default:
	}
}

// live is the actor's goroutine.
func (a *Actor) live() {
	for {
		select {
		case el := <-a.inbox:
			a.hear(el)
		case <-a.s.ctx.Done():
			return
		}
	}
}

func (a *Actor) hear(el *wire.Element) {
	from := wire.Lenient(el.Attr("from"))
	kind := el.Attr("type")
	switch el.Local {
	case "iq":
		if kind == "get" || kind == "set" {
			a.Send(a.answer(el))
		}
	case "presence":
		if kind == "subscribe" {
			a.Send(wire.New(wire.NSClient, "presence").Set("type", "subscribed").Set("to", from.Bare().String()))
		}
		a.mu.Lock()
		f := a.onPresence
		a.mu.Unlock()
		if f != nil && (kind == "" || kind == "unavailable") {
			f(from, kind == "")
		}
	case "message":
		body := el.ChildText(wire.NSClient, "body")
		if kind == "error" || body == "" {
			return
		}
		if el.Child(nsReceipts, "request") != nil && el.Attr("id") != "" && kind != "groupchat" {
			a.Send(wire.New(wire.NSClient, "message").Set("type", "chat").Set("to", from.String()).Set("id", a.id()).
				Add(wire.New(nsReceipts, "received").Set("id", el.Attr("id")), wire.New(nsHints, "store")))
		}
		a.mu.Lock()
		f := a.onMessage
		a.mu.Unlock()
		if f != nil {
			f(Message{From: from, Body: body, Room: kind == "groupchat", Delayed: el.Child(nsDelay, "delay") != nil, El: el})
		}
	}
}

// answer is what a client would say to a question.
func (a *Actor) answer(el *wire.Element) *wire.Element {
	out := wire.New(wire.NSClient, "iq").Set("type", "result").Set("id", el.Attr("id")).Set("to", el.Attr("from"))
	q := el.Children[0]
	switch {
	case el.Attr("type") == "set":
	case q.Is(wire.NSPing, "ping"):
		return out
	case q.Is(nsVersion, "query"):
		return out.Add(wire.New(nsVersion, "query").Add(wire.New(nsVersion, "name").SetText("sotto demo contact"),
			wire.New(nsVersion, "version").SetText("1")))
	case q.Is(nsDiscoInfo, "query") && q.Attr("node") == "":
		return out.Add(info("client", "console", "sotto demo contact", nsDiscoInfo, nsReceipts, nsStates, nsMarkers, nsVersion, wire.NSPing))
	}
	return errorFor(el, "cancel", "service-unavailable").Set("from", "")
}
