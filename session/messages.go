package session

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"sotto/session/wire"
	"sotto/store"
)

// bodyMax bounds the body that is kept of a message; the stanza's own limit is
// above it.
const bodyMax = 512 << 10

// message applies a message after origin judged it.
func (l *loop) message(tx *store.Tx, o origin) error {
	if o.query != nil && o.query.applying == nil {
		o.query.result(l, o)
		return nil
	}
	if l.shutOut(o, "message") {
		return nil
	}
	if o.el.Attr("type") == "error" {
		if o.query != nil {
			return nil // told when it came
		}
		if l.inviteRefused(o) || l.voiceRefused(o) {
			return nil
		}
		return l.bounced(tx, o)
	}
	if l.contacts[o.owner.String()].JID != "" && l.unwelcome(o, false) {
		return nil
	}
	if done, err := l.invited(tx, o); done || err != nil {
		return err
	}
	if o.node != nil {
		if err := l.inEvent(tx, o); err != nil {
			return err
		}
	}
	if o.by == byRoom || o.by == byOccupant && !o.private {
		return l.roomMessage(tx, o)
	}
	k, nick := l.directKey(o.peer.Bare()), ""
	if o.private {
		nick = o.peer.Resource()
		k = l.privateKey(o.peer.Bare(), nick)
	} else if o.peer.Opaque() {
		return nil
	}
	held, err := l.stranger(tx, o, k)
	if err != nil {
		return err
	}
	if l.unwelcome(o, held) { // not told to the user, but for its number
		if !held || o.query != nil {
			return nil
		}
		l.emit(RequestsChanged{seal: o.seal(), Account: l.a.id})
		return tx.CountUnkept(l.a.id)
	}
	if !held {
		if err := l.states(tx, o, k); err != nil {
			return err
		}
	}
	if err := l.called(tx, o, k, held); err != nil {
		return err
	}
	body, enc, problem := l.readBody(o.el)
	_, lang := l.textOf(o.el, "body")
	rm := remark{}
	if o.el.Attr("type") != "headline" {
		rm = readRemark(o.el, o.by)
	}
	wanted := body == "" && problem == "" && rm.kind == "" && !isTombstone(o) && l.wantsAttention(o, k)
	if body == "" && problem == "" && rm.kind == "" && !isTombstone(o) && !wanted {
		return nil
	}
	if rm.kind != "" && rm.kind != store.RemarkEdit && o.query == nil && !o.outgoing && l.contacts[o.owner.String()].JID == "" {
		if known, err := tx.HasChat(k); !known || err != nil {
			return err // of nothing that we have, and strangers make no chats
		}
	}
	if held {
		if ok, err := l.holdStranger(tx, o, k); !ok || err != nil {
			return err
		}
	}
	chat, err := l.chatFor(tx, k)
	if err != nil {
		return err
	}
	a := store.Arrival{Chat: chat, Outgoing: o.outgoing, Sender: o.owner.String(), Body: body, Lang: clip(lang, 35),
		ID: clip(o.el.Attr("id"), 256), OriginID: clip(o.el.Child(nsStanzaID, "origin-id").Attr("id"), 256), Enc: enc, EncError: problem}
	if body != "" {
		a.Payload = sameBody(o.el)
	}
	if o.private {
		// The sender is the occupant; we speak under our nick.
		a.Sender, a.Nick = o.peer.String(), nick
		if o.outgoing {
			a.Sender = o.peer.Bare().String()
			a.Nick = l.nickIn(o.peer.Bare())
		}
	}
	stored := false
	if o.query != nil {
		o.query.name(&a, o, l.self)
	} else {
		l.stanzaID(&a, o, l.self)
		a.Stamp, stored = l.delay(o)
		a.Astray = l.astray(l.self.String())
	}
	a.Via = via(o, stored)
	a.Shape = l.readShape(o.el)
	a.ByItself = o.outgoing && answersItself(o.el)
	l.readReply(o.el, "", &a)
	if rm.kind == "" {
		withFile(o.el, l.bestText(o.el, "body"), &a)
		withLink(o.el, &a)
	}
	if wanted {
		a.Kind, a.Notice, a.Nick = store.Notice, store.NoticeAttention, clip(l.nameOf(o), nameMax)
	}
	since := int64(0)
	if o.private {
		since = l.presentSince(o, l.rooms[o.peer.Bare()], stored)
	}
	if done, err := l.remarked(tx, o, &a, rm, since); done || err != nil {
		return err
	}
	if done, err := l.tombstone(tx, o, &a); done || err != nil {
		return err
	}
	ignored := o.private && !o.outgoing && l.ignoresPrivately(o)
	a.Quiet = a.Quiet || ignored || wanted
	id, fresh, err := tx.Arrive(a)
	if err != nil {
		return err
	}
	if nick != "" {
		if err := tx.SetChatNick(chat, nick); err != nil {
			return err
		}
	}
	l.chatMoved(chat, tx)
	if !tx.Copied() {
		o.query.saw(chat, id, tx.Placed(), fresh, tx.Named())
	}
	if o.query == nil && (stored || a.Astray) {
		if err := l.holdFirst(tx, a); err != nil {
			return err
		}
	}
	switch {
	case tx.Overtook() && a.Stamp != 0:
		if err := l.unsortSince(tx, chat, a.Stamp); err != nil {
			return err
		}
	case o.query != nil:
	case !stored:
		l.moveLive(a, tx)
	case fresh: // what waited for us is not the newest
		if err := l.waited(tx, chat, a.Stamp); err != nil {
			return err
		}
	}
	if o.outgoing {
		return l.release(tx, o.peer.Bare().String())
	}
	if held {
		return nil
	}
	if fresh && o.query.deservesReceipt(o, l.c.opt.Now()) {
		// By whatever way it came: it is here now, and on disk with the receipt.
		l.receiptFor(tx, o, chat)
		if err := l.markable(tx, o, chat); err != nil {
			return err
		}
	}
	if o.query != nil {
		return nil // nobody else is told of history
	}
	l.typingEnds(chat, o)
	if fresh && !stored && !wanted && !ignored && a.Removed == "" && l.saving {
		if err := l.replySelf(tx, o, chat, a.Body); err != nil {
			return err
		}
	}
	if wanted {
		if fresh && !o.carbon && !stored {
			l.emit(Noticed{seal: o.seal(), Account: l.a.id, Chat: chat, From: l.nameOf(o), JID: o.owner.String(), What: a.Notice})
		}
		return nil
	}
	if fresh && !o.carbon && !ignored && a.Removed == "" {
		own := l.self.Local()
		if o.private {
			own = l.nickIn(o.peer.Bare())
		}
		l.emit(Incoming{seal: o.seal(), Account: l.a.id, Chat: chat, Message: id, From: l.nameOf(o), Body: a.Body, Spoiler: a.Shape.Hides(), Hint: a.Shape.Words(),
			Direct: true, Mention: l.mentioned(a.Body, own), Stored: stored})
	}
	return nil
}

// via words how a message came.
func via(o origin, stored bool) string {
	switch {
	case o.query != nil:
		return "archive"
	case o.carbon:
		return "carbon"
	case stored && o.by == byOccupant && !o.private:
		return "replay"
	case stored:
		return "offline"
	}
	return "live"
}

// chatMoved tells that rows of a chat changed in this transaction.
func (l *loop) chatMoved(chat store.ChatID, tx *store.Tx) {
	s := localOrigin().seal()
	l.emit(ChatChanged{seal: s, Account: l.a.id, Chat: chat, Rev: tx.Rev()})
	l.emit(ChatsChanged{seal: s})
}

// nameOf is how a person calls the speaker.
func (l *loop) nameOf(o origin) string {
	if o.by == byOccupant {
		return o.nick()
	}
	return l.contactName(o.owner.String())
}

// contactName is the name that we gave an address, else the address.
func (l *loop) contactName(jid string) string {
	if c, ok := l.contacts[jid]; ok && c.Name != "" {
		return c.Name
	}
	return jid
}

// readBody gives the text of a message, or says how it was encrypted and that
// it cannot be read. A body beside an encrypted payload is only the sender's
// excuse for clients that cannot read it.
func (l *loop) readBody(e *wire.Element) (body, enc, problem string) {
	body = clip(strings.TrimRight(l.bestText(e, "body"), "\r\n"), bodyMax)
	if c := e.Child(nsEME, "encryption"); c != nil {
		name := c.Attr("name")
		if name == "" {
			name = c.Attr("namespace")
		}
		if name == "" {
			name = "encryption"
		}
		return "", clip(name, 64), "not-supported"
	}
	for _, k := range [][3]string{{"eu.siacs.conversations.axolotl", "encrypted", "OMEMO"}, {"urn:xmpp:omemo:2", "encrypted", "OMEMO"},
		{"jabber:x:encrypted", "x", "OpenPGP"}, {"urn:xmpp:openpgp:0", "openpgp", "OpenPGP"}} {
		if c := e.Child(k[0], k[1]); c != nil {
			if c.Child(k[0], "payload") == nil && k[2] == "OMEMO" {
				return "", "", "" // keys only
			}
			return "", k[2], "not-supported"
		}
	}
	if body == "" {
		if f := readFile(e); f != nil {
			body = f.URL // XEP-0447 §4.1: a file needs no text
		}
	}
	return body, "", ""
}

// stanzaID takes the archive's name for a message (XEP-0359 §5): only from an
// archive that is entitled to give it, and where it is our own or the room's.
func (l *loop) stanzaID(a *store.Arrival, o origin, by wire.JID) {
	for c := range o.el.All(nsStanzaID, "stanza-id") {
		if id := c.Attr("id"); id != "" && len(id) <= 256 && wire.Lenient(c.Attr("by")) == by {
			a.StanzaID, a.By = id, by.String()
			return
		}
	}
}

// clockSlack is how far two clocks that agree may lie apart.
const clockSlack = 2 * time.Second

// delay is when a message that was stored on its way was sent (XEP-0203). Only
// our own server and, in it, the room are believed, by name: anybody can write
// the element. µs, 0: now. Whether it was stored does not hang on the clocks.
func (l *loop) delay(o origin) (when int64, delayed bool) {
	for d := range o.el.All(nsDelay, "delay") {
		from := wire.Lenient(d.Attr("from"))
		room := (o.by == byRoom || o.by == byOccupant) && from == o.owner // an occupant's word is anybody's
		if !room && from.Bare() != l.self && from.String() != l.self.Domain() {
			continue
		}
		delayed = true
		if t := stamp(d.Attr("stamp")); !t.IsZero() && t.Before(l.serverTime(l.c.opt.Now()).Add(clockSlack)) {
			return t.UnixMicro(), true
		}
	}
	return 0, delayed
}

// bounced marks a line of ours that was refused. Only the addressee, or what
// speaks for it, can refuse.
func (l *loop) bounced(tx *store.Tx, o origin) error {
	k := l.directKey(o.peer.Bare())
	switch {
	case o.by == byRoom || o.by == byOccupant && !o.private:
		k = store.ChatKey{Account: l.a.id, Kind: store.Room, JID: o.owner.String()}
	case o.private:
		k = l.privateKey(o.peer.Bare(), o.peer.Resource())
	}
	if o.by == byOccupant {
		// A refusal of a line to all comes from the room's own address with our nick.
		room := store.ChatKey{Account: l.a.id, Kind: store.Room, JID: o.owner.String()}
		if id, ok := l.chatIDs[room]; ok {
			if own, err := tx.OwnByRef(id, o.el.Attr("id")); err != nil || own != 0 {
				k = room
				if err != nil {
					return err
				}
			}
		}
	}
	chat, ok := l.chatIDs[k]
	if !ok {
		return nil
	}
	if o.el.Attr("id") == "" {
		return nil // of nothing that we could name
	}
	e := wire.ErrorOf(o.el)
	if kind, err := tx.Refuse(chat, clip(o.el.Attr("id"), 256)); kind != "" || err != nil {
		l.chatMoved(chat, tx)
		l.tellProblem(chat, stanzaProblem("remark-refused", e, kind))
		return err
	}
	if k.Kind == store.Room && e.Condition == "not-acceptable" {
		if again, err := l.sendBack(tx, l.rooms[o.owner], chat, clip(o.el.Attr("id"), 256)); again || err != nil {
			return err
		}
	}
	text := e.Condition
	if e.Text != "" {
		text += ": " + clip(e.Text, statusMax)
	}
	if err := tx.Annotate(chat, o.owner.String(), store.AnnotationError, clip(o.el.Attr("id"), 256), []byte(text)); err != nil {
		return err
	}
	l.chatMoved(chat, tx)
	return nil
}

// mentioned says whether a text names us, or has a word that the user watches for.
func (l *loop) mentioned(text, nick string) bool {
	return mentions(text, nick) || slices.ContainsFunc(l.c.Settings().KeywordList(), func(w string) bool { return mentions(text, w) })
}

// mentions says whether a text names a nick as a word of its own.
func mentions(text, nick string) bool {
	return len(findWord(strings.ToLower(text), strings.ToLower(nick), 1)) > 0
}

// WordsIn finds where a word, or several, stand in a text as words of their own,
// without regard to case: at most most places, from and to in bytes. What changes
// its length with its case is found only as it is written.
func WordsIn(text, word string, most int) [][2]int {
	if t, w := strings.ToLower(text), strings.ToLower(word); len(t) == len(text) && len(w) == len(word) {
		text, word = t, w
	}
	return findWord(text, word, most)
}

func findWord(text, word string, most int) (found [][2]int) {
	for at := 0; word != "" && len(found) < most; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			break
		}
		i += at
		at = i + len(word)
		if !wordRune(lastRune(text[:i])) && !wordRune(firstRune(text[at:])) {
			found = append(found, [2]int{i, at})
		}
	}
	return found
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return ' '
}

func lastRune(s string) rune {
	r := []rune(clipLeft(s, 8))
	if len(r) == 0 {
		return ' '
	}
	return r[len(r)-1]
}

// clipLeft keeps the last n bytes, from a character's start on.
func clipLeft(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	for len(s) > 0 && s[0]&0xc0 == 0x80 {
		s = s[1:]
	}
	return s
}
