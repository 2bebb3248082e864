package screen

import (
	"strings"
	"testing"
)

// TestNotification: whatever stands in a name or a message, the sequence has
// one beginning and one end, and no field more than it should.
func TestNotification(t *testing.T) {
	for _, way := range []string{NotifyOSC9, NotifyOSC777, NotifyOSC99} {
		for _, evil := range []string{"plain", "a\x1b\\b", "a\x07b", "a;b;c", "x\u009cy\u009bz", "\u202eabc", "a\nb\rc", strings.Repeat("long ", 200)} {
			got := string(Notification(way, evil, evil))
			if strings.Count(got, "\x1b") != 2 || !strings.HasSuffix(got, "\x1b\\") || strings.ContainsAny(got, "\a\n\r\u009c\u009b\u202e") {
				t.Errorf("%s of %q is %q", way, evil, got)
			}
			want := map[string]int{NotifyOSC9: 1, NotifyOSC777: 3, NotifyOSC99: 2}[way]
			if n := strings.Count(got, ";"); n != want {
				t.Errorf("%s of %q has %d fields, want %d", way, evil, n, want)
			}
		}
	}
	if Notification(NotifyNone, "a", "b") != nil {
		t.Error("there is a sequence where the terminal knows none")
	}
	for want, e := range map[string]Env{
		NotifyOSC99: {Term: "xterm-kitty"}, NotifyOSC9: {Term: "xterm-256color", TermProgram: "WezTerm"}, NotifyOSC777: {Term: "foot"},
		NotifyNone: {Term: "xterm-kitty", Tmux: "/tmp/tmux-1/default,1,0"},
	} {
		if got := e.Notifier(); got != want {
			t.Errorf("%+v: %q, want %q", e, got, want)
		}
	}
}
