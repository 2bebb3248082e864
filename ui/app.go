package ui

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/godbus/dbus/v5"
	"github.com/rivo/tview"

	"sotto/session"
	"sotto/store"
	"sotto/themes"
)

// Terminal is where an App lives. Nothing in this package reads the
// environment or the process's own terminal.
type Terminal struct {
	Screen   tcell.Screen
	Colors   int                        // of the screen once it runs; 0: asked of the screen
	NoColor  bool                       // NO_COLOR is set
	ASCII    bool                       // the locale shows no UTF-8
	Notice   string                     // something to tell at the start
	OnFocus  func(func(bool))           // sets who is told of the focus; nil: never told
	OnKey    func(func())               // sets who is told of keys; nil: never
	OnDrain  func(func())               // sets who is told that a busy terminal has taken all
	OnError  func(func())               // sets who is told that the terminal is gone
	Bell     func()                     // nil: none
	Rate     func() float64             // bytes a second that the terminal takes, 0: not known; nil: never
	Title    func(string)               // nil: none
	Notify   func(seq []byte)           // sends a notification's sequence; nil: none
	Notifier string                     // which one the terminal shows; see screen.Env
	Desktop  func() (*dbus.Conn, error) // connects to the desktop's bus; nil: there is none
	Remote   bool                       // the terminal is at the other end of a link, or of a multiplexer
	Suspend  func() error               // stops the process for the shell's sake; nil: cannot
	Detached func() bool                // says whether nobody is attached to the multiplexer around; may look at the disk; nil: not known
	Zone     *time.Location             // nil: the system's
	Editor   string                     // command of an editor for messages; empty: none
}

// Options is what an App is made of.
type Options struct {
	Client    *session.Client
	Store     *store.Store
	ThemesDir string           // of the user's themes; may be empty
	Keys      string           // path of keys.toml; may be empty
	Console   *session.Console // what goes over the wire; nil: not kept
	Home      string           // the user's own folder, "~" in a path; may be empty
	Outgoing  string           // folder for what is sent from the clipboard; may be empty
	Clip      string           // path of the file that copies are written to; may be empty
	Log       string           // path of the log; may be empty
	Config    string           // path of the configuration, to be named to the user
	Keyring   bool             // passwords can be remembered
	Now       func() time.Time
	Account   string      // the account to act for first; empty: the first
	URI       string      // an xmpp: link to be followed at the start; empty: none
	Panic     func(r any) // gives the terminal back and ends the process; nil: the process ends by itself
}

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
	plain    *plain // nil: on a screen
	composer *composer
	note     note // the answer next to the input
	root     *root
	dialog   dialog      // what lies above all; nil: nothing
	lock     *lockScreen // what covers even that; nil: nothing
	popup    *completion

	actions []*action
	keys    bindings
	viKeys  bool // those of vi are among them

	focus       place
	hideRoster  bool
	hidePeople  bool
	slim        bool // neither list nor people
	slimChosen  bool // by the user, or once for a slow link
	focused     bool // the terminal has the focus, as far as is known
	focusKnown  bool // the terminal tells of its focus
	detached    bool // nobody is attached to the multiplexer around
	lastKey     time.Time
	idle        *time.Timer   // of the setting lock_after; nil: none
	idleAfter   time.Duration // what it is; 0: never
	keysSeen    int
	warned      map[likeness]bool // of names that look alike
	chord       bool              // Ctrl-X was pressed
	flooded     flood
	held        unread
	heldUntil   time.Time // until then the frame of the chat before may stay
	lastChatID  store.ChatID
	beforeNext  store.ChatID // where Alt-a was pressed first
	account     store.AccountID
	faced       who               // whose picture was asked for
	pending     map[string]string // lines on their way: local id to text
	aim         *aim              // the message that the input is about; nil: none
	signs       []string          // reactions used last, the newest first
	quitPressed bool
	saving      bool            // the draft will be saved in a moment
	drawn       bool            // the first frame is out
	counting    bool            // a drawing a second from now was asked for
	crowdRead   time.Time       // when the people of the open room were asked for
	crowdWaits  bool            // they will be in a moment
	goal        *store.Message  // where to go in the chat that is opened; nil: nowhere
	parcel      *parcel         // what is to be said in the chat that is opened; nil: nothing
	firstLine   string          // "/msg address text": the text, until the chat is open
	offered     offer           // what a link puts into the input, until the chat is open
	uri         string          // a link that waits for an account
	signing     *setup          // that makes a new account; nil: none does
	inviting    store.AccountID // an invitation of it was asked for; 0: none
	waiting     *session.Prompt // a question that waits for the open dialog to close
	lastBell    time.Time
	undo        map[scopeKey][]wasPresence  // what was seen before the last change
	cameLast    who                         // who came last of those that were waited for
	ruleEnds    *time.Timer                 // draws again when the next rule of a chat ends
	missed      map[store.AccountID]*missed // of accounts that connect
	missedTimer map[store.AccountID]*time.Timer
	noDesktop   bool   // there is a bus, and nobody on it who shows notifications
	sendDir     string // where a file was last chosen
	staleRoster bool
	stalePeople bool
	titleShown  string

	box    *session.Mailbox
	bridge *bridge
	pager  *pager
	quit   chan struct{}
	hooks  chan hookEvent
	desk   chan desktopNote
	life   context.Context //nolint:containedctx // of Run
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
		pending: map[string]string{}, warned: map[likeness]bool{}, undo: map[scopeKey][]wasPresence{}, missed: map[store.AccountID]*missed{}, missedTimer: map[store.AccountID]*time.Timer{}, quit: make(chan struct{}), hooks: make(chan hookEvent, hooksWaiting), desk: make(chan desktopNote, hooksWaiting), life: context.Background()}
	a.look = &look{zone: t.Zone, now: opt.Now}
	a.lastKey = opt.Now() // who starts a program looks at it
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
	a.useKeys()
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
		a.show(slices.MaxFunc(a.m.chats, func(x, y store.Chat) int { return cmp.Compare(x.LastOrd, y.LastOrd) }).ID)
		if !a.m.window.loaded { // the disk is slow; the first frame waits for it
			if rows, rev, err := a.st.Page(ctx, a.m.chat, 0, pageRows); err == nil {
				a.gotWindow(a.m.chat, rows, rev)
			}
		}
	}
	a.roster.rebuild()
}

// Run shows the interface until Quit, the end of ctx, or an error of the
// terminal.
func (a *App) Run(ctx context.Context) error {
	defer func() {
		if r := recover(); r != nil {
			a.keepDraft() // tview has given the terminal back already
			a.Quit()
			panic(r)
		}
	}()
	a.preload(ctx)
	if acc, ok := a.m.account(a.account); !ok || a.opt.Account != "" && !strings.EqualFold(acc.JID, a.opt.Account) {
		a.openSetup()
		if s, ok := a.dialog.(*setup); ok && a.opt.Account != "" {
			s.setAddress(a.opt.Account)
		}
	}
	if a.opt.URI != "" {
		a.followURI(a.opt.URI)
	}
	if a.t.Notice != "" {
		a.note.lines = append(a.note.lines, noteLine{text: a.t.Notice, style: a.look.Notice})
	}
	a.note.lines = append(a.note.lines, a.openingNotes()...)
	work, cancel := context.WithCancel(ctx)
	a.life = work
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
		a.t.OnDrain(a.bridge.redrawNow)
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
	wg.Go(func() { defer a.guard(); a.runHooks(work) })
	if a.t.Desktop != nil {
		wg.Go(func() { defer a.guard(); a.runDesktop(work) })
	}
	a.attend()
	a.watchIdle()
	if a.t.Detached != nil {
		wg.Go(func() { defer a.guard(); a.watchDetach(work) })
	}
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

// Rescue saves what stands in the input while the program dies of a panic of
// another goroutine; nothing else may be done with the App after it.
func (a *App) Rescue() { a.keepDraft() }

// Quit ends Run. Any goroutine.
func (a *App) Quit() { a.once.Do(func() { close(a.quit) }) }

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
	a.wear(th)
	return true
}

// wear draws with a theme from now on.
func (a *App) wear(th *themes.Theme) {
	colors := a.t.Colors
	if colors == 0 {
		colors = 256
	}
	a.look.Palette = th.For(colors, a.t.NoColor)
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
