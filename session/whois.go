package session

import (
	"context"
	"strconv"
	"strings"
	"time"

	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/version"
	"mellium.im/xmpp/xtime"

	"sotto/session/wire"
	"sotto/store"
)

// whoisTime is how long the questions of a whois may take together.
const whoisTime = 8 * time.Second

// whois tells what is known of an address and asks its client the rest. The
// answer names the address and the full one that was asked, which may be empty.
func (l *loop) whois(chat store.ChatID, s string) {
	if c, ok := l.chat(chat); ok && c.Kind == store.Room && !strings.Contains(s, "@") {
		s = c.JID + "/" + s // a nick of this room
	}
	j, err := wire.Parse(s)
	if err != nil {
		l.tellProblem(chat, Problem{Code: "bad-address", Args: []string{s}})
		return
	}
	facts, full := l.knownFacts(j)
	link := l.link
	if link == nil || full.IsZero() || l.blocked(full) != "" {
		l.emit(Answer{seal: localOrigin().seal(), Account: l.a.id, Chat: chat, Code: "whois", Args: []string{j.String(), ""}, Facts: facts})
		return
	}
	ctx, cancel := context.WithTimeout(l.ctx, whoisTime)
	l.dials.Go(func() {
		defer cancel()
		facts = append(facts, askFacts(ctx, link, full)...)
		l.soon(func(l *loop) {
			l.emit(Answer{seal: localOrigin().seal(), Account: l.a.id, Chat: chat, Code: "whois", Args: []string{j.String(), full.String()}, Facts: facts})
		})
	})
}

// knownFacts is what needs no question, and the full address to ask.
func (l *loop) knownFacts(j wire.JID) (facts []Fact, full wire.JID) {
	add := func(code, text string) {
		if text != "" {
			facts = append(facts, Fact{code, text})
		}
	}
	add("address", j.String())
	if r := l.rooms[j.Bare()]; r != nil {
		o := r.occupants[j.Resource()]
		if o == nil {
			return facts, wire.JID{}
		}
		add("real-address", o.RealJID)
		add("role", o.Role)
		add("affiliation", o.Affiliation)
		add("hats", strings.Join(o.Hats, ", "))
		if o.MoreHats > 0 {
			add("hats-more", strconv.Itoa(o.MoreHats))
		}
		add("show", showWord(o.Presence.Show))
		add("status", o.Presence.Text)
		return facts, j
	}
	bare := j.Bare().String()
	if c, ok := l.contacts[bare]; ok {
		add("name", c.Name)
		add("groups", strings.Join(c.Groups, ", "))
		add("subscription", c.Subscription)
	}
	for i, r := range l.present[bare] {
		if j.Resource() != "" && r.Name != j.Resource() {
			continue
		}
		if full.IsZero() {
			full = j.Bare().WithResource(r.Name)
		}
		text := r.Name + " " + showWord(r.Presence.Show)
		if r.Presence.Text != "" {
			text += " " + r.Presence.Text
		}
		add("resource", text+" ("+strconv.Itoa(r.Presence.Priority)+")")
		add("client", strings.TrimSpace(r.Client+" "+r.Device))
		if i == 20 {
			break
		}
	}
	if full.IsZero() {
		full = j // last activity can be asked of who is offline
	}
	return facts, full
}

func showWord(s Show) string {
	if s == Available {
		return "online"
	}
	return string(s)
}

// askFacts asks a client for its version, local time and idle time, side by side.
func askFacts(ctx context.Context, link *wire.Link, full wire.JID) []Fact {
	to, err := jid.Parse(full.String())
	if err != nil {
		return nil
	}
	results := make(chan []Fact, 3)
	go func() { results <- askVersion(ctx, link, to) }()
	go func() { results <- askTime(ctx, link, to) }()
	go func() { results <- askLast(ctx, link, full) }()
	var all []Fact
	for range 3 {
		all = append(all, <-results...)
	}
	return all
}

func askVersion(ctx context.Context, link *wire.Link, to jid.JID) []Fact {
	s, end, err := link.Lend(ctx)
	if err != nil {
		return nil
	}
	defer end()
	v, err := version.Get(ctx, s, to)
	if err != nil || v.Name == "" {
		return nil
	}
	return []Fact{{"version", clip(strings.TrimSpace(v.Name+" "+v.Version+" "+v.OS), nameMax)}}
}

func askTime(ctx context.Context, link *wire.Link, to jid.JID) []Fact {
	s, end, err := link.Lend(ctx)
	if err != nil {
		return nil
	}
	defer end()
	t, err := xtime.Get(ctx, s, to)
	if err != nil || t.IsZero() {
		return nil
	}
	return []Fact{{"time", t.Format("15:04 -07:00")}}
}

func askLast(ctx context.Context, link *wire.Link, full wire.JID) []Fact {
	el, err := link.Call(ctx, iq("get", full.String(), wire.New(nsLast, "query")))
	if err != nil {
		return nil
	}
	n, err := strconv.Atoi(el.Child(nsLast, "query").Attr("seconds"))
	if err != nil || n < 0 {
		return nil
	}
	return []Fact{{"idle", (time.Duration(min(n, 1<<30)) * time.Second).String()}}
}
