package session

import (
	"errors"
	"slices"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Whether we are still in a room: XEP-0410. A room, or the way to it, can lose us
// without a word; nothing is heard then, and what we say goes nowhere.

const (
	// silence is how long nothing may be heard of a room before it is asked.
	silence = 10 * time.Minute
	// pongTime is how long its answer may take.
	pongTime = 30 * time.Second
	// pingsAtOnce is how many rooms are asked at a time after a resumption.
	pingsAtOnce = 4
	// nickTime is how long a change of nick may take, during which nothing is asked.
	nickTime = 30 * time.Second
)

// watch is what is known of our being in a room.
type watch struct {
	heard     time.Time // when anything came from it
	ping      *time.Timer
	pings     int       // numbers the questions
	asking    bool      // one has no answer yet
	unsure    int       // questions in a row that decided nothing
	unknown   int       // answers in a row that nobody has our nick
	nickAsked time.Time // when we asked for another nick; zero: there is an answer
	nickQuiet bool      // another device took it first

	sentBack map[store.MessageID]bool // lines that were refused once because it had lost us
}

func (w *watch) stopWatch() {
	if w.ping != nil {
		w.ping.Stop()
	}
	w.ping, w.asking, w.unsure, w.unknown, w.nickAsked = nil, false, 0, 0, time.Time{}
	w.pings++
}

func (l *loop) heardFrom(j wire.JID) {
	if r := l.rooms[j]; r != nil {
		r.heard = l.c.opt.Now()
	}
}

// entered begins to watch a room that we are in.
func (l *loop) entered(r *room) {
	r.attempts.entered, r.heard = l.c.opt.Now(), l.c.opt.Now()
	r.replay = replay{}
	l.listen(r, silence)
}

// listen asks a room after d, unless something was heard of it meanwhile.
func (l *loop) listen(r *room, d time.Duration) {
	if r.ping != nil {
		r.ping.Stop()
	}
	no := r.pings
	r.ping = l.after(d, func(l *loop) {
		if r.pings != no || !r.joined {
			return
		}
		if quiet := l.c.opt.Now().Sub(r.heard); r.unsure == 0 && r.unknown == 0 && quiet < silence {
			l.listen(r, silence-quiet)
			return
		}
		l.selfPing(r)
	})
}

// selfPing asks a room whether we are in it (§3.2). Without a link nothing is
// asked; the resumption does.
func (l *loop) selfPing(r *room) {
	if !r.joined || r.asking {
		return
	}
	if l.link == nil || l.c.opt.Now().Sub(r.nickAsked) < nickTime {
		l.listen(r, nickTime)
		return
	}
	r.pings++
	no, nick := r.pings, r.nick
	answered := func(err error) {
		if r.pings == no && r.joined && err != errLinkLost {
			r.asking = false
			l.selfPonged(r, nick, err)
		}
		l.nextPing()
	}
	r.asking = l.ask(iq("get", r.jid.WithResource(nick).String(), wire.New(nsPing, "ping")), func(_ *store.Tx, _ *wire.Element, err error) error {
		l.then = append(l.then, func() { answered(err) })
		return nil
	})
	if r.ping != nil {
		r.ping.Stop()
	}
	r.ping = l.after(pongTime, func(*loop) { answered(errSilent) })
}

// pingRooms asks all rooms, a few at a time: what happened to us there while the
// link was broken, nobody told.
func (l *loop) pingRooms() {
	var list []*room
	for _, r := range l.rooms {
		if r.joined {
			list = append(list, r)
		}
	}
	l.byRank(list)
	l.pingQueue = nil
	for _, r := range list {
		l.pingQueue = append(l.pingQueue, r.jid)
	}
	l.nextPing()
}

func (l *loop) nextPing() {
	asking := 0
	for _, r := range l.rooms {
		if r.asking {
			asking++
		}
	}
	for l.link != nil && asking < pingsAtOnce && len(l.pingQueue) > 0 {
		r := l.rooms[l.pingQueue[0]]
		l.pingQueue = l.pingQueue[1:]
		if r == nil || r.asking {
			continue
		}
		if l.selfPing(r); r.asking {
			asking++
		}
	}
}

// errSilent stands for an answer that does not come.
var errSilent = errors.New("the room does not answer")

// selfPonged draws the conclusion (§3.2).
func (l *loop) selfPonged(r *room, nick string, err error) {
	var e *wire.StanzaError
	if err != nil && !errors.As(err, &e) {
		l.askAgain(r)
		return
	}
	switch {
	case e == nil:
		l.stillIn(r)
	case e.Condition == "remote-server-not-found", e.Condition == "remote-server-timeout", e.Type == "wait":
		l.askAgain(r)
	case e.Condition == "service-unavailable", e.Condition == "feature-not-implemented":
		if r.pingable {
			l.askAgain(r) // the room itself would have known; somebody on the way said it
			return
		}
		l.stillIn(r) // another client of ours, which knows no pings
	case e.Condition == "item-not-found" && (nick != r.nick || r.unknown == 0):
		// Another device of ours took another nick just now; we shall hear of it. A
		// room that is not there any more says the same, so ask once more.
		r.unknown++
		l.listen(r, nickTime)
	default:
		l.rejoin(r)
	}
}

// stillIn goes on listening. What was said while the room did not answer may be
// lost on the way: its archive knows.
func (l *loop) stillIn(r *room) {
	if r.unsure > 0 && r.hasArchive {
		l.catchUp(r.jid)
	}
	r.unsure, r.unknown, r.heard = 0, 0, l.c.opt.Now()
	l.listen(r, silence)
}

// askAgain waits for a room that cannot be reached. We do not leave it.
func (l *loop) askAgain(r *room) {
	wait := retryWait(r.unsure)
	r.unsure++
	l.listen(r, wait)
}

// sendBack takes back a line that a room refused because we are not in it any more
// (XEP-0045 §7.4): it goes again, the same bytes, once we are. false: it is refused
// for good.
func (l *loop) sendBack(tx *store.Tx, r *room, chat store.ChatID, ref string) (bool, error) {
	if r == nil || !r.want {
		return false, nil
	}
	id, err := tx.OwnByRef(chat, ref)
	if err != nil || id == 0 || r.sentBack[id] {
		return false, err
	}
	m, err := tx.Message(id)
	c, ok := l.chat(chat)
	if err != nil || !ok || m.NoBody {
		return false, err
	}
	d, ok := l.lineAgain(c, m)
	if !ok {
		return false, nil
	}
	out, err := tx.TakeBack(id, d.Bytes)
	if err != nil {
		return false, err
	}
	l.chatMoved(chat, tx)
	l.then = append(l.then, func() {
		if r.sentBack == nil || len(r.sentBack) > 1000 {
			r.sentBack = map[store.MessageID]bool{}
		}
		r.sentBack[id] = true
		l.outboxAgain(outRow{id: out, chat: chat, message: id, bytes: d.Bytes})
		l.rejoin(r)
		l.pump()
	})
	return true, nil
}

// outboxAgain puts a line that was taken back in front of those typed after it.
func (l *loop) outboxAgain(row outRow) {
	rows := slices.DeleteFunc(slices.Clone(l.outbox.rows), func(r outRow) bool { return r.message == row.message })
	at := slices.IndexFunc(rows, func(r outRow) bool { return r.chat == row.chat && r.message > row.message })
	if at < 0 {
		at = len(rows)
	}
	l.outbox.rows = slices.Insert(rows, at, row)
}
