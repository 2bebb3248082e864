package ui

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// Files that are sent and saved. The session moves them; here a path is made of
// what was typed, and said what came of it.

const (
	// clipMax is how much is taken from the clipboard, bytes.
	clipMax = 100_000_000
	// clipText is up to how much of it is text for the input.
	clipText = 64 << 10
	clipTime = 10 * time.Second
)

type wantFile struct{}

// cmdSend sends a file, or shows what there is.
func (a *App) cmdSend(args string) {
	if args == "" {
		a.openPicker()
		return
	}
	a.withChat(func(acc *session.Account, c store.Chat) {
		home := a.opt.Home
		a.pager.want(wantFile{}, func(context.Context) func(*App) { // a disk may be slow
			path := typedPath(args, home)
			return func(*App) { acc.SendFile(c.ID, path) }
		})
	})
}

// typedPath is the file that was meant: as typed, or without the quotes and
// backslashes that a terminal writes around what is dropped on it.
func typedPath(typed, home string) string {
	typed = strings.TrimSpace(typed)
	var first string
	for _, p := range []string{typed, unquoted(typed)} {
		p = homePath(strings.TrimPrefix(p, "file://"), home)
		if !filepath.IsAbs(p) {
			if abs, err := filepath.Abs(p); err == nil {
				p = abs
			}
		}
		if first == "" {
			first = p
		}
		if _, err := os.Lstat(p); err == nil {
			return p
		}
	}
	return first
}

func homePath(p, home string) string {
	if home != "" && (p == "~" || strings.HasPrefix(p, "~/")) {
		return filepath.Join(home, p[1:])
	}
	return p
}

// unquoted takes quotes and backslashes off a path.
func unquoted(s string) string {
	var b strings.Builder
	var quote rune
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			escaped = false
			b.WriteRune(r)
		case r == '\\' && quote != '\'':
			escaped = true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// cmdPaste sends what the clipboard holds: text goes into the input.
func (a *App) cmdPaste(string) {
	words := a.c.Settings().ClipboardWords()
	if len(words) == 0 {
		a.say(catalog.T("clip.unset"))
		return
	}
	a.withChat(func(acc *session.Account, c store.Chat) {
		dir, life, stamp := a.opt.Outgoing, a.life, a.opt.Now().Format("20060102-150405")
		go func() { // ends with the command, which gets ten seconds
			defer a.guard()
			path, t, why := readClipboard(life, words, dir, stamp)
			a.later(func(a *App) {
				switch {
				case why != "":
					a.say(catalog.T(why, text.Line(words[0]), session.SizeWords(clipMax)))
				case path != "":
					acc.SendCopy(c.ID, path)
				case a.m.chat == c.ID:
					a.composer.paste(t)
					a.say(catalog.T("clip.text"))
				}
			})
		}()
	})
}

// readClipboard runs the command of the settings. It gives a file that it made, or
// text, or says why there is neither.
func readClipboard(life context.Context, words []string, dir, stamp string) (path, t, why string) {
	if dir == "" {
		return "", "", "clip.no-room"
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", "", "clip.no-room"
	}
	f, err := os.CreateTemp(dir, "*.part")
	if err != nil {
		return "", "", "clip.no-room"
	}
	defer func() {
		_ = f.Close()
		if path == "" {
			_ = os.Remove(f.Name())
		}
	}()
	ctx, cancel := context.WithTimeout(life, clipTime)
	defer cancel()
	out := &atMost{to: f, left: clipMax, full: cancel}
	c := exec.CommandContext(ctx, words[0], words[1:]...) //nolint:gosec // the user's own setting
	c.Stdout = out
	err = c.Run()
	switch {
	case out.left < 0:
		return "", "", "clip.too-big"
	case out.failed:
		return "", "", "clip.no-room"
	case err != nil || out.left == clipMax:
		return "", "", "clip.empty"
	}
	head := make([]byte, clipText+1)
	n, err := f.ReadAt(head, 0)
	if n == 0 {
		return "", "", "clip.no-room"
	}
	kind := http.DetectContentType(head[:n])
	if strings.HasPrefix(kind, "text/plain") && err != nil { // it was read to its end
		return "", strings.TrimRight(string(head[:n]), "\r\n"), ""
	}
	for n := range 100 { // pasted within one second
		name := "clipboard-" + stamp
		if n > 0 {
			name += "-" + strconv.Itoa(n+1)
		}
		made := filepath.Join(dir, name+clipEnding(kind))
		if os.Link(f.Name(), made) == nil {
			_ = os.Remove(f.Name())
			return made, "", ""
		}
	}
	return "", "", "clip.no-room"
}

// clipEnding is the end of the name of what a clipboard usually holds.
func clipEnding(kind string) string {
	kind, _, _ = strings.Cut(kind, ";")
	return map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp",
		"application/pdf": ".pdf", "text/plain": ".txt", "text/html": ".html"}[kind]
}

// atMost writes to a file until too much came.
type atMost struct {
	to     *os.File
	left   int64
	full   func()
	failed bool
}

func (w *atMost) Write(p []byte) (int, error) {
	if w.left -= int64(len(p)); w.left < 0 {
		w.full()
		return 0, os.ErrInvalid
	}
	n, err := w.to.Write(p)
	w.failed = w.failed || err != nil
	return n, err
}

// cmdSave saves the newest file of the chat.
func (a *App) cmdSave(string) {
	if m, ok := a.newest(savable); ok {
		a.askTake(m, func(a *App) { a.withChat(func(acc *session.Account, _ store.Chat) { acc.SaveFile(m.ID, "") }) })
		return
	}
	a.say(catalog.T("file.no-save"))
}

func savable(m store.Message) bool { return m.File != nil && m.File.URL != "" && !m.ID.Unsaved() }

func needFile(a *App) string {
	if m, ok := a.selected(); !ok || !savable(m) {
		return "why.no-file"
	}
	return ""
}

func (a *App) saveSelected() {
	a.withSelected(func(acc *session.Account, m store.Message) { a.askTake(m, func(*App) { acc.SaveFile(m.ID, "") }) })
}

func needMoving(a *App) string {
	if m, ok := a.selected(); ok && a.m.moving(&m) {
		return ""
	}
	return "why.not-moving"
}

func (a *App) stopSelected() {
	a.withSelected(func(acc *session.Account, m store.Message) { acc.StopTransfer(m.ID) })
}

// cmdStop stops what moves in the open chat.
func (a *App) cmdStop(string) {
	none := true
	a.withChat(func(acc *session.Account, c store.Chat) {
		for id, t := range a.m.transfers {
			if t.Chat == c.ID {
				none = false
				acc.StopTransfer(id)
			}
		}
	})
	if none {
		a.say(catalog.T("why.not-moving"))
	}
}

// moving says whether the file of a message is on its way.
func (m *model) moving(x *store.Message) bool {
	_, ok := m.transfers[x.ID]
	return ok
}

func (a *App) transferMoved(e session.Transfer) {
	if e.Over {
		delete(a.m.transfers, e.Message)
		return
	}
	a.m.transfers[e.Message] = e
}

func (a *App) fileSaved(e session.FileSaved) {
	code := "file.saved"
	if e.Checked {
		code = "file.saved-checked"
	}
	a.say(catalog.T(code, shortPath(e.Path, a.opt.Home)))
}

// fileNear asks before something near is reached for somebody else's sake.
func (a *App) fileNear(e session.FileNear) {
	host := hostASCII(e.Host)
	question := catalog.T("file.near", host, e.Addr)
	if host == e.Addr {
		question = catalog.T("file.near-address", host)
	}
	a.confirm(question, func(a *App) {
		if acc := a.c.Account(e.Account); acc != nil && e.View {
			acc.Preview(e.Message, e.Host)
		} else if acc != nil {
			acc.SaveFile(e.Message, e.Host)
		}
	})
}

// shortPath writes a path with the sign for the user's own folder.
func shortPath(path, home string) string {
	if home != "" {
		if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
			path = "~" + string(filepath.Separator) + rest
		}
	}
	return text.Line(path)
}
