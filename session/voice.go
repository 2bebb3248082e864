package session

import (
	"slices"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// Asking for voice in a moderated room, and answering who asks: XEP-0045 §7.13
// and §8.6.

// Bounds on the requests that wait: over all rooms, and of one.
const (
	voicesMax       = 100
	voicesOfRoomMax = 20
)

const nsMUCRequest = "http://jabber.org/protocol/muc#request"

// VoiceRequest is the wish of a visitor to speak in a room of which we are a
// moderator. All of it is the room's word; JID is empty where it hides addresses.
type VoiceRequest struct {
	Room, Nick, JID string
	full            string // the address as the room wrote it, for its answer
}

// VoiceRequestsChanged lists who waits for voice, the oldest first. What was asked
// is gone with the link, as it is for the room.
type VoiceRequestsChanged struct {
	seal
	Account store.AccountID
	List    []VoiceRequest
	Fresh   bool // the last one came just now
}

type voicesKey struct{ a store.AccountID }

func (e VoiceRequestsChanged) key() any { return voicesKey{e.Account} }

// AskVoice asks the moderators of a room to let us speak. An [Answer] tells that
// it was sent; that we may speak is told by presence.
func (a *Account) AskVoice(room store.ChatID) { a.do(room, func(l *loop) { l.askVoice(room) }) }

// AnswerVoice lets somebody speak who asked for it, or does not.
func (a *Account) AnswerVoice(v VoiceRequest, grant bool) {
	a.do(0, func(l *loop) { l.answerVoice(v, grant) })
}

func (l *loop) askVoice(id store.ChatID) {
	r := l.roomOf(id)
	if r == nil {
		return
	}
	if r.self().Role != "visitor" {
		l.tellProblem(id, Problem{Code: "voice-has", Args: []string{r.jid.String()}})
		return
	}
	if l.link == nil {
		l.tellProblem(id, Problem{Code: "offline"})
		return
	}
	f := Form{Fields: []Field{{Var: "FORM_TYPE", Type: Hidden, Values: []string{nsMUCRequest}}, {Var: "muc#role", Type: ListSingle, Values: []string{"participant"}}}}
	r.voiceAsked = newID()
	l.sendNow(wire.New(wire.NSClient, "message").Set("to", r.jid.String()).Set("id", r.voiceAsked).Add(f.submit()))
	l.tell(id, "voice-asked", r.jid.String())
}

// voiceRefused takes a room's refusal of our request; false: it is none.
func (l *loop) voiceRefused(o origin) bool {
	r := l.rooms[o.owner]
	if r == nil || o.by != byRoom || r.voiceAsked == "" || o.el.Attr("id") != r.voiceAsked {
		return false
	}
	r.voiceAsked = ""
	l.tellProblem(l.chatIDs[l.roomKey(r.jid)], stanzaProblem("voice-refused", wire.ErrorOf(o.el), r.jid.String()))
	return true
}

// readVoice finds in a room's words to us alone who asks to speak.
func (r *room) readVoice(o origin) (v VoiceRequest, ok bool) {
	f, there := formOf(o.el)
	if o.by != byRoom || o.query != nil || o.carbon || !there || f.Value("FORM_TYPE") != nsMUCRequest || f.index("muc#request_allow") < 0 {
		return v, false
	}
	nick := f.Value("muc#roomnick")
	occ := r.occupants[nick]
	if !r.joined || r.self().Role != "moderator" || occ == nil || occ.Role != "visitor" {
		return v, false
	}
	v = VoiceRequest{Room: r.jid.String(), Nick: nick}
	if j := wire.Lenient(strings.TrimSpace(f.Value("muc#jid"))); !j.IsZero() && !j.Opaque() {
		v.JID, v.full = clip(j.Bare().String(), nameMax), j.String()
	}
	return v, true
}

// voiceWanted keeps a request until it is answered.
func (l *loop) voiceWanted(o origin) {
	r := l.rooms[o.owner]
	v, ok := r.readVoice(o)
	if !ok || l.ignores(r.jid, r.occupants[v.Nick].OccupantID, v.Nick) {
		return
	}
	of := 0
	for _, k := range l.voices {
		if k.Room != v.Room {
			continue
		}
		if of++; k.Nick == v.Nick {
			return
		}
	}
	if len(l.voices) >= voicesMax || of >= voicesOfRoomMax {
		return
	}
	l.voices = append(slices.Clone(l.voices), v)
	l.tellVoices(o, true)
}

func (l *loop) tellVoices(o origin, fresh bool) {
	l.emit(VoiceRequestsChanged{seal: o.seal(), Account: l.a.id, List: l.voices, Fresh: fresh})
}

// dropVoices forgets the requests of a room that need no answer any more; nick "":
// all of them.
func (l *loop) dropVoices(r *room, nick string) {
	if len(l.voices) == 0 {
		return
	}
	kept := slices.DeleteFunc(slices.Clone(l.voices), func(k VoiceRequest) bool { return k.Room == r.jid.String() && (nick == "" || k.Nick == nick) })
	if len(kept) < len(l.voices) {
		l.voices = kept
		l.tellVoices(localOrigin(), false)
	}
}

func (l *loop) answerVoice(v VoiceRequest, grant bool) {
	r := l.rooms[wire.Lenient(v.Room)]
	if r == nil || !slices.Contains(l.voices, v) {
		return
	}
	id := l.chatIDs[l.roomKey(r.jid)]
	if l.link == nil || !r.joined {
		l.tellProblem(id, Problem{Code: "offline"})
		return
	}
	allow := "0"
	if grant {
		allow = "1"
	}
	f := Form{Fields: []Field{{Var: "FORM_TYPE", Type: Hidden, Values: []string{nsMUCRequest}}, {Var: "muc#role", Type: ListSingle, Values: []string{"participant"}},
		{Var: "muc#jid", Type: JIDSingle, Values: []string{v.full}}, {Var: "muc#roomnick", Type: TextSingle, Values: []string{v.Nick}},
		{Var: "muc#request_allow", Type: Boolean, Values: []string{allow}}}}
	l.sendNow(wire.New(wire.NSClient, "message").Set("to", r.jid.String()).Set("id", newID()).Add(f.submit()))
	l.dropVoices(r, v.Nick)
	if !grant {
		l.tell(id, "voice-denied", v.Nick)
	}
}
