package session_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"sotto/session"
	"sotto/session/demo"
	"sotto/session/wire"
	"sotto/store"
)

// machine is a computer with the program on it: its network, its disk and what
// its user did.
type machine struct {
	w     *world
	name  string
	user  string
	skew  time.Duration // of its clock
	net   *demo.Line
	nets  atomic.Uint64
	dir   string
	cl    *client
	disk  disk
	full  bool // the disk refused something and may still be mending
	state session.AccountInfo
	rooms session.RoomInfo

	direct, room store.ChatID
	count        int
	read         map[string]bool // bodies that its user saw, in either chat
	vague        map[string]bool // and that its user may have seen
}

func (w *world) newMachine(i int, name string) *machine {
	m := &machine{w: w, name: name, user: strings.Fields(name)[0], read: map[string]bool{"welcome": true}, vague: map[string]bool{}}
	m.nets.Store(uint64(i+1) * 1000)
	switch w.rng.IntN(6) {
	case 0, 1:
		m.skew = time.Duration(w.rng.IntN(600)-300) * time.Second
	case 2:
		m.skew = time.Duration(w.rng.IntN(96)-48) * time.Hour
	}
	m.dir = w.newDir()
	if err := os.WriteFile(filepath.Join(m.dir, "sotto.db"), w.template, 0o600); err != nil {
		w.t.Fatal(err)
	}
	m.newNet()
	return m
}

func (w *world) newDir() string {
	w.dirs++
	dir := filepath.Join(w.dir, fmt.Sprint(w.dirs))
	if err := os.Mkdir(dir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	return dir
}

// newNet plugs the machine in.
func (m *machine) newNet() {
	m.net = m.w.s.NewLine(m.w.seed<<20 + m.nets.Add(1))
	m.net.Delay(5*time.Millisecond, time.Duration(10+m.w.rng.IntN(300))*time.Millisecond)
	m.net.SetFaults(&demo.Faults{Plain: true, KickOld: true})
}

func (m *machine) now() time.Time { return time.Now().Add(m.skew) }

// start runs the program.
func (m *machine) start() {
	w := m.w
	st, err := store.Open(context.Background(), store.Options{Dir: m.dir, Now: m.now, At: m.disk.at, Key: m.w.sealKey()})
	if err != nil {
		w.t.Fatal(err)
	}
	m.turn(st)
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: m.jid(), Resource: strings.ReplaceAll(m.name, " ", "-"), Host: w.s.Domain(), Port: 5223, TLS: "direct"}}
	opt := session.Options{Store: st, Config: cfg, Version: "test", Now: m.now, Dial: m.net.Dial, RootCAs: w.s.RootCAs(),
		Passwords: map[string]string{m.jid(): password}, Jitter: m.jitter()}
	if w.log != nil {
		net, name := m.nets.Load(), m.name
		opt.Console = func(_ store.AccountID, out bool, xml []byte) {
			if net == m.nets.Load() { // not what one says that lost its power
				w.logf("%s %s %s", name, map[bool]string{true: "->", false: "<-"}[out], xml)
			}
		}
	}
	c := session.New(opt)
	m.cl = &client{t: w.t, c: c, st: st, box: c.Subscribe()}
	if err := c.Start(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	m.cl.a = c.Accounts()[0]
}

// sealKey is the key of the databases of every fifth seed.
func (w *world) sealKey() []byte {
	if w.seed%5 != 4 {
		return nil
	}
	return bytes.Repeat([]byte{byte(w.seed)}, store.SealKeySize)
}

// turn seals the database in the middle of what follows; of every tenth seed one that
// is sealed is unsealed.
func (m *machine) turn(st *store.Store) {
	key := m.w.sealKey()
	if key == nil || st.Sealed() && m.w.seed%10 != 9 {
		return
	}
	wait := time.Duration(rand.New(rand.NewPCG(m.w.seed, m.nets.Load())).IntN(90_000)) * time.Millisecond
	sealed := st.Sealed()
	go func() { // ends with the store, at the latest
		time.Sleep(wait)
		var err error
		if sealed {
			err = st.Unseal(context.Background())
		} else {
			err = st.Seal(context.Background(), key)
		}
		m.w.logf("%s: sealed %v (%v)", m.name, st.Sealed(), err)
	}()
}

func (m *machine) jitter() func(time.Duration) time.Duration {
	rng := rand.New(rand.NewPCG(m.w.seed, m.nets.Load()))
	return func(limit time.Duration) time.Duration { return time.Duration(rng.Int64N(int64(limit))) }
}

func (m *machine) jid() string { return m.user + "@" + m.w.s.Domain() }

// enter opens the chats, the first time.
func (m *machine) enter() {
	other := map[string]string{"alice": "bob", "bob": "alice"}[m.user]
	m.cl.online()
	m.direct = m.cl.open(other + "@" + m.w.s.Domain())
	m.cl.a.Join(m.w.room, "", "")
	m.rooms = wait(m.cl, "the room", func(e session.RoomChanged) bool { return e.Joined }).RoomInfo
	m.room, m.state.Link = m.rooms.Chat, session.Online
	// What a room said before the first visit is no news; from here on all is.
	m.cl.until("the room's past", func() bool { return m.cl.has(m.room, "welcome", store.Received) })
	m.hear()
}

// hear takes what the program told.
func (m *machine) hear() {
	for _, e := range m.cl.take() {
		switch e := e.(type) {
		case session.AccountChanged:
			m.state = e.AccountInfo
			if e.Problem != nil && e.Problem.Ask {
				m.w.errorf("%s stopped by itself: %+v", m.name, e.Problem)
			}
		case session.RoomChanged:
			m.rooms = e.RoomInfo
		case session.Accepted:
			m.promised(e.LocalID, accepted)
		case session.Refused:
			m.promised(e.LocalID, refused)
			if !m.full {
				m.w.errorf("%s: %q came back: %+v", m.name, e.Body, e.Problem)
			}
		case session.Saving:
			m.w.logf("%s saves: %v", m.name, e.OK)
			if e.OK && m.disk.trouble.Load() == nil {
				m.full = false
			}
		}
	}
}

func (m *machine) promised(local string, p promise) {
	for _, l := range m.w.lines {
		if l.by == m && l.local == local {
			if l.state != typed {
				m.w.errorf("%q was told of twice", l.body)
			}
			l.state = p
		}
	}
}

// say types a line.
func (m *machine) say(room bool) {
	m.hear()
	chat, mark := m.direct, "d"
	if room {
		chat, mark = m.room, "r"
	}
	m.count++
	l := &remark{body: fmt.Sprintf("%s %s%d", m.name, mark, m.count), by: m, room: room}
	for _, r := range m.cl.rows(chat) {
		if !r.Outgoing {
			l.after = append(l.after, r.Body)
			m.saw(r.Body)
		}
	}
	var ok bool
	if l.local, ok = m.cl.a.Send(chat, l.body); !ok {
		m.w.errorf("%q was not taken", l.body)
	}
	m.w.logf("%s types %q", m.name, l.body)
	m.w.lines = append(m.w.lines, l)
}

// saw notes that the user saw a line. While the disk takes nothing nobody knows
// whether that is remembered.
func (m *machine) saw(body string) {
	if m.full && !m.read[body] {
		m.vague[body] = true
	} else {
		m.read[body] = true
	}
}

// look shows a chat on the screen: what stands in it is read.
func (m *machine) look() {
	chat := m.direct
	if m.w.rng.IntN(2) == 0 {
		chat = m.room
	}
	var last int64
	for _, r := range m.cl.rows(chat) {
		if !r.Outgoing {
			m.saw(r.Body)
			last = r.Ord
		}
	}
	if last != 0 {
		m.w.logf("%s looks at chat %d", m.name, chat)
		m.cl.a.MarkRead(chat, last)
	}
}

// stop ends the program in order.
func (m *machine) stop() {
	m.mend()
	m.cl.c.Close()
	m.hear()
	if err := m.cl.st.Close(); err != nil {
		m.w.t.Error(err)
	}
}

// crash takes the machine's power away in the middle of whatever it does and
// starts it again from what its disk had.
func (m *machine) crash() {
	w := m.w
	dir := w.newDir()
	leave := func(*store.Tx) error {
		m.net.Cut()
		m.hear()
		for _, name := range []string{"sotto.db", "sotto.db-wal"} {
			b, err := os.ReadFile(filepath.Join(m.dir, name))
			if err != nil && !os.IsNotExist(err) {
				w.errorf("%v", err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				w.errorf("%v", err)
			}
		}
		return nil
	}
	// Inside the writer: nothing is committed meanwhile, and what is not committed
	// now never was. A disk that refuses gets nothing anyhow.
	for m.disk.trouble.Load() == nil {
		if _, err := m.cl.st.Write(context.Background(), leave); err == nil {
			break
		}
		time.Sleep(time.Second) // it does not know yet that its disk is well again
	}
	if m.disk.trouble.Load() != nil {
		_ = leave(nil)
	}
	m.mend()
	old := m.cl
	m.dir = dir
	m.newNet()
	m.net.SetFaults(w.manners())
	old.c.Close()
	_ = old.st.Close()
	m.start()
	have := map[string]bool{}
	for _, chat := range []store.ChatID{m.direct, m.room} {
		for _, r := range m.cl.rows(chat) {
			have[r.LocalID] = true
		}
	}
	m.forget(func(body string) { delete(m.read, body) }) // that it was seen did not reach the disk
	for _, l := range w.lines {
		if l.by != m {
			continue
		}
		switch {
		case have[l.local] && l.state == typed:
			l.state = accepted
		case !have[l.local] && l.state == typed:
			l.state = perished
		case !have[l.local] && l.state == accepted:
			w.errorf("%q was accepted and is not on the disk", l.body)
		}
	}
}

// refuse lets the disk take nothing for a while.
func (m *machine) refuse(why syscall.Errno) {
	m.forget(func(body string) { delete(m.read, body); m.vague[body] = true })
	m.disk.refuse(why)
	m.full = true
}

// forget calls fn for what its user saw and the disk does not know that.
func (m *machine) forget(fn func(body string)) {
	for _, chat := range []store.ChatID{m.direct, m.room} {
		c, err := m.cl.st.Chat(context.Background(), chat)
		if err != nil {
			m.w.t.Fatal(err)
		}
		for _, r := range m.cl.rows(chat) {
			if r.Ord > c.ReadOrd && r.State == store.Received && m.read[r.Body] {
				fn(r.Body)
			}
		}
	}
}

// mend lets the disk take everything again.
func (m *machine) mend() { m.disk.mend() }

// well ends all trouble of the machine.
func (m *machine) well() {
	m.mend()
	good := *m.w.manners()
	good = demo.Faults{Plain: true, KickOld: good.KickOld}
	m.net.SetFaults(&good)
	m.cl.a.Connect()
}

// calm says that the machine has nothing left to do.
func (m *machine) calm() bool {
	m.hear()
	if m.state.Link != session.Online || !m.rooms.Joined {
		return false
	}
	out, err := m.cl.st.Outbox(context.Background(), m.cl.a.ID())
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(out, func(o store.Out) bool { return o.State != store.OutAsk })
}

func (m *machine) status() string {
	out, _ := m.cl.st.Outbox(context.Background(), m.cl.a.ID())
	s := fmt.Sprintf("link %d %+v, in the room: %v, outbox:", m.state.Link, m.state.Problem, m.rooms.Joined)
	for _, o := range out {
		s += fmt.Sprintf(" [%s chat %d state %d tries %d]", o.Kind, o.Chat, o.State, o.Tries)
	}
	return s
}

// groupchat is a line to a room as some other program makes it.
func groupchat(room, body, id string) *wire.Element {
	return wire.New(wire.NSClient, "message").Set("type", "groupchat").Set("to", room).Set("id", id).
		Add(wire.New(wire.NSClient, "body").SetText(body))
}
