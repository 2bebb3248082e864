package session_test

import (
	"syscall"
	"time"

	"sotto/session/demo"
)

// manners is how the server treats a machine's next connections: mostly well.
func (w *world) manners() *demo.Faults {
	f := demo.Faults{Plain: true, KickOld: w.rng.IntN(4) != 0}
	switch w.rng.IntN(16) {
	case 0:
		f.NoResume = true
	case 1:
		f.RefuseResume = true
		f.ForgetCount = w.rng.IntN(2) == 0
	case 2:
		f.ResumeLow = 1 + w.rng.IntN(5)
	case 3:
		f.ResumeHigh = true
	case 4:
		f.Poison = true
	case 5:
		f.Shuffle = true
	case 6:
		f.AckDelay = time.Duration(w.rng.IntN(8000)) * time.Millisecond
	case 7:
		f.AckDrop = 1 + w.rng.IntN(4)
	case 8:
		f.AckLow = 1 + w.rng.IntN(4)
	case 9:
		f.AckHigh = true
	case 10:
		f.SlowBytes, f.SlowTick = 200+w.rng.IntN(1000), time.Duration(1+w.rng.IntN(50))*time.Millisecond
	case 11:
		// Without an archive what is on its way then is lost, whatever a client does.
		f.NoManagement = !w.opt.NoArchive && !w.opt.NoRoomArchive
	case 12:
		f.ForgetCount = true
	}
	return &f
}

// breakage is one thing that the network does.
func (w *world) breakage() demo.Break {
	kinds := []demo.Cut{demo.CutEOF, demo.CutReset, demo.CutNear, demo.CutUp, demo.CutDown, demo.CutBoth}
	b := demo.Break{Cut: kinds[w.rng.IntN(len(kinds))], Up: w.rng.IntN(2) == 0, Late: time.Duration(w.rng.IntN(40_000)) * time.Millisecond}
	if w.rng.IntN(3) != 0 {
		b.After = w.rng.IntN(3000)
	}
	return b
}

// trouble is what goes wrong next.
func (w *world) trouble(m *machine) {
	switch n := w.rng.IntN(106); {
	case n >= 100 && (w.opt.NoArchive || w.opt.NoRoomArchive):
		// What came while a disk refused is in memory, and in the archive.
	case n >= 103:
		why := []syscall.Errno{syscall.ENOSPC, syscall.EROFS, syscall.EIO}[w.rng.IntN(3)]
		w.logf("%s: the disk says %v", m.name, why)
		m.refuse(why)
	case n >= 100:
		w.logf("%s: the disk is well", m.name)
		m.mend()
	case n < 45:
		b := w.breakage()
		w.logf("%s: network %+v", m.name, b)
		m.net.Strike(b)
	case n < 55:
		b := w.breakage()
		b.After = 500 + w.rng.IntN(8000)
		w.logf("%s: next network %+v", m.name, b)
		m.net.StrikeNext(b)
	case n < 67:
		f := w.manners()
		w.logf("%s: server %+v", m.name, *f)
		m.net.SetFaults(f)
	case n < 71:
		w.logf("all cut")
		w.s.CutAll(demo.Cut(w.rng.IntN(4)))
	case n < 75:
		w.logf("server stops")
		w.s.Stop()
		w.down = time.Now().Add(time.Duration(w.rng.IntN(20_000)) * time.Millisecond)
	case n < 78 && !w.opt.NoArchive && !w.opt.NoRoomArchive:
		w.logf("server dies")
		w.s.Kill()
		w.down = time.Now().Add(time.Duration(w.rng.IntN(20_000)) * time.Millisecond)
	case n < 84:
		w.logf("%s: disconnects and connects", m.name)
		m.cl.a.Disconnect()
		m.cl.a.Connect()
	case n < 92:
		w.logf("%s: ends and starts", m.name)
		m.stop()
		m.start()
	default:
		w.logf("%s: crashes and starts", m.name)
		m.crash()
	}
}
