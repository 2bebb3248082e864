package session_test

import (
	"context"
	"slices"
	"strings"

	"sotto/store"
)

// judge compares what everybody has with what was said.
func (w *world) judge() {
	for _, m := range w.machines {
		for _, room := range []bool{false, true} {
			m.judge(room)
		}
		if out, err := m.cl.st.Outbox(context.Background(), m.cl.a.ID()); err != nil || len(out) > 0 && w.archived(out[0].Chat == m.room) {
			w.errorf("%s: the outbox has %d rows (%v)", m.name, len(out), err)
		}
	}
	w.judgeOrder(false)
	w.judgeOrder(true)
}

func (w *world) archived(room bool) bool {
	if room {
		return !w.opt.NoRoomArchive
	}
	return !w.opt.NoArchive
}

// speaks says that rows are speech.
func speech(rows []store.Message) []store.Message {
	return slices.DeleteFunc(rows, func(r store.Message) bool { return r.Kind != store.Text })
}

// judge looks at one chat of a machine.
func (m *machine) judge(room bool) {
	w := m.w
	chat := m.direct
	if room {
		chat = m.room
	}
	rows := speech(m.cl.rows(chat))
	at := map[string]int{}
	for i, r := range rows {
		if _, twice := at[r.Body]; twice {
			w.errorf("%s has %q twice", m.name, r.Body)
		}
		at[r.Body] = i
	}
	said := w.s.Archived(w.room)
	if !room {
		said = w.s.Archived(m.jid())
	}
	times := map[string]int{}
	for _, b := range said {
		times[b]++
	}
	last := map[*machine]int{}
	for _, l := range w.lines {
		if l.room != room {
			continue
		}
		i, have := at[l.body]
		delete(at, l.body)
		if l.state == typed {
			w.errorf("nothing was said of %q", l.body)
			continue
		}
		if l.state != accepted {
			if have {
				w.errorf("%s has %q, which was never taken", m.name, l.body)
			}
			continue
		}
		if !have {
			if l.by != m && w.unsure(l) {
				continue
			}
			w.errorf("%s misses %q", m.name, l.body)
			continue
		}
		r := rows[i]
		if ours := l.by != nil && l.by.user == m.user; r.Outgoing != ours {
			w.errorf("%s: %q is ours: %v", m.name, l.body, r.Outgoing)
		}
		if l.by == m {
			m.judgeState(l, r, slices.Contains(said, l.body))
		}
		if times[l.body] > 1 {
			continue // it came twice to the server, and has no place of its own
		}
		if i < last[l.by] && (w.archived(room) || l.by == m) {
			w.errorf("%s: %q stands before what was typed before it", m.name, l.body)
		}
		last[l.by] = i
		if !w.archived(room) {
			continue // an acknowledgement may come behind the answer, and nobody can be asked
		}
		for _, b := range l.after {
			if times[b] > 1 {
				continue // nor has this one
			}
			for j := i + 1; j < len(rows); j++ {
				if rows[j].Body == b {
					w.errorf("%s: %q stands behind its answer %q", m.name, b, l.body)
				}
			}
		}
	}
	for b := range at {
		w.errorf("%s has %q, which nobody said", m.name, b)
	}
	m.judgeCount(chat, rows)
	if w.t.Failed() && w.log != nil {
		for _, r := range rows {
			w.logf("%s chat %d: %d %q %v", m.name, chat, r.Ord, r.Body, stateWords[r.State])
		}
	}
}

// judgeState looks whether the state of an own line is true.
func (m *machine) judgeState(l *remark, r store.Message, archived bool) {
	w := m.w
	switch {
	case r.State == store.Unsure && !w.archived(l.room):
	case r.State < store.Sent || r.State > store.Displayed:
		w.errorf("%s: %q is %s: %s", m.name, l.body, stateWords[r.State], r.Error)
	case w.archived(l.room) && !archived:
		w.errorf("%s: %q is %s and the server does not have it", m.name, l.body, stateWords[r.State])
	}
}

// unsure says that the program of who typed a line leaves it to its user.
func (w *world) unsure(l *remark) bool {
	if l.by == nil || w.archived(l.room) {
		return false
	}
	chat := l.by.direct
	if l.room {
		chat = l.by.room
	}
	return slices.ContainsFunc(l.by.cl.rows(chat), func(r store.Message) bool { return r.LocalID == l.local && r.State == store.Unsure })
}

// judgeCount looks whether the count of what was not read is true.
func (m *machine) judgeCount(chat store.ChatID, rows []store.Message) {
	mark := map[bool]string{true: "r", false: "d"}[chat == m.room]
	w := m.w
	c, err := m.cl.st.Chat(context.Background(), chat)
	if err != nil {
		w.errorf("%v", err)
		return
	}
	// Another device of ours that said something, or showed it and told so (XEP-0490),
	// had read what stood above.
	n, answered := 0, -1
	for i, r := range rows {
		elsewhere := slices.ContainsFunc(w.machines, func(o *machine) bool { return o != m && o.user == m.user && (o.read[r.Body] || o.vague[r.Body]) })
		if r.Outgoing && !strings.HasPrefix(r.Body, m.name+" "+mark) || !r.Outgoing && elsewhere {
			answered = i
		}
	}
	for i, r := range rows {
		if r.Outgoing {
			continue
		}
		counted := r.Ord > c.ReadOrd && r.State == store.Received
		if counted {
			n++
		}
		if r.Body == "welcome" || m.vague[r.Body] && !m.read[r.Body] {
			continue // said before anybody was there, or seen while nothing was remembered
		}
		if counted && m.read[r.Body] {
			w.errorf("%s: %q was read and is counted", m.name, r.Body)
		}
		if !counted && !m.read[r.Body] && i > answered {
			w.errorf("%s: %q was not read and is not counted", m.name, r.Body)
		}
	}
	if n != c.Unread {
		w.errorf("%s: %d are counted, want %d", m.name, c.Unread, n)
	}
}

// judgeOrder looks whether everybody has a chat in the order of the archive.
func (w *world) judgeOrder(room bool) {
	if !w.archived(room) {
		return
	}
	for _, m := range w.machines {
		address, chat := m.jid(), m.direct
		if room {
			address, chat = w.room, m.room
		}
		var want, got []string
		seen, times := map[string]bool{}, map[string]int{}
		for _, b := range w.s.Archived(address) {
			times[b]++
		}
		for _, b := range w.s.Archived(address) {
			if times[b] == 1 && slices.ContainsFunc(w.lines, func(l *remark) bool { return l.room == room && l.body == b }) {
				want = append(want, b)
				seen[b] = true
			}
		}
		for _, r := range speech(m.cl.rows(chat)) {
			if seen[r.Body] {
				got = append(got, r.Body)
			}
		}
		if !slices.Equal(got, want) {
			w.errorf("%s has another order than the archive:\n%s\nwant\n%s", m.name, strings.Join(got, ", "), strings.Join(want, ", "))
			for _, r := range m.cl.rows(chat) {
				w.logf("%s chat %d: %d %q", m.name, chat, r.Ord, r.Body)
			}
		}
	}
}
