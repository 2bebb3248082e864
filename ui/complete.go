package ui

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/store"
	"sotto/themes"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// completion is the list above the input of what a word can become.
type completion struct {
	start int // byte position of the word
	word  string
	items []completionItem
	at    int // -1: none chosen yet
}

type completionItem struct {
	insert, label, about string
	sign                 string // an emoji, to be remembered when it is taken
}

const completionRows = 8

// refreshPopup follows the input: a slash word lists the commands, a word after a
// colon the emojis.
func (a *App) refreshPopup() {
	a.popup = nil
	t := a.composer.text()
	if !a.isCommand(t) || strings.Contains(t, " ") {
		a.offerEmojis()
		return
	}
	if items := a.commandItems(t[1:]); len(items) > 0 {
		a.popup = &completion{start: 0, word: t, items: items, at: -1}
	}
}

// offerEmojis lists what the name before the cursor can become. Nothing of the
// text changes before one is taken.
func (a *App) offerEmojis() {
	word, start := a.composer.word()
	if name, _, ok := emojiWord(word); !ok || len(name) < emojiSoon {
		return
	}
	if items, at := a.emojiItems(word); len(items) > 0 {
		a.popup = &completion{start: start + at, word: word[at:], items: items, at: -1}
	}
}

func (a *App) commandItems(prefix string) (items []completionItem) {
	for _, x := range a.actions {
		if x.command == "" {
			continue
		}
		names := append([]string{x.command}, x.aliases...)
		i := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(n, strings.ToLower(prefix)) })
		if i < 0 {
			continue
		}
		about := catalog.T("action." + x.name)
		if x.can != nil {
			if why := x.can(a); why != "" {
				about = catalog.T(why)
			}
		}
		items = append(items, completionItem{insert: "/" + names[i] + " ", label: "/" + names[i] + " " + x.args, about: about})
	}
	slices.SortStableFunc(items, func(x, y completionItem) int { return strings.Compare(x.insert, y.insert) })
	return items
}

// complete completes the word before the cursor: a command, a setting, a
// theme, an address, an emoji, or a nick of the room.
func (a *App) complete() {
	if a.popup != nil {
		a.popup.choose(a, 1)
		return
	}
	if a.completePath() {
		return
	}
	word, start := a.composer.word()
	items, at := a.emojiItems(word)
	if start += at; len(items) == 0 {
		items = a.wordItems(word, start)
	}
	switch len(items) {
	case 0:
	case 1:
		(&completion{start: start, items: items, at: -1}).choose(a, 1)
	default:
		a.popup = &completion{start: start, word: word, items: items, at: -1}
		a.popup.choose(a, 1)
	}
}

func (a *App) wordItems(word string, start int) (items []completionItem) {
	t := a.composer.text()
	low := strings.ToLower(word)
	add := func(insert, about string) {
		if strings.HasPrefix(strings.ToLower(insert), low) {
			items = append(items, completionItem{insert: insert, label: strings.TrimSpace(insert), about: about})
		}
	}
	if a.isCommand(t) {
		command, _, _ := strings.Cut(t[1:], " ")
		switch command {
		case "theme":
			for _, n := range themes.Names(a.opt.ThemesDir) {
				add(n, "")
			}
		case "set":
			if words := strings.Fields(t[:start]); len(words) == 2 && words[1] == "pictures" {
				for _, n := range store.PictureWords() {
					add(n, "")
				}
				break
			}
			for _, n := range store.SettingNames() {
				add(n+" ", catalog.T("set."+n))
			}
		case "bookmark", "bookmarks":
			for _, n := range a.bookmarkWords(strings.Fields(t[:start])[1:]) {
				add(n, "")
			}
			slices.SortFunc(items, func(x, y completionItem) int { return compareFold(x.insert, y.insert) })
		case "account":
			for _, n := range []string{"add ", "use ", "remove "} {
				add(n, "")
			}
		case "presence", "status":
			for _, n := range a.presenceWords(command, strings.Fields(t[:start])[1:]) {
				add(n+" ", "")
			}
		case "notify":
			for _, n := range []string{"all ", "mention ", "none ", "usual "} {
				add(n, "")
			}
		}
		if len(items) > 0 {
			return items
		}
	}
	end := " "
	if start == 0 {
		end = ": "
	}
	for _, o := range a.m.occupants {
		if !o.Self {
			add(o.Nick+end, o.Affiliation)
		}
	}
	if a.isCommand(t) || strings.Contains(word, "@") {
		for w := range a.m.contacts {
			if w.account == a.acting() {
				add(w.jid+" ", a.m.name(w))
			}
		}
		for _, acc := range a.m.accounts {
			add(acc.JID, "")
		}
		for w := range a.m.rooms {
			if w.account == a.acting() {
				add(w.jid+" ", "")
			}
		}
	}
	slices.SortFunc(items, func(x, y completionItem) int { return compareFold(x.insert, y.insert) })
	if len(items) > 50 {
		items = items[:50]
	}
	return items
}

// key handles what the popup wants; false: the key is the composer's.
func (c *completion) key(a *App, name string) bool {
	switch name {
	case "Tab", "Down":
		c.choose(a, 1)
	case "Shift-Tab", "Up":
		c.choose(a, -1)
	case "Esc":
		a.popup = nil
	default:
		if c.at >= 0 {
			a.popup = nil
			c.taken(a)
		}
		return false
	}
	return true
}

// choose puts the next proposal into the input; the list stays until another key.
func (c *completion) choose(a *App, step int) {
	c.at = (c.at + step + len(c.items)) % len(c.items)
	if c.at < 0 {
		c.at = len(c.items) - 1
	}
	a.composer.replaceWord(c.start, c.items[c.at].insert)
	a.popup = c
	if len(c.items) == 1 {
		a.popup = nil
		c.taken(a)
	}
}

// taken remembers what was chosen.
func (c *completion) taken(a *App) {
	if sign := c.items[c.at].sign; sign != "" {
		a.used(sign)
	}
}

func (c *completion) draw(s tcell.Screen, l *look, input rect) {
	rows := min(completionRows, len(c.items), input.y-1)
	if rows <= 0 {
		return
	}
	top := 0
	if c.at >= rows {
		top = c.at - rows + 1
	}
	wide := 0
	for _, i := range c.items {
		wide = max(wide, min(34, text.Width(i.label)))
	}
	for n := range rows {
		item := c.items[top+n]
		r := rect{0, input.y - rows + n, input.x + input.w, 1}
		style, dim := l.Status, l.Status
		if top+n == c.at {
			style, dim = l.Selected, l.Selected
		}
		fill(s, r, style)
		put(s, 1, r.y, r.w-1, text.Fit(text.Line(item.label), wide), style)
		put(s, wide+3, r.y, r.w-wide-4, text.Fit(text.Line(item.about), r.w-wide-4), dim)
	}
}
