package session_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/store"
)

// shown is a message as a screen would show it, in words.
func shown(m store.Message) string {
	var b strings.Builder
	if m.Reply != nil {
		switch {
		case m.Reply.Found && m.Reply.NoBody:
			b.WriteString("[re gone] ")
		case m.Reply.Found:
			fmt.Fprintf(&b, "[re %q] ", m.Reply.Body)
		default:
			fmt.Fprintf(&b, "[quotes %q] ", m.Reply.Quote)
		}
	}
	if m.Outgoing {
		b.WriteString("own ")
	}
	if m.Nick != "" {
		b.WriteString("<" + m.Nick + "> ")
	}
	fmt.Fprintf(&b, "%q", m.Body)
	f := m.Fold
	if f == nil {
		return b.String()
	}
	if f.Edited != 0 {
		b.WriteString(" edited")
	}
	if f.Removed != "" {
		b.WriteString(" " + f.Removed)
		if f.By != "" || f.Reason != "" {
			b.WriteString(" by " + f.By + ": " + f.Reason)
		}
	}
	for _, r := range f.Reactions {
		fmt.Fprintf(&b, " %s%d", r.Sign, r.N)
	}
	if f.Flag != "" {
		b.WriteString(" " + f.Flag)
	}
	return b.String()
}

// talk is what stands in a chat.
func (cl *client) talk(chat store.ChatID) (all []string) {
	cl.t.Helper()
	for _, m := range cl.rows(chat) {
		if m.Kind == store.Text {
			all = append(all, shown(m))
		}
	}
	return all
}

func replace(id string) string {
	return "<replace xmlns='urn:xmpp:message-correct:0' id='" + id + "'/>"
}

func retract(id string) string {
	return "<retract xmlns='urn:xmpp:message-retract:1' id='" + id + "'/><body>/me retracted</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/>"
}

func retract0(id string) string {
	return "<apply-to xmlns='urn:xmpp:fasten:0' id='" + id + "'><retract xmlns='urn:xmpp:message-retract:0'/></apply-to>"
}

func reactions(id string, signs ...string) string {
	s := "<reactions xmlns='urn:xmpp:reactions:0' id='" + id + "'>"
	for _, x := range signs {
		s += "<reaction>" + x + "</reaction>"
	}
	return s + "</reactions>"
}

func answer(id, more string) string {
	return "<reply xmlns='urn:xmpp:reply:0' id='" + id + "'/>" + more
}

func fallen(from, to string) string {
	return "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='" + from + "' end='" + to + "'/></fallback>"
}

// TestRemarksOfTwo is what becomes of what two say about their messages.
func TestRemarksOfTwo(t *testing.T) {
	bob := func(id, inner string) string { return from(inner, "type='chat' id='"+id+"'") }
	eve := func(id, inner string) string { return strings.ReplaceAll(bob(id, inner), "bob@", "eve@") }
	mine := func(id, inner string) string {
		return copied("sent", "<message"+inClient+" from='alice@example.org/other' to='bob@example.org' type='chat' id='"+id+"'>"+inner+"</message>")
	}
	first := bob("first-id", "<body>teh cat</body>")
	many := make([]string, 5000)
	for i := range many {
		many[i] = string(rune(0x1F300 + i%700))
	}
	tests := map[string]struct {
		xml     []string
		want    []string
		refused int
	}{
		"a correction":                {xml: []string{first, bob("e1", "<body>the cat</body>"+replace("first-id"))}, want: []string{`"the cat" edited`}},
		"two corrections":             {xml: []string{first, bob("e1", "<body>b</body>"+replace("first-id")), bob("e2", "<body>c</body>"+replace("first-id"))}, want: []string{`"c" edited`}},
		"of a correction":             {xml: []string{first, bob("e1", "<body>b</body>"+replace("first-id")), bob("e2", "<body>c</body>"+replace("e1"))}, want: []string{`"c" edited`}},
		"of an older message":         {xml: []string{first, bob("second-id", "<body>two</body>"), bob("e1", "<body>b</body>"+replace("first-id"))}, want: []string{`"b" edited`, `"two"`}},
		"the same one twice":          {xml: []string{first, bob("e1", "<body>b</body>"+replace("first-id")), bob("e1", "<body>b</body>"+replace("first-id"))}, want: []string{`"b" edited`}},
		"without an id":               {xml: []string{first, from("<body>b</body>"+replace("first-id"), "type='chat'")}, want: []string{`"b" edited`}},
		"without a type":              {xml: []string{first, from("<body>b</body>"+replace("first-id"), "id='e1'")}, want: []string{`"b" edited`}},
		"a headline that corrects":    {xml: []string{first, from("<body>b</body>"+replace("first-id"), "type='headline' id='e1'")}, want: []string{`"teh cat"`, `"b"`}},
		"an error that corrects":      {xml: []string{first, from("<body>b</body>"+replace("first-id"), "type='error' id='e1'")}, want: []string{`"teh cat"`}},
		"groupchat that corrects":     {xml: []string{first, from("<body>b</body>"+replace("first-id"), "type='groupchat' id='e1'")}, want: []string{`"teh cat"`}, refused: 1},
		"without a text":              {xml: []string{first, bob("e1", replace("first-id"))}, want: []string{`"teh cat"`}},
		"without a name":              {xml: []string{first, bob("e1-long-id", "<body>b</body>"+replace(""))}, want: []string{`"teh cat"`, `"b"`}},
		"of a message of ours":        {xml: []string{mine("own-id-1", "<body>hi</body>"), bob("e1", "<body>I owe you</body>"+replace("own-id-1"))}, want: []string{`own "hi"`, `"I owe you" foreign`}},
		"ours of one of theirs":       {xml: []string{first, mine("own-id-1", "<body>evil</body>"+replace("first-id"))}, want: []string{`"teh cat"`, `own "evil" foreign`}},
		"ours, from another device":   {xml: []string{mine("own-id-1", "<body>hi</body>"), mine("own-id-2", "<body>ho</body>"+replace("own-id-1"))}, want: []string{`own "ho" edited`}},
		"by somebody else":            {xml: []string{first, eve("e1", "<body>evil</body>"+replace("first-id"))}, want: []string{`"teh cat"`}},
		"of another chat":             {xml: []string{first, eve("eves-id-1", "<body>x</body>"), bob("e1", "<body>evil</body>"+replace("eves-id-1"))}, want: []string{`"teh cat"`}},
		"unreadable":                  {xml: []string{first, bob("e1-long-id", "<body>excuse</body><encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:otr:0' name='OTR'/>"+replace("first-id"))}, want: []string{`"teh cat"`, `""`}},
		"plain of an encrypted one":   {xml: []string{bob("first-id", "<body>x</body><encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:otr:0' name='OTR'/>"), bob("e1", "<body>evil</body>"+replace("first-id"))}, want: []string{`""`, `"evil" foreign`}},
		"before its message":          {xml: []string{bob("e1", "<body>b</body>"+replace("first-id")), first}, want: []string{`"b" edited`}},
		"by a carbon and live":        {xml: []string{first, copied("received", "<message"+inClient+" from='bob@example.org/phone' to='alice@example.org/other' type='chat' id='e1'><body>b</body>"+replace("first-id")+"</message>"), bob("e1", "<body>b</body>"+replace("first-id"))}, want: []string{`"b" edited`}},
		"the first text comes back":   {xml: []string{first, bob("e1", "<body>b</body>"+replace("first-id")), first}, want: []string{`"b" edited`}},
		"retracted":                   {xml: []string{first, bob("r1", retract("first-id"))}, want: []string{`"" retract`}},
		"retracted as before":         {xml: []string{first, bob("r1", retract0("first-id"))}, want: []string{`"" retract`}},
		"retracted twice":             {xml: []string{first, bob("r1", retract("first-id")), bob("r2", retract0("first-id"))}, want: []string{`"" retract`}},
		"retracted before it came":    {xml: []string{bob("r1", retract("first-id")), first}, want: []string{`"" retract`}},
		"retracted by a stranger":     {xml: []string{first, eve("r1", retract("first-id"))}, want: []string{`"teh cat"`}},
		"retracted by the other":      {xml: []string{mine("own-id-1", "<body>hi</body>"), bob("r1", retract("own-id-1"))}, want: []string{`own "hi"`}, refused: 1},
		"corrected after it":          {xml: []string{first, bob("r1", retract("first-id")), bob("e1", "<body>b</body>"+replace("first-id"))}, want: []string{`"" retract`}},
		"corrected, then retracted":   {xml: []string{first, bob("e1", "<body>b</body>"+replace("first-id")), bob("r1", retract("first-id"))}, want: []string{`"" retract`}},
		"retracted by its correction": {xml: []string{first, bob("e1", "<body>b</body>"+replace("first-id")), bob("r1", retract("e1"))}, want: []string{`"" retract`}},
		"moderated by a person":       {xml: []string{first, bob("r1", "<retract xmlns='urn:xmpp:message-retract:1' id='first-id'><moderated xmlns='urn:xmpp:message-moderate:1'/></retract>")}, want: []string{`"teh cat"`}, refused: 1},
		"comes again after it":        {xml: []string{first, bob("r1", retract("first-id")), first}, want: []string{`"" retract`}},
		"a tombstone that came live":  {xml: []string{first, bob("first-id", "<retracted xmlns='urn:xmpp:message-retract:1' id='r1'/>")}, want: []string{`"teh cat"`}},
		"a reaction":                  {xml: []string{first, bob("x1", reactions("first-id", "👍"))}, want: []string{`"teh cat" 👍1`}},
		"of both":                     {xml: []string{first, bob("x1", reactions("first-id", "👍", "❤️")), mine("x2", reactions("first-id", "👍"))}, want: []string{`"teh cat" 👍2 ❤️1`}},
		"replaced":                    {xml: []string{first, bob("x1", reactions("first-id", "👍")), bob("x2", reactions("first-id", "🎉"))}, want: []string{`"teh cat" 🎉1`}},
		"taken back":                  {xml: []string{first, bob("x1", reactions("first-id", "👍")), bob("x2", reactions("first-id"))}, want: []string{`"teh cat"`}},
		"before the message":          {xml: []string{bob("x1", reactions("first-id", "👍")), bob("x2", reactions("first-id", "🎉")), first}, want: []string{`"teh cat" 🎉1`}},
		"the same sign twice":         {xml: []string{first, bob("x1", reactions("first-id", "👍", "👍"))}, want: []string{`"teh cat" 👍1`}},
		"signs that are none":         {xml: []string{first, bob("x1", reactions("first-id", "hello", "a", "", " ", "👍👍", "\u202e", "&#x9b;", "日", "1", strings.Repeat("👍\u200d", 40)+"👍", strings.Repeat("👍", 1000), "👍"+strings.Repeat("\u0301", 999)))}, want: []string{`"teh cat"`}},
		"five thousand signs":         {xml: []string{first, bob("x1", reactions("first-id", many...))}, want: []string{`"teh cat" 64 signs`}},
		"with words":                  {xml: []string{first, bob("x1-long-id", "<body>yes</body>"+reactions("first-id", "👍"))}, want: []string{`"teh cat" 👍1`, `"yes"`}},
		"with words in its place":     {xml: []string{first, bob("x1", "<body>👍</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reactions:0'/>"+reactions("first-id", "👍"))}, want: []string{`"teh cat" 👍1`}},
		"an answer":                   {xml: []string{first, bob("a1-long-id", "<body>&gt; teh cat\nno</body>"+answer("first-id", fallen("0", "10")))}, want: []string{`"teh cat"`, `[re "teh cat"] "no"`}},
		"to one that is not here":     {xml: []string{bob("a1-long-id", "<body>&gt; Anna wrote:\n&gt; a cake\nno</body>"+answer("other-id", fallen("0", "23")))}, want: []string{`[quotes "Anna wrote: a cake"] "no"`}},
		"whose message comes later":   {xml: []string{bob("a1-long-id", "<body>&gt; teh cat\nno</body>"+answer("first-id", fallen("0", "10"))), first}, want: []string{`[re "teh cat"] "no"`, `"teh cat"`}},
		"to a corrected one":          {xml: []string{first, bob("a1-long-id", "<body>no</body>"+answer("first-id", "")), bob("e1", "<body>the cat</body>"+replace("first-id"))}, want: []string{`"the cat" edited`, `[re "the cat"] "no"`}},
		"to a retracted one":          {xml: []string{first, bob("a1-long-id", "<body>&gt; teh cat\nno</body>"+answer("first-id", fallen("0", "10"))), bob("r1", retract("first-id"))}, want: []string{`"" retract`, `[re gone] "no"`}},
		"to itself":                   {xml: []string{bob("first-id", "<body>no</body>"+answer("first-id", ""))}, want: []string{`[quotes ""] "no"`}},
		"characters, not bytes":       {xml: []string{first, bob("a1-long-id", "<body>&gt; 👨‍👩‍👧é\nno</body>"+answer("first-id", fallen("0", "9")))}, want: []string{`"teh cat"`, `[re "teh cat"] "no"`}},
		"a part beyond the text":      {xml: []string{first, bob("a1-long-id", "<body>&gt; x\nno</body>"+answer("first-id", fallen("0", "99")))}, want: []string{`"teh cat"`, `[re "teh cat"] "> x\nno"`}},
		"a part that is none":         {xml: []string{first, bob("a1-long-id", "<body>no</body>"+answer("first-id", fallen("2", "1")+fallen("-1", "1")+fallen("x", "y")+fallen("0", "99999999999999999999")))}, want: []string{`"teh cat"`, `[re "teh cat"] "no"`}},
		"all of it a part":            {xml: []string{first, bob("a1-long-id", "<body>no</body>"+answer("first-id", fallen("0", "2")))}, want: []string{`"teh cat"`, `[re "teh cat"] "no"`}},
		"a part of something else":    {xml: []string{bob("a1-long-id", "<body>no</body>"+fallen("0", "1"))}, want: []string{`"no"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.roster = "<item jid='bob@example.org' subscription='both'/>"
			cl := p.login()
			p.sync()
			cl.take()
			p.tells(test.xml...)
			got := cl.talk(cl.chat(store.Direct, "bob@example.org").ID)
			if name == "five thousand signs" {
				m := cl.rows(cl.chat(store.Direct, "bob@example.org").ID)[0]
				if n := len(m.Fold.Reactions); n > 64 || n < 10 {
					t.Errorf("%d signs are counted", n)
				}
				x, err := cl.c.Inspect(t.Context(), m.ID)
				if err != nil || len(x.Reactors) != 1 || len(x.Reactors[0].Signs) > 64 {
					t.Errorf("got %+v (%v)", x.Reactors, err)
				}
				return
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			refused := 0
			for _, e := range cl.take() {
				if e, ok := e.(session.SecurityCount); ok {
					refused = e.Refused
				}
			}
			if refused != test.refused {
				t.Errorf("got %d refused, want %d", refused, test.refused)
			}
		})
	}
}

// TestRemarksInRooms: who may say what in a room, with occupant-ids and without.
func TestRemarksInRooms(t *testing.T) {
	said := func(nick, id, occ, sid, inner string) string {
		s := "<message from='" + myRoom + "/" + nick + "' type='groupchat' id='" + id + "'>" + inner
		if nick == "" {
			s = strings.Replace(s, "/'", "'", 1)
		}
		if occ != "" {
			s += "<occupant-id xmlns='" + occupantID + "' id='" + occ + "'/>"
		}
		if sid != "" {
			s += "<stanza-id xmlns='" + stanzaIDs + "' by='" + myRoom + "' id='" + sid + "'/>"
		}
		return s + "</message>"
	}
	moderated := "<retract xmlns='urn:xmpp:message-retract:1' id='s1'><moderated xmlns='urn:xmpp:message-moderate:1' by='" + myRoom + "/boss'/><reason>spam</reason></retract>"
	moderated0 := "<apply-to xmlns='urn:xmpp:fasten:0' id='s1'><moderated xmlns='urn:xmpp:message-moderate:0' by='" + myRoom + "/boss'><retract xmlns='urn:xmpp:message-retract:0'/><reason>spam</reason></moderated></apply-to>"
	late := "<delay xmlns='urn:xmpp:delay' from='" + myRoom + "' stamp='2026-01-01T00:00:00Z'/>"
	gone := strings.Replace(occupant("mira", "", ""), "<presence", "<presence type='unavailable'", 1)
	with, without := []string{occupantID, stanzaIDs}, []string{stanzaIDs}
	first := said("mira", "m1-long-id", "o1", "s1", "<body>teh tea</body>")
	plain := said("mira", "m1-long-id", "", "s1", "<body>teh tea</body>")
	tests := map[string]struct {
		features []string
		xml      []string
		want     []string
		refused  int
	}{
		"a correction":                   {features: with, xml: []string{first, said("mira", "e1", "o1", "s2", "<body>the tea</body>"+replace("m1-long-id"))}, want: []string{`<mira> "the tea" edited`}},
		"under another nick":             {features: with, xml: []string{first, said("mia", "e1", "o1", "s2", "<body>the tea</body>"+replace("m1-long-id"))}, want: []string{`<mira> "the tea" edited`}},
		"another under that nick":        {features: with, xml: []string{first, said("mira", "e1-long-id", "o2", "s2", "<body>evil</body>"+replace("m1-long-id"))}, want: []string{`<mira> "teh tea"`, `<mira> "evil" foreign`}},
		"an id without being announced":  {features: without, xml: []string{first, gone, occupant("mira", "", ""), said("mira", "e1-long-id", "o1", "s2", "<body>evil</body>"+replace("m1-long-id"))}, want: []string{`<mira> "teh tea"`, `<mira> "evil" foreign`}},
		"without ids, who stayed":        {features: without, xml: []string{plain, said("mira", "e1", "", "s2", "<body>the tea</body>"+replace("m1-long-id"))}, want: []string{`<mira> "the tea" edited`}},
		"without ids, who left and came": {features: without, xml: []string{plain, gone, occupant("mira", "", ""), said("mira", "e1-long-id", "", "s2", "<body>evil</body>"+replace("m1-long-id"))}, want: []string{`<mira> "teh tea"`, `<mira> "evil" foreign`}},
		"without ids, of long ago":       {features: without, xml: []string{plain, said("mira", "e1-long-id", "", "s2", "<body>evil</body>"+replace("m1-long-id")+late)}, want: []string{`<mira> "teh tea"`, `<mira> "evil" foreign`}},
		"without ids, by another":        {features: without, xml: []string{plain, said("eve", "e1-long-id", "", "s2", "<body>evil</body>"+replace("m1-long-id"))}, want: []string{`<mira> "teh tea"`, `<eve> "evil" foreign`}},
		"two with the same id":           {features: with, xml: []string{first, said("eve", "m1-long-id", "o2", "s2", "<body>x</body>"), said("mira", "e1", "o1", "s3", "<body>the tea</body>"+replace("m1-long-id"))}, want: []string{`<mira> "the tea" edited`, `<eve> "x"`}},
		"retracted":                      {features: with, xml: []string{first, said("mira", "r1", "o1", "s2", retract("s1"))}, want: []string{`<mira> "" retract`}},
		"retracted by its own id":        {features: with, xml: []string{first, said("mira", "r1", "o1", "s2", retract("m1-long-id"))}, want: []string{`<mira> "" retract`}},
		"retracted by another":           {features: with, xml: []string{first, said("eve", "r1", "o2", "s2", retract("s1"))}, want: []string{`<mira> "teh tea"`}, refused: 1},
		"moderated":                      {features: with, xml: []string{first, said("", "r1", "", "s2", moderated)}, want: []string{`<mira> "" moderate by boss: spam`}},
		"moderated as before":            {features: with, xml: []string{first, said("", "r1", "", "s2", moderated0)}, want: []string{`<mira> "" moderate by boss: spam`}},
		"moderated in both ways":         {features: with, xml: []string{first, said("", "r1", "", "s2", moderated+moderated0)}, want: []string{`<mira> "" moderate by boss: spam`}},
		"moderated before it came":       {features: with, xml: []string{said("", "r1", "", "s2", moderated), first}, want: []string{`<mira> "" moderate by boss: spam`}},
		"moderated by an occupant":       {features: with, xml: []string{first, said("boss", "r1", "o9", "s2", moderated+moderated0)}, want: []string{`<mira> "teh tea"`}, refused: 1},
		"moderated by the author's id":   {features: with, xml: []string{first, said("", "r1", "", "s2", strings.ReplaceAll(moderated, "'s1'", "'m1-long-id'"))}, want: []string{`<mira> "teh tea"`}},
		"retracted by the room":          {features: with, xml: []string{first, said("", "r1", "", "s2", retract("s1"))}, want: []string{`<mira> "teh tea"`}, refused: 1},
		"later, by our own ids":          {features: without, xml: []string{said("alice", "own-long-id", "", "s1", "<body>hi</body>"), said("eve", "own-long-id", "", "s2", "<body>evil</body>"+replace("own-long-id")+late), said("eve", "own-long-id", "", "s3", retract("s1")+late)}, want: []string{`own <alice> "hi"`, `<eve> "evil" foreign`}, refused: 1},
		"reactions":                      {features: with, xml: []string{first, said("eve", "x1", "o2", "s2", reactions("s1", "👍")), said("al", "x2", "o3", "s3", reactions("s1", "👍")), said("evi", "x3", "o2", "s4", reactions("s1", "🎉"))}, want: []string{`<mira> "teh tea" 🎉1 👍1`}},
		"reactions by the author's id":   {features: with, xml: []string{first, said("eve", "x1", "o2", "s2", reactions("m1-long-id", "👍"))}, want: []string{`<mira> "teh tea"`}},
		"an answer":                      {features: with, xml: []string{first, said("eve", "a1-long-id", "o2", "s2", "<body>no</body>"+answer("s1", ""))}, want: []string{`<mira> "teh tea"`, `[re "teh tea"] <eve> "no"`}},
		"an answer by the author's id":   {features: with, xml: []string{first, said("eve", "a1-long-id", "o2", "s2", "<body>no</body>"+answer("m1-long-id", ""))}, want: []string{`<mira> "teh tea"`, `[quotes ""] <eve> "no"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.offer(myRoom, test.features)
			cl := p.login()
			chat := p.enter(cl, "alice", "mira", "eve", "mia", "boss")
			cl.take()
			p.tells(test.xml...)
			if got := cl.talk(chat); !slices.Equal(sortedIf(name, got), sortedIf(name, test.want)) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			refused := 0
			for _, e := range cl.take() {
				if e, ok := e.(session.SecurityCount); ok {
					refused = e.Refused
				}
			}
			if refused != test.refused {
				t.Errorf("got %d refused, want %d", refused, test.refused)
			}
		})
	}
}

// sortedIf forgets the order of equals.
func sortedIf(name string, list []string) []string {
	if name != "reactions" {
		return list
	}
	return []string{fmt.Sprint(strings.Count(strings.Join(list, ""), "1"), len(list))}
}
