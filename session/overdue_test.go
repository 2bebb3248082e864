package session_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"sotto/store"
)

// TestCorrectionOfNothing: a correction whose message does not come is shown for
// itself after a while, once, also when it is told again.
func TestCorrectionOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPeer(t)
		p.roster = "<item jid='bob@example.org' subscription='both'/>"
		cl := p.login()
		edit := from("<body>b</body>"+replace("nothing"), "type='chat' id='e1-long-id'")
		p.tells(edit)
		chat := cl.chat(store.Direct, "bob@example.org").ID
		if got := cl.talk(chat); len(got) != 0 {
			t.Errorf("got %v at once", got)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		want := []string{`"b" unknown`}
		if got := cl.talk(chat); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		p.tells(edit, from("<body>a</body>", "type='chat' id='nothing'"))
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		if got := cl.talk(chat); !slices.Equal(got, append(want, `"a"`)) {
			t.Errorf("got %v", got)
		}
	})
}
