package ui

import (
	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// chatMarks is what the title row of a chat says at its right: what it may
// notify of and how we are there, where that is not the usual. It is at most w
// wide; "": there is nothing to say, or no room.
func (a *App) chatMarks(c store.Chat, w int) string {
	d, told := session.Directed{}, false
	if c.Kind != store.Self {
		d, told = a.directed(who{c.Account, c.JID})
	}
	rule := c.OwnRule(a.opt.Now())
	join := func(parts ...string) (all string) {
		for _, p := range parts {
			switch {
			case p != "" && all != "":
				all += " · " + p
			case p != "":
				all = p
			}
		}
		return all
	}
	long, short, mark := "", "", ""
	if rule != store.NotifyUsual {
		short, mark = catalog.T("notify.mark-"+rule), a.look.ruleMark(c)
		long = short + sep0(a.ruleEnd(c))
	}
	if !told {
		return widest(w, long, short, mark)
	}
	show := showCode(d.Presence.Show)
	here, brief := catalog.T("presence.here", show), catalog.T("presence.here-short", show)
	return widest(w, join(long, here+sep0(a.until(d.Until))), join(short, here+sep0(a.until(d.Until))), join(short, here), join(mark, here), join(mark, brief), brief)
}

// widest is the first of some texts that fits; "": none does.
func widest(w int, list ...string) string {
	for _, t := range list {
		if text.Width(t) <= w {
			return t
		}
	}
	return ""
}

// sep0 puts a space before words that follow others.
func sep0(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}
