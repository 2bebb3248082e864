package ui

import (
	"slices"
	"strings"
	"time"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
)

// What a chat may notify of: a rule of its own, or the usual of its kind.

// passes says whether a rule lets something be told.
func passes(rule string, mention bool) bool {
	return rule == store.NotifyAll || rule == store.NotifyMention && mention
}

// muted says that nothing of a chat is told, its counts neither.
func (a *App) muted(c store.Chat) bool { return c.OwnRule(a.opt.Now()) == store.NotifyNone }

// cmdNotify takes "/notify", "/notify rule" and "/notify rule 1h".
func (a *App) cmdNotify(args string) {
	word, rest, _ := strings.Cut(args, " ")
	if word == "" {
		a.withChat(func(_ *session.Account, c store.Chat) { a.sayRule(c) })
		return
	}
	rule := strings.TrimSuffix(strings.ToLower(word), "s") // "mentions" too
	if rule == "usual" || rule == "default" {
		rule = store.NotifyUsual
	}
	if !slices.Contains(store.NotifyRules, rule) {
		a.usage("notify")
		return
	}
	a.setRule("notify", rule, rest)
}

// setRule gives the open chat a rule, with a time as it was typed.
func (a *App) setRule(command, rule, when string) {
	var until time.Time
	if when = strings.TrimSpace(when); when != "" {
		var ok bool
		if until, ok = readWhen(when, a.now()); !ok || rule == store.NotifyUsual {
			a.usage(command)
			return
		}
	}
	a.withChat(func(acc *session.Account, c store.Chat) {
		acc.SetNotify(c.ID, rule, until)
		c.Notify, c.NotifyUntil = rule, 0
		if !until.IsZero() {
			c.NotifyUntil = until.UnixMicro()
		}
		a.sayRule(c)
	})
}

// sayRule tells what a chat may notify of.
func (a *App) sayRule(c store.Chat) {
	words := catalog.T("notify.rule-" + c.Notifies(a.opt.Now()))
	if u := a.ruleEnd(c); u != "" {
		words += " " + u
	}
	a.say(catalog.T("notify.is", a.m.title(c), words))
}

// ruleEnd words when the rule of a chat ends; "": it does not.
func (a *App) ruleEnd(c store.Chat) string {
	if c.NotifyUntil == 0 || c.OwnRule(a.opt.Now()) == store.NotifyUsual {
		return ""
	}
	return a.until(time.UnixMicro(c.NotifyUntil))
}

// ruleMark is the sign of a rule of its own in the list of chats.
func (l *look) ruleMark(c store.Chat) string {
	switch c.OwnRule(l.now()) {
	case store.NotifyNone:
		return l.mark("ø", "z")
	case store.NotifyMention:
		return "m"
	case store.NotifyAll:
		return "!"
	}
	return ""
}

// watchRules draws again when the next rule ends: it falls back by itself.
func (a *App) watchRules() {
	if a.ruleEnds != nil {
		a.ruleEnds.Stop()
		a.ruleEnds = nil
	}
	now, next := a.opt.Now().UnixMicro(), int64(0)
	for _, c := range a.m.chats {
		if c.NotifyUntil > now && (next == 0 || c.NotifyUntil < next) {
			next = c.NotifyUntil
		}
	}
	if next > 0 {
		a.ruleEnds = time.AfterFunc(time.Duration(next-now)*time.Microsecond, a.bridge.redraw)
	}
}
