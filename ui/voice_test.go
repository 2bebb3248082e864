package ui

import (
	"fmt"
	"testing"

	"sotto/session"
)

// TestVoiceScreens: a line says that somebody asks to speak, and a key opens who does.
func TestVoiceScreens(t *testing.T) {
	for _, size := range sizes {
		r := hallRig(t, size[0], size[1], session.Occupant{Role: "moderator", Affiliation: "admin"})
		r.line("/voice-requests")
		r.sees("Nobody asks to speak")
		list := []session.VoiceRequest{{Room: hall, Nick: "bob\x1b[31m", JID: "bob@example.org"}, {Room: hall, Nick: "eve x"}}
		r.a.handle(session.VoiceRequestsChanged{Account: r.acc, List: list[:1], Fresh: true})
		r.sees("asks to speak in #gophers", "Alt-v")
		r.a.handle(session.VoiceRequestsChanged{Account: r.acc, List: list, Fresh: true})
		r.do("voice.requests")
		r.press("j")
		r.golden(fmt.Sprintf("voices-%dx%d", size[0], size[1]))
		r.a.handle(session.VoiceRequestsChanged{Account: r.acc})
		if r.a.dialog != nil {
			t.Error("an empty list stays open")
		}
		r.line("/ask-voice")
		r.sees("You may speak here.")
	}
}
