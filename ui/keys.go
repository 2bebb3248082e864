package ui

import (
	"strings"

	"github.com/gdamore/tcell/v2"
)

// keyName writes a key as people do: "Ctrl-K", "Alt-a", "Shift-Enter", "F2",
// "x". Keys that are the same byte have one name.
func keyName(ev *tcell.EventKey) string {
	mod := ""
	m := ev.Modifiers()
	k := ev.Key()
	if k == tcell.KeyRune {
		r := ev.Rune()
		if m&tcell.ModCtrl != 0 {
			mod += "Ctrl-"
		}
		if m&(tcell.ModAlt|tcell.ModMeta) != 0 {
			mod += "Alt-"
		}
		if r == ' ' {
			return mod + "Space"
		}
		if m&tcell.ModCtrl != 0 {
			return mod + strings.ToUpper(string(r))
		}
		return mod + string(r)
	}
	if m&(tcell.ModAlt|tcell.ModMeta) != 0 {
		mod = "Alt-"
	}
	switch k {
	case tcell.KeyEnter:
		return shift(m) + ctrl(m) + mod + "Enter"
	case tcell.KeyTab:
		return shift(m) + mod + "Tab"
	case tcell.KeyBacktab:
		return mod + "Shift-Tab"
	case tcell.KeyEsc:
		return "Esc"
	case tcell.KeyBackspace, tcell.KeyBackspace2:
		return mod + "Backspace"
	}
	if k >= tcell.KeyCtrlA && k <= tcell.KeyCtrlZ {
		return mod + "Ctrl-" + string(rune('A'+k-tcell.KeyCtrlA))
	}
	if k == tcell.KeyCtrlUnderscore {
		return "Ctrl-_"
	}
	name, ok := keyNames[k]
	if !ok {
		name = tcell.KeyNames[k]
	}
	return shift(m) + ctrl(m) + mod + name
}

func shift(m tcell.ModMask) string {
	if m&tcell.ModShift != 0 {
		return "Shift-"
	}
	return ""
}

func ctrl(m tcell.ModMask) string {
	if m&tcell.ModCtrl != 0 {
		return "Ctrl-"
	}
	return ""
}

var keyNames = map[tcell.Key]string{
	tcell.KeyUp: "Up", tcell.KeyDown: "Down", tcell.KeyLeft: "Left", tcell.KeyRight: "Right", tcell.KeyHome: "Home", tcell.KeyEnd: "End",
	keyHalfUp: "HalfUp", keyHalfDown: "HalfDown",
	tcell.KeyPgUp: "PgUp", tcell.KeyPgDn: "PgDn", tcell.KeyDelete: "Delete", tcell.KeyInsert: "Insert",
}

// typed says whether a key is text.
func typed(ev *tcell.EventKey) bool {
	return ev.Key() == tcell.KeyRune && ev.Modifiers()&(tcell.ModCtrl|tcell.ModAlt|tcell.ModMeta) == 0
}
