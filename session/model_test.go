package session_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session/demo"
	"sotto/store"
)

// TestNothingLostNothingDoubled lets people talk, two and two and in a room,
// while by a seed everything breaks that can: networks, servers, the program
// and its disk. When all is well again each line is once at everybody, in order,
// and is what its state says.
//
// Of every fifth seed the databases become sealed meanwhile.
//
// 500 seeds by default; SOTTO_SEEDS=n runs so many, SOTTO_SEEDS=a-b those, SOTTO_SEED=n that one,
// SOTTO_SOAK=1 10,000. SOTTO_LOG=dir writes there what happened in the seeds that
// failed. With GOMAXPROCS=1 a seed goes nearly the same way each time.
func TestNothingLostNothingDoubled(t *testing.T) {
	first, last := seeds(t)
	template := freshStore(t)
	for seed := first; seed < last; seed++ {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newWorld(t, uint64(seed), template).run() })
			if t.Failed() {
				t.Logf("again: SOTTO_SEED=%d go test ./session -run TestNothingLostNothingDoubled", seed)
			}
		})
	}
}

// seeds says which seeds are to be run, the last one not.
func seeds(t *testing.T) (first, last int) {
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if one := os.Getenv("SOTTO_SEED"); one != "" {
		return number(one), number(one) + 1
	}
	from, to, some := strings.Cut(os.Getenv("SOTTO_SEEDS"), "-")
	switch {
	case some:
		return number(from), number(to)
	case from != "":
		return 0, number(from)
	case os.Getenv("SOTTO_SOAK") != "":
		return 0, 10_000
	case testing.Short():
		return 0, 20
	}
	return 0, 500
}

// freshStore makes a store once: its tables cost more than a whole talk.
func freshStore(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "sotto.db"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// world is everybody of one seed.
type world struct {
	t        *testing.T
	rng      *rand.Rand
	seed     uint64
	log      *journal
	template []byte
	dir      string
	dirs     int

	s        *demo.Server
	opt      demo.Options
	archives demo.ArchiveFaults
	carol    *demo.Actor // speaks in the room, from inside the server
	room     string
	machines []*machine
	lines    []*remark
	down     time.Time // when the server goes up again; zero: it is up
}

// remark is something that somebody typed.
type remark struct {
	body  string
	by    *machine // nil: carol
	local string
	room  bool
	after []string // what stood in the chat when it was typed
	state promise
}

// promise is what the program said of a line.
type promise int

const (
	typed    promise = iota // nothing yet
	accepted                // it is on the disk
	refused                 // it stands in the composer again
	perished                // the machine lost its power before it said anything, and has it not
)

const steps = 45

func newWorld(t *testing.T, seed uint64, template []byte) *world {
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 7)), seed: seed, template: template, dir: t.TempDir()}
	if dir := os.Getenv("SOTTO_LOG"); dir != "" {
		w.log = &journal{file: filepath.Join(dir, fmt.Sprintf("%d.txt", seed))}
	}
	w.opt = demo.Options{Seed: seed, Sleep: time.Duration(10+w.rng.IntN(80)) * time.Second}
	switch w.rng.IntN(9) {
	case 0:
		w.opt.NoArchive = true
	case 1:
		w.opt.NoRoomArchive = true
	case 2:
		w.opt.NoArchive, w.opt.NoRoomArchive = true, true
	}
	w.logf("archives of accounts: %v, of rooms: %v, sessions wait %v", !w.opt.NoArchive, !w.opt.NoRoomArchive, w.opt.Sleep)
	s, err := demo.NewServer(w.opt)
	if err != nil {
		t.Fatal(err)
	}
	w.s = s
	for _, u := range []string{"alice", "bob"} {
		s.AddUser(u, password)
	}
	s.SetFaults(demo.Faults{Plain: true})
	w.archives = demo.ArchiveFaults{Seconds: w.rng.IntN(4) == 0, FalseComplete: w.rng.IntN(10) == 0, NoCount: w.rng.IntN(4) == 0}
	if w.rng.IntN(2) == 0 {
		w.archives.Page = 1 + w.rng.IntN(12)
	}
	s.SetArchives(w.archives)
	w.logf("archives %+v", w.archives)
	s.Befriend("alice", "bob", "Bob")
	w.room = s.OpenRoom("tea", "Tea", "").JID()
	w.carol = s.Script("carol")
	w.carol.Presence("", "")
	w.carol.Join(w.room, "carol")
	// What was said before anybody was there is history: it is there and is no news.
	dora := s.Script("dora")
	for _, u := range []string{"alice", "bob"} {
		dora.Say(u+"@"+s.Domain(), "welcome")
	}
	w.carol.SayRoom(w.room, "welcome")
	w.lines = append(w.lines, &remark{body: "welcome", room: true, state: accepted})
	names := []string{"alice", "bob"}
	if !w.opt.NoArchive && w.rng.IntN(3) == 0 {
		names = append(names, "alice phone")
	}
	for i, name := range names {
		w.machines = append(w.machines, w.newMachine(i, name))
	}
	return w
}

// journal keeps what happened in a seed; nil keeps nothing.
type journal struct {
	file string
	mu   sync.Mutex
	b    bytes.Buffer
}

func (w *world) logf(format string, args ...any) {
	if w.log == nil {
		return
	}
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	fmt.Fprintf(&w.log.b, "%v "+format+"\n", append([]any{time.Now().Format("15:04:05.000")}, args...)...)
}

func (w *world) errorf(format string, args ...any) {
	w.t.Helper()
	w.logf("WRONG: "+format, args...)
	w.t.Errorf(format, args...)
}

// run lets everybody talk and everything break, then all be well, and judges.
func (w *world) run() {
	defer w.s.Close()
	defer func() {
		if w.log != nil && w.t.Failed() {
			_ = os.WriteFile(w.log.file, w.log.b.Bytes(), 0o600)
		}
	}()
	for _, m := range w.machines {
		m.start()
		defer m.stop()
		m.enter()
	}
	time.Sleep(10 * time.Second) // what was said before is read
	for _, m := range w.machines {
		m.net.SetFaults(w.manners())
	}
	for range steps {
		w.step()
		if w.t.Failed() {
			break
		}
	}
	w.settle()
	if !w.t.Failed() {
		w.judge()
	}
}

// step is one thing that happens, and the time until the next.
func (w *world) step() {
	m := w.machines[w.rng.IntN(len(w.machines))]
	if !w.down.IsZero() && time.Now().After(w.down) {
		w.s.Start()
		w.down = time.Time{}
		w.logf("server up")
	}
	switch n := w.rng.IntN(100); {
	case n < 45:
		for range 1 + w.rng.IntN(3) {
			m.say(w.rng.IntN(3) == 0)
		}
	case n < 52:
		w.carolSays()
	case n < 58:
		m.look()
	default:
		w.trouble(m)
	}
	switch w.rng.IntN(8) {
	case 0:
		synctest.Wait()
	case 1, 2:
		time.Sleep(time.Duration(w.rng.IntN(300)) * time.Millisecond)
	case 3:
		time.Sleep(time.Duration(w.rng.IntN(10_000)) * time.Millisecond)
	case 4:
		if w.rng.IntN(4) == 0 {
			time.Sleep(time.Duration(w.rng.IntN(150)) * time.Second)
		}
	default: // at once
	}
}

// carolSays a line in the room: with an origin-id, with an id only, with the
// same id each time, or with none.
func (w *world) carolSays() {
	l := &remark{body: fmt.Sprintf("carol %d", len(w.lines)), room: true, state: accepted}
	w.lines = append(w.lines, l)
	kind := w.rng.IntN(4)
	w.logf("carol says %q, kind %d", l.body, kind)
	switch kind {
	case 0, 1:
		w.carol.SayRoom(w.room, l.body)
	default:
		w.carol.Send(groupchat(w.room, l.body, map[int]string{2: "", 3: "1"}[kind]))
	}
}

// settle lets all be well and waits until everybody has said and heard
// everything.
func (w *world) settle() {
	w.s.Start()
	for _, m := range w.machines {
		m.well()
	}
	w.logf("all is well")
	for i := 0; ; i++ {
		time.Sleep(30 * time.Second)
		synctest.Wait()
		rest := 0
		for _, m := range w.machines {
			if m.calm() {
				rest++
			}
		}
		if rest == len(w.machines) && i > 6 {
			return
		}
		if i > 60 {
			for _, m := range w.machines {
				w.errorf("%s does not come to rest: %s", m.name, m.status())
			}
			return
		}
	}
}
