package ui

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// Plain is the interface in lines, for screen readers, dumb terminals and pipes:
// each event is one line that is printed, each line that is read is said or is a
// command. Behind it stands the same App, on a screen that nobody sees; where a
// question covers that screen, its words are printed and the next line answers.
type Plain struct {
	In   io.Reader
	Out  io.Writer
	Echo func(on bool) // shows or hides what is typed; nil: cannot
}

// plain is the state of a run in lines. The ui owner has it.
type plain struct {
	Plain
	screen  tcell.SimulationScreen
	chat    store.ChatID // that was announced
	notes   []noteLine
	asked   string // the words of the question that was printed
	links   map[store.AccountID]session.LinkState
	shows   map[who]string // what was told of people
	silent  bool           // nothing typed is to be seen
	ended   bool           // there is nothing more to read
	endedAt time.Time
	failed  map[store.MessageID]bool
}

// plainCols is how wide the words of questions are laid out, plainRows how many
// rows they may have.
const (
	plainCols = 76
	plainRows = 60
	// plainRecent is how many lines are read out when a chat is opened.
	plainRecent = 5
	// plainPartMax is how long the end of the input waits for what is on its way.
	plainPartMax = 10 * time.Second
)

// PlainTerminal is the screen that nobody sees.
func PlainTerminal() (Terminal, error) {
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		return Terminal{}, err
	}
	s.SetSize(plainCols, plainRows)
	return Terminal{Screen: s, Colors: 0, NoColor: true}, nil
}

// RunPlain is Run in lines. The Terminal of New must be a PlainTerminal.
func (a *App) RunPlain(ctx context.Context, p Plain) error {
	s, ok := a.t.Screen.(tcell.SimulationScreen)
	if !ok {
		return fmt.Errorf("plain: the screen is a %T", a.t.Screen)
	}
	a.plain = &plain{Plain: p, screen: s, links: map[store.AccountID]session.LinkState{}, shows: map[who]string{}, failed: map[store.MessageID]bool{}}
	a.focusKnown, a.focused = true, true // what was printed was told
	a.plain.print(catalog.T("plain.welcome"))
	go func() { // ends with the input; a read of a terminal cannot be broken off
		in := bufio.NewReaderSize(p.In, 64<<10)
		for {
			line, err := in.ReadString('\n')
			line = strings.TrimRight(line, "\r\n")
			if line != "" || err == nil {
				a.later(func(a *App) { a.plainLine(line) })
			}
			if err != nil {
				a.later(func(a *App) { a.plain.ended, a.plain.endedAt = true, time.Now() })
				return
			}
		}
	}()
	defer p.echo(true)
	return a.Run(ctx)
}

func (p Plain) echo(on bool) {
	if p.Echo != nil {
		p.Echo(on)
	}
}

// print writes a line that is safe already.
func (p *plain) print(line string) { _, _ = io.WriteString(p.Out, line+"\n") }

// plainKeys are the lines that press a key in a question.
var plainKeys = map[string]tcell.Key{"tab": tcell.KeyTab, "esc": tcell.KeyEsc, "enter": tcell.KeyEnter, "up": tcell.KeyUp, "down": tcell.KeyDown,
	"ctrl-n": tcell.KeyCtrlN, "ctrl-p": tcell.KeyCtrlP, "ctrl-o": tcell.KeyCtrlO, "pgup": tcell.KeyPgUp, "pgdn": tcell.KeyPgDn}

// plainLine takes a line that was typed.
func (a *App) plainLine(line string) {
	a.note.clear()
	a.plain.notes = nil
	a.lastKey = a.opt.Now()
	if a.dialog == nil {
		a.composer.set(line)
		if strings.TrimSpace(line) != "" {
			a.enter()
			a.composer.set("")
		}
		return
	}
	press := func(k tcell.Key, r rune) { a.dialogKey(tcell.NewEventKey(k, r, tcell.ModNone)) }
	if k, ok := plainKeys[strings.ToLower(line)]; ok {
		press(k, 0)
		return
	}
	if r, n := utf8.DecodeRuneInString(line); n == len(line) && n > 0 && !a.secretAsked() {
		press(tcell.KeyRune, r)
		return
	}
	for _, r := range line {
		if a.dialog == nil {
			return
		}
		press(tcell.KeyRune, r)
	}
	if a.dialog != nil {
		press(tcell.KeyEnter, 0)
	}
}

// secretAsked says whether what is typed next must not be seen.
func (a *App) secretAsked() bool {
	switch d := a.dialog.(type) {
	case *passwordDialog:
		return true
	case interface{ secretAsked() bool }:
		return d.secretAsked()
	}
	return false
}

// plainEvent prints what an event is to a reader.
func (a *App) plainEvent(e session.Event) {
	p := a.plain
	switch e := e.(type) {
	case session.Incoming:
		c, _ := a.m.find(e.Chat)
		p.print(a.plainSaid(c, a.opt.Now(), text.Name(e.From), saidBy(e)))
	case session.Remarked:
		c, _ := a.m.find(e.Chat)
		p.print(a.plainRemark(c, e))
	case session.AccountChanged:
		if e.Removed || p.links[e.ID] == e.Link {
			return
		}
		p.links[e.ID] = e.Link
		if e.Link == session.Online || e.Link == session.Offline || e.Link == session.Waiting {
			words, _ := a.linkState(e.AccountInfo)
			p.print(catalog.T("plain.account", text.Line(e.JID), words))
		}
	case session.PresenceChanged:
		a.plainPresence(who{e.Account, e.JID})
	}
}

// plainPresence tells how a person is with whom there is a chat.
func (a *App) plainPresence(w who) {
	if !slices.ContainsFunc(a.m.chats, func(c store.Chat) bool { return c.Account == w.account && c.JID == w.jid && c.Kind == store.Direct }) {
		return
	}
	pr := a.m.show(w)
	now := catalog.T("show." + showCode(pr.Show))
	if pr.Text != "" {
		now += ": " + text.Line(pr.Text)
	}
	was, known := a.plain.shows[w]
	a.plain.shows[w] = now
	if known && was != now {
		a.plain.print(catalog.T("plain.presence", a.m.name(w), now))
	}
}

// plainSaid words a message; what is not its first line is set in.
func (a *App) plainSaid(c store.Chat, when time.Time, from, body string) string {
	where := ""
	if c.Kind == store.Room || c.Kind == store.Private {
		where = a.m.title(c) + " "
	}
	lines := strings.Split(text.Body(body), "\n")
	when, now := when.In(a.look.zone), a.opt.Now().In(a.look.zone)
	layout := "15:04"
	if !sameDay(when, now) {
		layout = "2 Jan 15:04"
	}
	return when.Format(layout) + " " + where + from + ": " + strings.Join(lines, "\n      ")
}

// plainSync prints what changed on the screen that nobody sees. It runs after
// each frame's worth of events.
func (a *App) plainSync() {
	p := a.plain
	if a.m.chat != p.chat && (a.m.window.loaded || a.m.chat == 0) {
		p.chat = a.m.chat
		if c, ok := a.m.open(); ok {
			about := text.Line(c.JID)
			if c.Kind == store.Direct {
				about += ", " + catalog.T("show."+showCode(a.m.show(who{c.Account, c.JID}).Show))
			}
			p.print(catalog.T("plain.chat", a.m.title(c), about))
			a.plainRecent(c)
		}
	}
	for _, m := range a.m.window.rows {
		if m.Outgoing && (m.State == store.Failed || m.State == store.Unsure) && !p.failed[m.ID] {
			p.failed[m.ID] = true
			p.print(catalog.T("plain.failed", text.Line(m.Body), text.Line(m.Error)))
		}
	}
	if !slices.Equal(p.notes, a.note.lines) {
		p.notes = slices.Clone(a.note.lines)
		for _, l := range p.notes {
			p.print("* " + strings.TrimSpace(l.head+" "+l.text))
		}
	}
	if hide := a.dialog != nil && a.secretAsked(); hide != p.silent {
		p.silent = hide
		p.echo(!hide)
	}
	asked := ""
	if a.dialog != nil {
		asked = a.plainQuestion()
	}
	if asked != p.asked {
		p.asked = asked
		if asked != "" {
			p.print(asked)
		}
	}
	if p.ended && (!a.plainBusy() || time.Since(p.endedAt) > plainPartMax) {
		a.Quit()
	} else if p.ended {
		time.AfterFunc(100*time.Millisecond, a.bridge.redraw)
	}
}

// plainRecent reads out the end of a chat that was opened.
func (a *App) plainRecent(c store.Chat) {
	rows := a.m.window.rows
	for _, m := range rows[max(0, len(rows)-plainRecent):] {
		if m.Kind != store.Text || m.NoBody || ignoredLine(a.timeline.ignored, &m) {
			continue
		}
		from, _ := a.timeline.sender(&m)
		a.plain.print(a.plainSaid(store.Chat{}, time.UnixMicro(m.Stamp), from, fileWords(&m, a.m.filesOf(&m))))
	}
}

// plainQuestion is the text of the dialog, as it would be drawn, without its frame.
func (a *App) plainQuestion() string {
	s := tcell.NewSimulationScreen("UTF-8")
	if s.Init() != nil {
		return ""
	}
	defer s.Fini()
	s.SetSize(plainCols, plainRows)
	if m, ok := a.dialog.(*presenceMenu); ok {
		a.drawPresence(s, m, rect{0, 2, plainCols, 1}) // the saved ones stand above
	} else {
		a.dialog.draw(s, rect{0, 0, plainCols, plainRows})
	}
	s.Show()
	cells, w, h := s.GetContents()
	var out []string
	for y := range h {
		var b strings.Builder
		for x := range w {
			for _, r := range cells[y*w+x].Runes {
				b.WriteRune(r)
			}
		}
		line := strings.Trim(b.String(), " ─│┌┐└┘-|+")
		if line != "" {
			out = append(out, "? "+line)
		}
	}
	return strings.Join(out, "\n")
}

// plainBusy says that something of ours is still on its way.
func (a *App) plainBusy() bool {
	if len(a.pending) > 0 {
		return true
	}
	rows := a.m.window.rows
	for _, m := range rows[max(0, len(rows)-50):] {
		if m.Outgoing && m.State < store.Sent {
			return true
		}
	}
	return false
}

// plainHelp lists the commands; keys are of no use here.
func (a *App) plainHelp() {
	for _, x := range a.actions {
		if x.command != "" {
			a.plain.print(strings.TrimSpace("/"+x.command+" "+x.args) + ": " + catalog.T("action."+x.name))
		}
	}
	a.plain.print(catalog.T("plain.help"))
}
