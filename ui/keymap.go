package ui

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"sotto/ui/catalog"
)

// keys.toml gives actions other keys, by the names of the actions:
//
//	jump = "Ctrl-G"
//	"chat.next-unread" = ["Alt-a", "F7"]
//	suspend = []

// keyMistake is what is wrong in keys.toml: a word of the catalogue with what it names.
type keyMistake struct {
	line int // 0: not known
	code string
	args []string
}

// loadKeys gives the actions the keys of a file, and those of vi if they are
// wanted. A file that is not there changes nothing; what is wrong is left out and told.
func loadKeys(path string, actions []*action, vi bool) (wrong []keyMistake) {
	if vi {
		useVi(actions)
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) || path == "" {
		return nil
	}
	var file map[string]any
	if err == nil {
		err = toml.Unmarshal(b, &file)
	}
	if err != nil {
		m := keyMistake{0, "keys.unreadable", []string{path}}
		if bad := (*toml.DecodeError)(nil); errors.As(err, &bad) {
			m.line, _ = bad.Position()
			m.code, m.args = "keys.broken", []string{strings.TrimPrefix(bad.Error(), "toml: ")}
		}
		return []keyMistake{m}
	}
	names := make([]string, 0, len(file))
	for name := range file {
		names = append(names, name)
	}
	slices.Sort(names)
	line := func(name string) int { return keyLine(string(b), name) }
	for _, name := range names {
		i := slices.IndexFunc(actions, func(x *action) bool { return x.name == name })
		if i < 0 {
			wrong = append(wrong, keyMistake{line(name), "keys.no-action", []string{name}})
			continue
		}
		list, ok := keyList(file[name])
		if !ok {
			wrong = append(wrong, keyMistake{line(name), "keys.no-list", []string{name}})
			continue
		}
		keys := make([]string, 0, len(list))
		for _, k := range list {
			if c, ok := canonicalKeys(k); ok {
				keys = append(keys, c)
			} else {
				wrong = append(wrong, keyMistake{line(name), "keys.no-key", []string{k, name}})
			}
		}
		actions[i].keys = keys
	}
	return append(append(wrong, dropVerbs(actions, line)...), conflicts(actions, line)...)
}

// keyList takes a string or a list of strings.
func keyList(v any) ([]string, bool) {
	switch v := v.(type) {
	case string:
		return []string{v}, true
	case []any:
		var all []string
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, false
			}
			all = append(all, s)
		}
		return all, true
	}
	return nil, false
}

// conflicts finds keys with two meanings at one place.
func conflicts(actions []*action, line func(string) int) (all []keyMistake) {
	type spot struct {
		key string
		at  place
	}
	first := map[spot]string{}
	for _, x := range actions {
		for _, k := range x.keys {
			s := spot{k, x.where}
			other := first[s]
			for _, pane := range []place{inRoster, inPeople} { // where lists are, too
				if x.where == inLists && other == "" {
					other = first[spot{k, pane}]
				}
				if x.where == pane && other == "" {
					other = first[spot{k, inLists}]
				}
			}
			if other != "" {
				all = append(all, keyMistake{cmp.Or(line(x.name), line(other)), "keys.conflict", []string{k, other, x.name}})
				continue
			}
			first[s] = x.name
		}
	}
	return all
}

// canonicalKeys is canonicalKey for one key, or for two that begin with Ctrl-X.
func canonicalKeys(s string) (string, bool) {
	first, second, two := strings.Cut(strings.TrimSpace(s), " ")
	a, ok := canonicalKey(first)
	if !two {
		return a, ok && a != "Ctrl-X"
	}
	b, ok2 := canonicalKey(second)
	return a + " " + b, ok && ok2 && a == "Ctrl-X"
}

// canonicalKey writes a key as keyName does; false: there is no such key.
func canonicalKey(s string) (string, bool) {
	var shifted, controlled, alt bool
	rest := strings.TrimSpace(s)
	for {
		i := strings.IndexAny(rest[min(1, len(rest)):], "-+") // a lone "-" is a key
		if i < 0 {
			break
		}
		word := rest[:i+1]
		switch strings.ToLower(word) {
		case "ctrl", "c", "control":
			controlled = true
		case "alt", "m", "meta":
			alt = true
		case "shift", "s":
			shifted = true
		default:
			return "", false
		}
		rest = rest[i+2:]
	}
	if rest == "" {
		return "", false
	}
	prefix := func(order ...string) string { return strings.Join(order, "") }
	on := func(is bool, word string) string {
		if is {
			return word
		}
		return ""
	}
	if r, n := utf8.DecodeRuneInString(rest); n == len(rest) && unicode.IsPrint(r) {
		switch {
		case controlled && r < utf8.RuneSelf && unicode.IsLetter(r):
			return prefix(on(alt, "Alt-"), "Ctrl-", strings.ToUpper(rest)), !shifted
		case controlled && r == '_':
			return "Ctrl-_", !alt
		case controlled:
			return "", false // a terminal does not send it
		}
		return prefix(on(alt, "Alt-"), rest), !shifted
	}
	for _, name := range namedKeys {
		if strings.EqualFold(name, rest) {
			return prefix(on(shifted, "Shift-"), on(controlled, "Ctrl-"), on(alt, "Alt-"), name), true
		}
	}
	return "", false
}

var namedKeys = []string{"Enter", "Tab", "Esc", "Space", "Backspace", "Up", "Down", "Left", "Right", "Home", "End", "PgUp", "PgDn", "Insert", "Delete",
	"F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12"}

// useKeys takes the keys of the file, and says what is wrong in it.
func (a *App) useKeys() {
	a.actions = makeActions()
	a.viKeys = a.c.Settings().ViKeys
	wrong := loadKeys(a.opt.Keys, a.actions, a.viKeys)
	a.keys = bind(a.actions)
	if len(wrong) == 0 {
		return
	}
	lines := make([]noteLine, 0, len(wrong))
	for _, w := range wrong {
		lines = append(lines, noteLine{text: w.String(), style: a.look.Error})
	}
	a.note.put(append(lines, noteLine{text: catalog.T("keys.fix", a.opt.Keys), style: a.look.Notice})...)
}

// cmdKeys reads keys.toml anew, or says how it is written.
func (a *App) cmdKeys(args string) {
	switch {
	case a.opt.Keys == "":
		a.say(catalog.T("keys.none"))
	case args == "reload":
		a.note.clear()
		a.useKeys()
		if !a.note.open() {
			a.say(catalog.T("keys.read", a.opt.Keys))
		}
	default:
		a.say(catalog.T("keys.how", a.opt.Keys))
	}
}
