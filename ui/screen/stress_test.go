package screen_test

import (
	"math/rand/v2"
	"testing"

	"github.com/gdamore/tcell/v2"

	"sotto/ui/screen"
)

// The fuzz targets explore slowly; these run the same scripts over seeded noise each time the tests run.

func noise(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 7))
	data := make([]byte, 600)
	for i := range data {
		data[i] = byte(r.IntN(256))
	}
	return data
}

func TestRandomFramesAgainstDirect(t *testing.T) {
	for seed := range uint64(150) {
		under, plain := tcell.NewSimulationScreen("UTF-8"), tcell.NewSimulationScreen("UTF-8")
		wrapped := screen.New(under, screen.Options{})
		_, _ = wrapped.Init(), plain.Init()
		s := &script{wrapped: wrapped, plain: plain, check: func() { sameSimulation(t, under, plain) }}
		under.SetSize(20, 6)
		plain.SetSize(20, 6)
		wrapped.Size()
		s.wrapped.Clear()
		s.plain.Clear()
		s.run(noise(seed))
		wrapped.Fini()
		plain.Fini()
	}
}

func TestRandomFramesThroughTty(t *testing.T) {
	for seed := range uint64(100) {
		r := openRig(t, 20, 6, screen.TtyOptions{})
		line := newFakeTty(20, 6)
		plain := direct(t, line)
		if err := plain.Init(); err != nil {
			t.Fatal(err)
		}
		s := &script{wrapped: r.Screen, plain: plain}
		s.check = func() { r.settle(t); r.Show(); r.settle(t); sameTerm(t, r.fake.term, line.term) }
		s.wrapped.Clear()
		s.plain.Clear()
		s.run(noise(seed))
		r.Fini()
		plain.Fini()
	}
}
