package ui

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"sotto/session"
	"sotto/store"
	"sotto/themes"
	"sotto/ui/catalog"
)

// Terminal is where an App lives. Nothing in this package reads the
// environment or the process's own terminal.
type Terminal struct {
	Screen  tcell.Screen
	Colors  int              // of the screen once it runs; 0: asked of the screen
	NoColor bool             // NO_COLOR is set
	ASCII   bool             // the locale shows no UTF-8
	Remote  bool             // over SSH
	Notice  string           // something to tell at the start
	OnFocus func(func(bool)) // sets who is told of the focus; nil: never told
	OnKey   func(func())     // sets who is told of keys; nil: never
	OnDrain func(func())     // sets who is told that a busy terminal has taken all
	OnError func(func())     // sets who is told that the terminal is gone
	Bell    func()           // nil: none
	Title   func(string)     // nil: none
	Suspend func() error     // stops the process for the shell's sake; nil: cannot
	Zone    *time.Location   // nil: the system's
}

// Options is what an App is made of.
type Options struct {
	Client    *session.Client
	Store     *store.Store
	ThemesDir string // of the user's themes; may be empty
	Config    string // path of the configuration, to be named to the user
	Keyring   bool   // passwords can be remembered
	Now       func() time.Time
	Account   string      // the account to act for first; empty: the first
	Panic     func(r any) // gives the terminal back and ends the process; nil: the process ends by itself
}

// bellEvery is the least time between two bells.
const bellEvery = 5 * time.Second

// App is the interface on one terminal. All fields are the ui owner's but the
// bridge, the pager and quit.
type App struct {
	tv   *tview.Application
	t    Terminal
	opt  Options
	c    *session.Client
	st   *store.Store
	look *look
	m    *model

	roster   *rosterPane
	timeline *timeline
	people   *peoplePane
	composer *composer
	note     note // the answer next to the input
	root     *root
	dialog   dialog // what lies above all; nil: nothing
	popup    *completion

	actions []*action
	keys    bindings

	focus        place
	hideRoster   bool
	hidePeople   bool
	focused      bool // the terminal has the focus, as far as is known
	lastChatID   store.ChatID
	beforeNext   store.ChatID // where Alt-a was pressed first
	account      store.AccountID
	pending      map[string]string // lines on their way: local id to text
	quitPressed  bool
	counting     bool            // a drawing a second from now was asked for
	firstLine    string          // "/msg address text": the text, until the chat is open
	waiting      *session.Prompt // a question that waits for the open dialog to close
	lastBell     time.Time
	lastPresence *session.Presence
	staleRoster  bool
	stalePeople  bool
	titleShown   string

	box    *session.Mailbox
	bridge *bridge
	pager  *pager
	quit   chan struct{}
	once   sync.Once
}

// New makes the interface. It reads the store once, for the first frame.
func New(t Terminal, opt Options) *App {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if t.Zone == nil {
		t.Zone = time.Local
	}
	a := &App{tv: tview.NewApplication(), t: t, opt: opt, c: opt.Client, st: opt.Store, m: newModel(), focus: inComposer, focused: true,
		pending: map[string]string{}, quit: make(chan struct{})}
	a.look = &look{zone: t.Zone, now: opt.Now}
	a.actions = makeActions()
	a.keys = bind(a.actions)
	a.roster = newRoster(a.look, a.m)
	a.timeline = newTimeline(a.look, a.m)
	a.people = newPeople(a.look, a.m)
	a.composer = newComposer(a.look)
	a.composer.onChange = a.typed
	a.root = newRoot(a)
	a.box = a.c.Subscribe()
	a.bridge = newBridge(a.box)
	a.pager = newPager(a.bridge.results)
	a.useTheme(a.c.Settings().Theme)
	a.useMarks()
	return a
}

// preload fills the first frame from the disk: chats, contacts, the newest page
// of the chat that was open last.
func (a *App) preload(ctx context.Context) {
	for _, acc := range a.c.Accounts() {
		a.m.accounts = append(a.m.accounts, session.AccountInfo{ID: acc.ID(), JID: acc.JID()})
		if acc.JID() == a.opt.Account || a.account == 0 {
			a.account = acc.ID()
		}
		if list, err := a.st.Roster(ctx, acc.ID()); err == nil {
			a.gotRoster(acc.ID(), list)
		}
		if list, err := a.st.Rooms(ctx, acc.ID()); err == nil {
			for _, r := range list {
				a.m.rooms[who{acc.ID(), r.JID}] = session.RoomInfo{JID: r.JID, Nick: r.Nick, Name: r.Name, Subject: r.Subject}
			}
		}
	}
	if list, err := a.st.Requests(ctx); err == nil {
		a.m.requests = list
	}
	if list, _, err := a.st.Chats(ctx); err == nil {
		a.m.chats = slices.DeleteFunc(list, func(c store.Chat) bool { _, ok := a.m.account(c.Account); return !ok })
	}
	if len(a.m.chats) > 0 {
		a.show(a.m.chats[0].ID)
		if rows, rev, err := a.st.Page(ctx, a.m.chat, 0, pageRows); err == nil {
			a.gotWindow(a.m.chat, rows, rev)
		}
	}
	a.roster.rebuild()
}

// Run shows the interface until Quit, the end of ctx, or an error of the
// terminal.
func (a *App) Run(ctx context.Context) error {
	a.preload(ctx)
	if acc, ok := a.m.account(a.account); !ok || a.opt.Account != "" && !strings.EqualFold(acc.JID, a.opt.Account) {
		a.openSetup()
		if s, ok := a.dialog.(*setup); ok && a.opt.Account != "" {
			s.setAddress(a.opt.Account)
		}
	}
	if a.t.Notice != "" {
		a.note.lines = append(a.note.lines, noteLine{text: a.t.Notice, style: a.look.Notice})
	}
	work, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	a.tv.SetScreen(a.t.Screen)
	a.tv.SetRoot(a.root, true)
	a.tv.EnablePaste(true)
	a.tv.EnableMouse(a.c.Settings().Mouse)
	a.tv.SetInputCapture(a.key)
	if a.t.OnFocus != nil {
		a.t.OnFocus(func(on bool) {
			select {
			case a.bridge.results <- func(a *App) { a.gotFocus(on) }:
			case <-a.quit:
			}
		})
	}
	if a.t.OnKey != nil {
		a.t.OnKey(a.c.Touch)
	}
	if a.t.OnDrain != nil {
		a.t.OnDrain(a.bridge.redraw)
	}
	if a.t.OnError != nil {
		a.t.OnError(a.Quit)
	}
	// QueueUpdate blocks for ever once tview stopped: whatever ends the run
	// ends the bridge first, and waits for it, while tview still runs.
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-a.quit:
		case <-ctx.Done():
		}
		cancel()
		wg.Wait()
		a.stop()
	}()
	wg.Go(func() { defer a.guard(); a.bridge.run(work, a) })
	wg.Go(func() { defer a.guard(); a.pager.run(work) })
	err := a.tv.Run()
	a.keepDraft()
	a.Quit()
	<-stopped
	a.c.Unsubscribe(a.box)
	return err
}

// guard ends the program in order when the goroutine that deferred it panics.
func (a *App) guard() {
	if r := recover(); r != nil {
		if a.opt.Panic == nil {
			panic(r)
		}
		a.opt.Panic(r)
	}
}

// Quit ends Run. Any goroutine.
func (a *App) Quit() { a.once.Do(func() { close(a.quit) }) }

// handle applies one event of the session.
func (a *App) handle(e session.Event) {
	switch e := e.(type) {
	case session.AccountChanged:
		a.accountChanged(e.AccountInfo)
	case session.ChatsChanged:
		a.readChats()
	case session.ChatChanged:
		if e.Chat == a.m.chat {
			a.readChanges()
		}
	case session.RosterChanged:
		a.readRoster(e.Account)
		a.readRequests()
	case session.PresenceChanged:
		w := who{e.Account, e.JID}
		if len(e.Resources) == 0 {
			delete(a.m.presence, w)
		} else {
			a.m.presence[w] = e.Resources
		}
		a.staleRoster, a.stalePeople = true, true
	case session.TypingChanged:
		if len(e.Who) == 0 {
			delete(a.m.typing, e.Chat)
		} else {
			a.m.typing[e.Chat] = e.Who
		}
	case session.RoomChanged:
		w := who{e.Account, e.JID}
		if was := a.m.rooms[w].Problem; e.Problem != nil && (was == nil || was.Code != e.Problem.Code) {
			a.sayProblem(*e.Problem, "")
		}
		a.m.rooms[w] = e.RoomInfo
		a.staleRoster = true
	case session.OccupantsChanged:
		if c, ok := a.m.open(); ok && c.Account == e.Account && c.JID == e.Room {
			a.readOccupants()
		}
	case session.Incoming:
		a.incoming(e)
	case session.Accepted:
		delete(a.pending, e.LocalID)
	case session.Refused:
		a.refusedLine(e)
	case session.Answer:
		a.answer(e)
	case session.Opened:
		a.opened(e)
	case session.Prompt:
		a.prompt(e)
	case session.SecurityCount:
		a.m.refused = e.Refused
	case session.Saving:
		a.m.saving = e.Problem
	}
}

// settle brings up to date, once per frame, what many events may have changed.
func (a *App) settle() {
	if a.staleRoster {
		a.staleRoster = false
		a.roster.rebuild()
	}
	if a.stalePeople {
		a.stalePeople = false
		a.people.rebuild()
	}
	a.afterInput()
}

func (a *App) accountChanged(i session.AccountInfo) {
	at := slices.IndexFunc(a.m.accounts, func(o session.AccountInfo) bool { return o.ID == i.ID })
	switch {
	case i.Removed && at >= 0:
		a.m.accounts = slices.Delete(a.m.accounts, at, at+1)
		a.m.chats = slices.DeleteFunc(a.m.chats, func(c store.Chat) bool { return c.Account == i.ID })
	case i.Removed:
		return
	case at >= 0:
		if was := a.m.accounts[at]; was.Problem == nil && i.Problem != nil && i.Link == session.Offline {
			a.sayProblem(*i.Problem, i.JID)
		}
		a.m.accounts[at] = i
	default:
		a.m.accounts = append(a.m.accounts, i)
	}
	if _, ok := a.m.account(a.account); !ok && len(a.m.accounts) > 0 {
		a.account = a.m.accounts[0].ID
	}
	a.staleRoster = true
	a.setupProgress(i)
}

func (a *App) gotChats(list []store.Chat) {
	list = slices.DeleteFunc(list, func(c store.Chat) bool { _, ok := a.m.account(c.Account); return !ok })
	a.m.chats = steady(a.m.chats, list)
	if _, ok := a.m.open(); !ok && a.m.chat != 0 {
		a.show(0)
	}
	a.roster.rebuild()
}

// steady gives the chats in the order they stand in already, new ones behind
// them. At the start the order is by activity; after that a chat keeps its
// place and its number, so that a key never opens another chat than the one seen.
func steady(old, list []store.Chat) []store.Chat {
	place := make(map[store.ChatID]int, len(old))
	for i, c := range old {
		place[c.ID] = i + 1
	}
	at := func(c store.Chat) int {
		if p := place[c.ID]; p > 0 {
			return p
		}
		return len(old) + 1
	}
	slices.SortStableFunc(list, func(x, y store.Chat) int { return at(x) - at(y) })
	return list
}

func (a *App) gotRoster(id store.AccountID, list []store.Contact) {
	for w := range a.m.contacts {
		if w.account == id {
			delete(a.m.contacts, w)
		}
	}
	for _, c := range list {
		a.m.contacts[who{id, c.JID}] = c
	}
	a.staleRoster, a.stalePeople = true, true
}

// gotWindow shows the newest page of the chat that is open.
func (a *App) gotWindow(id store.ChatID, rows []store.Message, rev uint64) {
	if id != a.m.chat {
		return
	}
	read := int64(0)
	if c, ok := a.m.open(); ok && c.Unread > 0 {
		read = max(1, c.ReadOrd)
	}
	a.m.window = window{chat: id, rows: rows, rev: rev, oldest: len(rows) < pageRows, newest: true, readOrd: read, loaded: true}
	a.timeline.changed()
	a.readChanges()
}

func (a *App) gotRows(rows []store.Message, rev uint64) {
	w := &a.m.window
	w.upsert(rows)
	w.rev = max(w.rev, rev)
	// A window that follows the end lets the oldest rows go.
	if a.timeline.atEnd() && len(w.rows) > windowRows+pageRows {
		w.rows = slices.Clone(w.rows[len(w.rows)-windowRows:])
		w.oldest = false
	}
	a.timeline.changed()
}

func (a *App) gotOlder(id store.ChatID, before int64, rows []store.Message) {
	w := &a.m.window
	if w.chat != id || len(w.rows) == 0 || w.rows[0].Ord != before {
		return
	}
	w.oldest = len(rows) < pageRows
	w.rows = append(rows, w.rows...)
	if len(w.rows) > windowRows+pageRows {
		w.rows = slices.Clone(w.rows[:windowRows])
		w.newest = false
	}
	a.timeline.changed()
}

func (a *App) gotNewer(id store.ChatID, after int64, rows []store.Message) {
	w := &a.m.window
	if w.chat != id || len(w.rows) == 0 || w.rows[len(w.rows)-1].Ord != after {
		return
	}
	w.newest = len(rows) < pageRows
	w.rows = append(w.rows, rows...)
	if len(w.rows) > windowRows+pageRows {
		w.rows = slices.Clone(w.rows[len(w.rows)-windowRows:])
		w.oldest = false
	}
	a.timeline.changed()
}

// afterInput does what follows any change: pages near the edges are read, what
// was seen is marked, the title is true.
func (a *App) afterInput() {
	if a.timeline.nearTop() {
		a.readOlder()
	}
	if a.timeline.nearBottom() {
		a.readNewer()
	}
	a.showTitle()
}

// markRead tells what somebody saw: the terminal has the focus, nothing covers
// the chat, and the end of it is on the screen.
func (a *App) markRead() {
	c, ok := a.m.open()
	if !ok || !a.focused || a.dialog != nil || !a.m.window.loaded || c.Unread == 0 || !a.timeline.atEnd() {
		return
	}
	rows := a.m.window.rows
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].Outgoing && rows[i].State < store.Sent {
			continue
		}
		if rows[i].Ord > c.ReadOrd {
			if acc := a.c.Account(c.Account); acc != nil {
				acc.MarkRead(c.ID, rows[i].Ord)
			}
		}
		break
	}
	for i := range a.m.chats {
		if a.m.chats[i].ID == c.ID {
			a.m.chats[i].Unread, a.m.chats[i].Mentions = 0, 0
		}
	}
	a.staleRoster = true
	a.bridge.redraw()
}

func (a *App) showTitle() {
	n := 0
	for _, c := range a.m.chats {
		n += c.Unread
	}
	title := "sotto"
	if c, ok := a.m.open(); ok {
		title = a.m.title(c) + " — sotto"
	}
	if n > 0 {
		title = "(" + catalog.Count(n) + ") " + title
	}
	if title != a.titleShown && a.t.Title != nil {
		a.titleShown = title
		a.t.Title(title)
	}
}

func (a *App) gotFocus(on bool) {
	a.focused = on
	a.afterInput()
}

// useTheme takes a theme; one with a mistake is told and changes nothing.
func (a *App) useTheme(name string) bool {
	th, err := themes.Load(name, a.opt.ThemesDir)
	if err != nil {
		known := themes.Names(a.opt.ThemesDir)
		if slices.Contains(known, name) {
			a.sayProblem(session.Problem{Code: "bad-theme", Args: []string{name, err.Error()}}, "")
		} else {
			a.sayProblem(session.Problem{Code: "no-theme", Args: []string{name, strings.Join(known, ", ")}}, "")
		}
		if a.look.Text != (tcell.Style{}) || name == "dark" {
			return false
		}
		if th, err = themes.Load("dark", ""); err != nil {
			return false
		}
	}
	colors := a.t.Colors
	if colors == 0 {
		colors = 256
	}
	a.look.Palette = th.For(colors, a.t.NoColor)
	return true
}

func (a *App) useMarks() {
	switch a.c.Settings().ASCII {
	case "on":
		a.look.ascii = true
	case "off":
		a.look.ascii = false
	default:
		a.look.ascii = a.t.ASCII
	}
}
