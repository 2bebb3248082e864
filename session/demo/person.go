package demo

import (
	"strings"
	"time"
	"unicode"

	"sotto/session/wire"
)

// person plays a character: one goroutine that waits for what the user says and
// for the time to go away or come back.
type person struct {
	st    *stage
	c     character
	a     *Actor
	luck  *chance
	heard chan Message
	came  chan struct{} // cap 1: the user is there
	there bool
	turn  int
}

func newPerson(st *stage, c character) *person {
	p := &person{st: st, c: c, a: st.s.Script(c.local), luck: st.chance(), heard: make(chan Message, 16), came: make(chan struct{}, 1), there: true}
	p.a.OnMessage(func(m Message) {
		if m.Room || m.From.Bare() != st.me {
			return
		}
		select {
		case p.heard <- m:
		default: // too much at once; nobody answers everything
		}
	})
	p.a.OnPresence(func(from wire.JID, available bool) {
		if available && from.Bare() == st.me {
			signal(p.came)
		}
	})
	p.a.Presence("", c.status)
	return p
}

func (p *person) live() {
	leave := time.NewTimer(p.luck.between(p.c.leaves/2, p.c.leaves*3/2))
	defer leave.Stop()
	greeted := false
	for {
		select {
		case <-p.came:
			if !greeted {
				greeted = true
				if !p.greet() {
					return
				}
			}
		case m := <-p.heard:
			if !p.answer(m) {
				return
			}
		case <-leave.C:
			p.wander()
			next := p.c.leaves
			if !p.there {
				next /= 4
			}
			leave.Reset(p.luck.between(next/2, next*3/2))
		case <-p.st.ctx.Done():
			return
		}
	}
}

func (p *person) greet() bool {
	if !p.st.wait(p.luck.between(2*time.Second, 7*time.Second)) {
		return false
	}
	for _, l := range p.c.greeting {
		if !p.say(l) || !p.st.wait(p.luck.between(time.Second, 4*time.Second)) {
			return false
		}
	}
	return true
}

// say types a line and then sends it.
func (p *person) say(body string) bool {
	p.a.Compose(p.st.me.String())
	if !p.st.wait(p.luck.typing(body, p.c.speed)) {
		return false
	}
	p.a.Say(p.st.me.String(), body)
	return true
}

// answer reads a line and answers it. Who is away comes back for it.
func (p *person) answer(m Message) bool {
	if !p.st.wait(p.luck.between(500*time.Millisecond, 2*time.Second)) {
		return false
	}
	p.a.Read(m)
	if !p.there {
		p.wander()
	}
	if !p.st.wait(p.luck.between(300*time.Millisecond, 1500*time.Millisecond)) {
		return false
	}
	return p.say(p.reply(m.Body))
}

// reply finds the words for a line.
func (p *person) reply(body string) string {
	said := words(body)
	for _, a := range p.c.answers {
		for _, w := range a.words {
			if strings.Contains(said, " "+w+" ") {
				return p.luck.pick(a.lines)
			}
		}
	}
	if strings.HasSuffix(strings.TrimSpace(body), "?") {
		return p.luck.pick(p.c.questions)
	}
	return p.luck.pick(p.c.otherwise)
}

// words is a text in lower case with single spaces between and around its words.
func words(s string) string {
	f := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return " " + strings.Join(f, " ") + " "
}

// wander goes away, or comes back.
func (p *person) wander() {
	if !p.there {
		p.there = true
		p.a.Presence("", p.c.status)
		return
	}
	p.there = false
	text := p.c.away[p.turn%len(p.c.away)]
	p.turn++
	if text == "" {
		p.a.GoOffline()
		return
	}
	p.a.Presence("away", text)
}
