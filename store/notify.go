package store

import (
	"slices"
	"time"
)

// What a chat may notify of.
const (
	NotifyUsual   = ""        // all, in rooms what names us
	NotifyAll     = "all"     // whatever is said
	NotifyMention = "mention" // what names us
	NotifyNone    = "none"    // nothing, and its counts stay out of the title
)

// NotifyRules are the rules that a chat can have.
var NotifyRules = []string{NotifyUsual, NotifyAll, NotifyMention, NotifyNone}

// Notifies is the rule of a chat that holds at a time: one whose time is over is
// the usual one again.
func (c Chat) Notifies(now time.Time) string {
	if own := c.OwnRule(now); own != NotifyUsual {
		return own
	}
	if c.Kind == Room {
		return NotifyMention
	}
	return NotifyAll
}

// OwnRule is the rule that the user gave a chat, while it holds.
func (c Chat) OwnRule(now time.Time) string {
	if c.NotifyUntil != 0 && now.UnixMicro() >= c.NotifyUntil || !slices.Contains(NotifyRules, c.Notify) {
		return NotifyUsual
	}
	return c.Notify
}

// SetNotify gives a chat a rule until a time, µs; 0: for good.
func (t *Tx) SetNotify(id ChatID, rule string, until int64) error {
	_, err := t.exec("UPDATE chat SET notify=?, notify_until=?, rev=? WHERE id=? AND (notify<>?1 OR notify_until<>?2)", rule, until, t.rev, id)
	return err
}
