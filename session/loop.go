package session

import (
	"context"
	"errors"
	"strings"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// burst is how many stanzas share a transaction at most.
const burst = 500

// loop is all state of an account. It is touched by its own goroutine only; the
// functions handed to the store run while that goroutine waits for them.
type loop struct {
	a    *Account
	c    *Client
	st   *store.Store
	self wire.JID // bare
	cfg  store.AccountConfig
	row  store.Account
	ctx  context.Context //nolint:containedctx // the life of the loop
	in   chan func(*loop)
	gone bool // the account was removed

	connection
	events       []Event  // to be published when the transaction is on disk
	then         []func() // to be run after it, where writing is possible again
	answers      map[uint64]answer
	queries      map[string]*archiveQuery
	looking      map[store.ChatID]int     // chats whose unsettled lines are being looked up
	lookLater    map[wire.JID][]store.Out // the same, of rooms that we are not in yet
	stalled      []*archiveQuery
	page         int                    // how many messages an archive is asked for; 0: not measured yet
	older        map[store.ChatID]bool  // chats whose older messages are asked for
	tops         map[string]*archiveTop // by archive
	hasArchive   bool                   // our server keeps one for us
	fulltext     map[string]bool        // archives of which is known whether they can be searched
	home         home                   // what else it offers us
	pep          pepState
	marks        bookmarks
	ahead        time.Duration // the server's clock before ours
	unsorted     unsorted
	unsortedFrom map[store.ChatID]uint64 // the same as what the archive had told, see heard
	heard        map[string]*heard       // by archive
	sorting      bool                    // sortChats follows
	overdue      bool                    // corrections that wait are looked at
	refused      int
	refusals     []Refusal
	blocks       blocklist
	ignored      []Ignored
	invitations  []Invitation
	dir          *directory             // nil: nobody looks for rooms
	voices       []VoiceRequest         // replaced, never changed in place
	commandsID   string                 // of the list of commands that was asked for last
	commands     map[string]*commandRun // that are being carried out
	card         *wire.Element          // ours, as it is being filled in
	avatars      avatars
	nudged       map[wire.JID]time.Time // who wanted attention last, and when
	moves        map[string]bool        // contacts that are asked whether they moved
	inviting     map[string]inviting    // of ours, by the id of their message
	saving       bool                   // the store takes writes
	outage       outage                 // while it does not
	unsynced     bool                   // the server is to be asked again for what an outage kept from the disk
	held         []wire.Stanza          // what neither the store nor memory took yet
	chats        map[store.ChatID]store.Chat
	chatIDs      map[store.ChatKey]store.ChatID
	contacts     map[string]store.Contact
	present      map[string][]Resource
	directed     map[string]told
	owed         map[string]bool // addresses to be told once there is a link
	absent       absence
	presence     Presence
	alerts       map[string]waited
	lastHere     map[string]bool // who was available when the last link ended, and told nothing since
	canHide      bool            // our server offers invisibility
	hidden       bool            // and made us so
	until        time.Time       // when before is our presence again; zero: never
	before       Presence
	times        *time.Timer // looks for presences that end
	typing       map[store.ChatID]map[typist]*time.Timer
	composed     map[store.ChatID]composing
	rooms        map[wire.JID]*room
	joinQueue    []wire.JID
	pingQueue    []wire.JID // rooms to be asked whether we are in them
	joining      int
	visible      store.ChatID // on the screen
	caps         capsState
	outbox       outbox
	display      display
	policy       Policy
	autoReply    autoReply
	markings     map[store.ChatID]*marking // chats that were marked just now
	uploads      uploads
	fetches      map[store.MessageID]*transfer
	retention    *time.Timer // looks for what is too old
	sweeping     bool
}

// answer is what happens with the answer to an IQ of ours. It runs on the loop
// inside the transaction of the burst that brought it; err tells of a refusal
// or of the link's end.
type answer func(tx *store.Tx, el *wire.Element, err error) error

// errLinkLost ends the questions that were open when the link ended.
var errLinkLost = errors.New("the link ended")

func newLoop(a *Account, cfg store.AccountConfig, row store.Account) (*loop, error) {
	self, err := wire.Parse(a.jid)
	if err != nil {
		return nil, err
	}
	l := &loop{a: a, c: a.c, st: a.c.opt.Store, self: self, cfg: cfg, row: row, in: make(chan func(*loop), 64), saving: true,
		answers: map[uint64]answer{}, queries: map[string]*archiveQuery{}, tops: map[string]*archiveTop{}, older: map[store.ChatID]bool{}, unsortedFrom: map[store.ChatID]uint64{}, heard: map[string]*heard{}, looking: map[store.ChatID]int{}, lookLater: map[wire.JID][]store.Out{}, chats: map[store.ChatID]store.Chat{}, chatIDs: map[store.ChatKey]store.ChatID{},
		contacts: map[string]store.Contact{}, commands: map[string]*commandRun{}, inviting: map[string]inviting{}, present: map[string][]Resource{}, directed: map[string]told{}, owed: map[string]bool{}, lastHere: map[string]bool{},
		typing: map[store.ChatID]map[typist]*time.Timer{}, composed: map[store.ChatID]composing{},
		markings: map[store.ChatID]*marking{}, rooms: map[wire.JID]*room{}, caps: newCaps(), uploads: uploads{jobs: map[store.MessageID]*upload{}}, fetches: map[store.MessageID]*transfer{}, blocks: blocklist{list: map[string]bool{}},
		presence: Presence{Show: Show(row.Show), Text: row.Status, Priority: row.Priority}}
	l.connection.want = cfg.On()
	if l.presence.Show == Unavailable {
		l.presence.Show = Available
	}
	return l, nil
}

// run is the account's goroutine.
func (l *loop) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.ctx = ctx
	select {
	case <-l.c.begin:
	case <-ctx.Done():
	}
	defer l.endOutage()
	if f := l.st.Failing(); f != nil {
		l.storeFailed(f)
	}
	l.load()
	l.announceAccount()
	l.retain()
	if l.want {
		l.dial()
	}
	for !l.gone {
		var ready, done <-chan struct{}
		if l.link != nil {
			ready, done = l.link.Ready(), l.link.Done()
		}
		select {
		case fn := <-l.a.cmds:
			fn(l)
		case fn := <-l.in:
			fn(l)
		case <-ready:
			l.drain()
		case <-l.outage.over:
			l.storeBack()
		case <-done:
			l.drain()
			l.linkEnded()
		case <-ctx.Done():
			l.lastWords()
			l.goodbye()
			return
		}
		l.flush()
	}
	cancel()
	l.goodbye()
}

// lastWords runs what was asked for before the end: drafts must not be lost.
func (l *loop) lastWords() {
	for {
		select {
		case fn := <-l.a.cmds:
			fn(l)
			l.flush()
		default:
			return
		}
	}
}

// load reads what the account knew when it last ran.
func (l *loop) load() {
	contacts, err := l.st.Roster(l.ctx, l.a.id)
	if err != nil {
		l.c.opt.Log.Error("load roster", "error", err)
	}
	for _, c := range contacts {
		l.contacts[c.JID] = c
	}
	rooms, err := l.st.Rooms(l.ctx, l.a.id)
	if err != nil {
		l.c.opt.Log.Error("load rooms", "error", err)
	}
	for _, e := range rooms {
		l.loadRoom(e)
	}
	l.loadBlocked()
	l.loadPolicy()
	l.loadAutoReply()
	l.loadPosture()
	l.absenceOver()
	l.loadAlerts()
	l.loadIgnored()
	l.loadInvitations()
	l.loadChats()
	l.loadUploads()
	l.overdueSoon()
}

func (l *loop) loadChats() {
	chats, err := l.st.ChatsOf(l.ctx, l.a.id)
	if err != nil {
		l.c.opt.Log.Error("load chats", "error", err)
	}
	for _, c := range chats {
		l.keepChat(c)
	}
	l.loadUnsorted()
	l.loadAhead()
	l.loadLate()
	l.loadFloor()
}

// soon hands fn from another goroutine to the loop and waits for room, not for
// fn. false: the loop ends and fn was dropped.
func (l *loop) soon(fn func(*loop)) bool {
	select {
	case l.in <- fn: // also when the loop ends: its goodbye takes what is there
		return true
	default:
	}
	select {
	case l.in <- fn:
		return true
	case <-l.a.done:
	case <-l.ctx.Done():
	}
	return false
}

// after runs fn on the loop when d is over, unless the timer is stopped.
func (l *loop) after(d time.Duration, fn func(*loop)) *time.Timer {
	return time.AfterFunc(d, func() { l.soon(func(l *loop) { fn(l); l.flush() }) })
}

// emit tells the screens, once what was written is on disk.
func (l *loop) emit(e Event) { l.events = append(l.events, e) }

// flush publishes what was emitted and runs what had to wait for the commit.
// Never inside a transaction.
func (l *loop) flush() {
	for len(l.events) > 0 || len(l.then) > 0 {
		list, then := l.events, l.then
		l.events, l.then = nil, nil
		for _, e := range list {
			l.c.publish(e)
		}
		for _, fn := range then {
			fn()
		}
	}
}

// point is how much was emitted and put off before a transaction.
type point struct{ events, then, refused int }

func (l *loop) point() point { return point{len(l.events), len(l.then), l.refused} }

// takeBack forgets what a transaction that failed wanted to tell and to do: a
// chat that was rolled back must not be remembered as one that exists.
func (l *loop) takeBack(p point) {
	l.events, l.then, l.refused = l.events[:p.events], l.then[:p.then], p.refused
}

// write runs fn in a transaction of the store and publishes what it emitted.
// false: nothing of it happened; the screens were told why.
func (l *loop) write(fn func(tx *store.Tx) error) bool {
	if !l.saving {
		return false
	}
	p := l.point()
	_, err := l.st.Write(context.WithoutCancel(l.ctx), func(tx *store.Tx) error {
		l.begin(tx)
		return fn(tx)
	})
	if err != nil {
		l.takeBack(p)
		l.storeFailed(err)
		return false
	}
	l.flush()
	return true
}

// drain applies what arrived, a burst a transaction, and acknowledges it once
// it is on disk. What the disk does not take for a while is taken into memory.
func (l *loop) drain() {
	for l.link != nil {
		l.outboxMoved()
		l.countRefusals()
		list := l.held
		if len(list) == 0 {
			list = l.link.Take(burst)
		}
		if len(list) == 0 {
			return
		}
		done := len(list)
		if l.saving {
			if err := l.applyBurst(list); err != nil {
				l.held = list
				l.storeFailed(err)
				if l.saving { // no matter of the disk: each for itself
					done = l.applySingly(list)
				}
			}
		}
		if !l.saving {
			done = l.applyUnsaved(list)
		}
		if l.held = list[done:]; done == 0 {
			return
		}
		l.link.Commit(list[done-1].Seq)
		l.flush()
	}
}

// applySingly applies stanzas of which one spoilt a transaction, which is put
// aside, and says how many were dealt with.
func (l *loop) applySingly(list []wire.Stanza) int {
	for i := range list {
		err := l.applyBurst(list[i : i+1])
		var f *store.Failure
		if errors.As(err, &f) {
			l.storeFailed(err)
			return i
		}
		if err != nil {
			l.c.opt.Log.Error("stanza dropped", "name", list[i].Local, "error", err)
			l.noteStanza(list[i], "put-aside")
			l.countRefused()
		}
	}
	return len(list)
}

// applyBurst applies stanzas in one transaction.
func (l *loop) applyBurst(list []wire.Stanza) error {
	p := l.point()
	_, err := l.st.Write(context.WithoutCancel(l.ctx), func(tx *store.Tx) error {
		l.begin(tx)
		for _, st := range list {
			if l.outbox.awaits(st.Acked) {
				if err := l.settle(tx, func(r outRow) bool { return r.seq != 0 && r.seq <= st.Acked }); err != nil {
					return err
				}
			}
			l.applyOne(tx, st)
		}
		return l.saveTops(tx)
	})
	if err != nil {
		l.takeBack(p)
	}
	return err
}

// applyOne applies a stanza; one that cannot be applied is put aside.
func (l *loop) applyOne(tx *store.Tx, st wire.Stanza) {
	p := l.point()
	err := tx.Try(func(tx *store.Tx) error { return l.apply(tx, st) })
	if err != nil {
		l.takeBack(p)
	}
	if st.Answers != 0 {
		// Not before the commit: a burst that fails is applied again.
		l.then = append(l.then, func() { delete(l.answers, st.Answers) })
	}
	if err == nil {
		return
	}
	l.c.opt.Log.Warn("stanza put aside", "name", st.Local, "error", err)
	l.noteStanza(st, "put-aside")
	l.countRefused()
	_ = tx.Try(func(tx *store.Tx) error { return tx.Quarantine(l.a.id, err.Error(), st.Raw()) })
}

// apply routes one stanza.
func (l *loop) apply(tx *store.Tx, st wire.Stanza) error {
	if st.Answers != 0 {
		fn := l.answers[st.Answers]
		if fn == nil {
			return nil
		}
		if e := wire.ErrorOf(st.Element); e != nil {
			return fn(tx, st.Element, e)
		}
		return fn(tx, st.Element, nil)
	}
	o := l.place().origin(st)
	if o.by == byNobody {
		l.refuse(tx, o, st)
		return nil
	}
	if o.query != nil && (o.query.dead || !l.saving) {
		return nil // it is asked for again
	}
	if o.query == nil && l.shutOut(o, st.Local) {
		l.dropBlocked(o, st)
		return nil
	}
	if o.by == byRoom || o.by == byOccupant {
		l.heardFrom(o.owner)
	}
	switch st.Local {
	case "message":
		return l.message(tx, o)
	case "presence":
		return l.inPresence(tx, o, st)
	case "iq":
		return l.inIQ(tx, o, st)
	}
	return nil
}

func (l *loop) place() place {
	return place{self: l.self, isRoom: l.isRoom, query: func(id string) *archiveQuery { return l.queries[id] }, node: pepNodeOf, know: l.knows}
}

// refuse drops a stanza whose sender may not say such a thing, and counts it.
func (l *loop) refuse(tx *store.Tx, o origin, st wire.Stanza) {
	l.noteStanza(st, strings.ReplaceAll(o.why, " ", "-"))
	l.countRefused()
	_ = tx.Try(func(tx *store.Tx) error { return tx.Quarantine(l.a.id, "refused: "+o.why, st.Raw()) })
	if t := st.Attr("type"); st.Local == "iq" && (t == "get" || t == "set") {
		l.sendError(st, "cancel", "service-unavailable")
	}
}

func (l *loop) countRefused() {
	l.refused++
	l.emit(SecurityCount{seal: localOrigin().seal(), Account: l.a.id, Refused: l.refused})
}

func (l *loop) countRefusals() {
	for _, r := range l.link.Refused() {
		l.noteRefusal(r.From, linkRefusals[r.Reason], clip("<"+r.Name+" id='"+r.ID+"'>", refusalStart))
		l.countRefused()
	}
}

// ask sends an IQ and hands its answer to fn on the loop, in the order of
// arrival. Without a link fn is not called and false comes back.
func (l *loop) ask(iq *wire.Element, fn answer) bool {
	if l.link == nil {
		return false
	}
	t, err := l.link.Ask(iq)
	if err != nil {
		return false
	}
	l.answers[t] = fn
	return true
}

// sendNow sends a stanza that need not survive the link.
func (l *loop) sendNow(e *wire.Element) {
	if l.link != nil {
		_, _ = l.link.Send(e)
	}
}

func (l *loop) sendError(st wire.Stanza, kind, condition string) {
	if st.From.IsZero() && st.Attr("id") == "" {
		return
	}
	e := wire.New(wire.NSClient, "iq").Set("type", "error").Set("to", st.Attr("from")).Set("id", st.Attr("id"))
	e.Add(wire.New(wire.NSClient, "error").Set("type", kind).Add(wire.New(wire.NSStanzaErr, condition)))
	l.sendNow(e)
}

// tell answers a command next to the input.
func (l *loop) tell(chat store.ChatID, code string, args ...string) {
	l.emit(Answer{seal: localOrigin().seal(), Account: l.a.id, Chat: chat, Code: code, Args: args})
}

func (l *loop) tellProblem(chat store.ChatID, p Problem) {
	l.emit(Answer{seal: localOrigin().seal(), Account: l.a.id, Chat: chat, Problem: &p})
}

// iq starts an IQ of ours.
func iq(kind, to string, payload *wire.Element) *wire.Element {
	return wire.New(wire.NSClient, "iq").Set("type", kind).Set("to", to).Add(payload)
}

// remove ends the loop for good.
func (l *loop) remove() {
	l.want, l.gone = false, true
	l.emit(AccountChanged{seal: localOrigin().seal(), AccountInfo: AccountInfo{ID: l.a.id, JID: l.a.jid, Removed: true}})
	l.flush()
}
