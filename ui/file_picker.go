package ui

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

const (
	// entriesMax is how much of a folder is looked at; pathsMax how much is proposed
	// while a path is typed.
	entriesMax = 5000
	pathsMax   = 50
)

// entry is a file or a folder of one folder.
type entry struct {
	name   string
	folder bool
	size   int64
}

// readFolder lists a folder: folders first, then by name; what begins with a dot
// only where that is wanted.
func readFolder(dir string, hidden bool) ([]entry, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	found, err := f.ReadDir(entriesMax)
	if err != nil && err != io.EOF {
		return nil, err
	}
	var list []entry
	for _, d := range found {
		if !hidden && strings.HasPrefix(d.Name(), ".") {
			continue
		}
		e := entry{name: d.Name(), folder: d.IsDir()}
		mode := d.Type()
		if mode&fs.ModeSymlink != 0 { // what it leads to
			st, err := os.Stat(filepath.Join(dir, d.Name()))
			if err != nil {
				continue
			}
			e.folder, e.size, mode = st.IsDir(), st.Size(), st.Mode().Type()
		} else if st, err := d.Info(); err == nil {
			e.size = st.Size()
		}
		if e.folder || mode.IsRegular() {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(x, y entry) int {
		if x.folder != y.folder {
			if x.folder {
				return -1
			}
			return 1
		}
		return compareFold(x.name, y.name)
	})
	return list, nil
}

// picker chooses a file: letters narrow the list, Enter opens a folder or sends.
type picker struct {
	l       *look
	account store.AccountID
	chat    store.ChatID
	dir     string
	all     []entry
	shown   []entry
	failed  bool
	loaded  bool
	field   field
	at, top int
	limit   string
	home    string
}

type wantFolder struct{}

// openPicker shows the folder that a file was last sent from, else the user's own.
func (a *App) openPicker() {
	c, ok := a.m.open()
	if !ok {
		return
	}
	dir := a.sendDir
	if dir == "" {
		dir = a.opt.Home
	}
	if dir == "" {
		dir = string(filepath.Separator)
	}
	p := &picker{l: a.look, account: c.Account, chat: c.ID, home: a.opt.Home}
	a.dialog = p
	p.enter(a, dir)
	a.withAccount((*session.Account).FindUpload)
}

// enter reads a folder.
func (p *picker) enter(a *App, dir string) {
	p.dir, p.loaded = dir, false
	p.field.set("")
	p.readAgain(a, "")
}

func (p *picker) readAgain(a *App, mark string) {
	dir, hidden := p.dir, strings.HasPrefix(p.field.text(), ".")
	a.pager.want(wantFolder{}, func(context.Context) func(*App) {
		list, err := readFolder(dir, hidden)
		return func(a *App) {
			if a.dialog != dialog(p) || p.dir != dir {
				return
			}
			p.all, p.failed, p.loaded = list, err != nil, true
			p.filter()
			for i, e := range p.shown {
				if e.name == mark {
					p.at = i
				}
			}
		}
	})
}

func (p *picker) filter() {
	p.at, p.top, p.shown = 0, 0, nil
	for _, e := range p.all {
		if strings.Contains(strings.ToLower(e.name), strings.ToLower(p.field.text())) {
			p.shown = append(p.shown, e)
		}
	}
}

func (p *picker) key(a *App, ev *tcell.EventKey) bool {
	switch keyName(ev) {
	case "Esc":
		a.closeDialog()
	case "Up", "Ctrl-P":
		p.at = max(0, p.at-1)
	case "Down", "Ctrl-N":
		p.at = max(0, min(len(p.shown)-1, p.at+1))
	case "PgUp":
		p.at = max(0, p.at-10)
	case "PgDn":
		p.at = max(0, min(len(p.shown)-1, p.at+10))
	case "Left":
		p.up(a)
	case "Backspace":
		if p.field.text() == "" {
			p.up(a)
			break
		}
		p.typed(a, ev)
	case "Enter", "Right":
		p.choose(a, keyName(ev) == "Right")
	default:
		p.typed(a, ev)
	}
	return true
}

// typed narrows the list.
func (p *picker) typed(a *App, ev *tcell.EventKey) {
	hidden := strings.HasPrefix(p.field.text(), ".")
	if !p.field.key(ev) {
		return
	}
	if strings.HasPrefix(p.field.text(), ".") != hidden {
		p.readAgain(a, "")
		return
	}
	p.filter()
}

func (p *picker) up(a *App) {
	from := filepath.Base(p.dir)
	p.dir, p.loaded = filepath.Dir(p.dir), false
	p.field.set("")
	p.readAgain(a, from)
}

func (p *picker) choose(a *App, only bool) {
	if p.at >= len(p.shown) {
		return
	}
	e := p.shown[p.at]
	path := filepath.Join(p.dir, e.name)
	switch {
	case e.folder:
		p.enter(a, path)
	case only: // Right only opens folders
	default:
		a.sendDir = p.dir
		a.closeDialog()
		if acc := a.c.Account(p.account); acc != nil {
			acc.SendFile(p.chat, path)
		}
	}
}

func (p *picker) paste(a *App, t string) {
	p.field.insert(text.Line(t))
	p.filter()
}

func (p *picker) draw(s tcell.Screen, all rect) {
	in := frameOf(s, p.l, middle(all, 70, min(all.h-2, 22)), catalog.T("pick.title"))
	put(s, in.x, in.y, in.w, text.Fit(shortPath(p.dir, p.home), in.w), p.l.Header)
	n := put(s, in.x, in.y+1, in.w, catalog.T("pick.find")+" ", p.l.Text)
	p.field.draw(s, rect{in.x + n, in.y + 1, max(1, in.w-n), 1}, p.l.Input.Underline(true))
	rows := in.h - 4
	if p.at < p.top {
		p.top = p.at
	}
	if p.at >= p.top+rows {
		p.top = p.at - rows + 1
	}
	switch {
	case p.failed:
		put(s, in.x, in.y+2, in.w, catalog.T("pick.unread"), p.l.Dim)
	case p.loaded && len(p.shown) == 0:
		put(s, in.x, in.y+2, in.w, catalog.T("pick.nothing"), p.l.Dim)
	}
	for i := range max(0, rows) {
		if p.top+i >= len(p.shown) {
			break
		}
		e, style := p.shown[p.top+i], p.l.Text
		if p.top+i == p.at {
			style = p.l.Selected
		}
		r := rect{in.x, in.y + 2 + i, in.w, 1}
		fill(s, r, style)
		name, size := text.Line(e.name), session.SizeWords(e.size)
		if e.folder {
			name, size = name+string(filepath.Separator), ""
		}
		w := text.Width(size)
		put(s, r.x, r.y, r.w, text.Fit(name, max(1, r.w-w-1)), style)
		put(s, r.x+r.w-w, r.y, w, size, style)
	}
	put(s, in.x, in.y+in.h-2, in.w, text.Fit(p.limit, in.w), p.l.Dim)
	put(s, in.x, in.y+in.h-1, in.w, text.Fit(catalog.T("pick.keys"), in.w), p.l.Hint)
}

// tellUpload shows what the server takes while a file is chosen.
func (a *App) tellUpload(e session.UploadService) {
	p, ok := a.dialog.(*picker)
	switch {
	case !ok || p.account != e.Account:
	case e.None:
		p.limit = catalog.T("pick.none")
	case e.Most > 0:
		p.limit = catalog.T("pick.most", session.SizeWords(e.Most))
	}
}

type wantPaths struct{}

// completePath completes the path behind /send; false: none is being typed.
func (a *App) completePath() bool {
	t := a.composer.text()
	if !a.isCommand(t) {
		return false
	}
	command, rest, ok := strings.Cut(t[1:], " ")
	x := a.keys.byCommand[strings.ToLower(command)]
	if !ok || x == nil || x.name != "file.send" {
		return false
	}
	start := len(t) - len(strings.TrimLeft(rest, " "))
	typed, home := t[start:], a.opt.Home
	a.pager.want(wantPaths{}, func(context.Context) func(*App) {
		items := pathItems(typed, home)
		return func(a *App) {
			if a.composer.text() != t || len(items) == 0 {
				return
			}
			if len(items) == 1 {
				a.composer.replaceWord(start, items[0].insert)
				a.popup = nil
				return
			}
			a.popup = &completion{start: start, word: typed, items: items, at: -1}
			a.popup.choose(a, 1)
		}
	})
	return true
}

// pathItems lists what a path can become.
func pathItems(typed, home string) (items []completionItem) {
	typed = unquoted(typed)
	cut := strings.LastIndexByte(typed, filepath.Separator) + 1
	shown, prefix := typed[:cut], typed[cut:]
	dir := homePath(shown, home)
	if typed == "~" {
		return []completionItem{{insert: "~" + string(filepath.Separator), label: "~"}}
	}
	if dir == "" {
		dir = "."
	}
	list, err := readFolder(dir, strings.HasPrefix(prefix, "."))
	if err != nil {
		return nil
	}
	for _, e := range list {
		if !strings.HasPrefix(strings.ToLower(e.name), strings.ToLower(prefix)) || len(items) >= pathsMax {
			continue
		}
		item := completionItem{insert: shown + e.name, label: e.name, about: session.SizeWords(e.size)}
		if e.folder {
			item.insert, item.label, item.about = item.insert+string(filepath.Separator), item.label+string(filepath.Separator), ""
		}
		items = append(items, item)
	}
	return items
}
