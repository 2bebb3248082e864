package ui

import (
	"image"
	"image/color"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"rsc.io/qr"

	"sotto/session"
	"sotto/session/demo"
)

const inviteURI = "xmpp:alice@example.org?roster;preauth=ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// TestInvitationScreens takes the screen at each size, and where no code can be.
func TestInvitationScreens(t *testing.T) {
	for name, e := range map[string]session.ContactInvitation{
		"invite-own":    {URI: inviteURI, Own: true, Until: noon.Add(30 * 24 * time.Hour)},
		"invite-server": {URI: inviteURI + ";ibr=y", Page: "https://example.org/invite/#ABCDEFGH", Signup: true},
	} {
		for _, size := range sizes {
			t.Run(sized(name, size), func(t *testing.T) {
				r := newRig(t, size[0], size[1], village)
				r.a.inviting, e.Account = r.acc, r.acc
				r.a.invitationMade(e)
				r.golden(sized(name, size))
			})
		}
	}
	r := newRig(t, 80, 24, village)
	r.a.look.ascii = true
	r.a.inviting = r.acc
	r.a.invitationMade(session.ContactInvitation{Account: r.acc, URI: inviteURI, Own: true})
	if s := r.screen(); strings.ContainsAny(s, "█▀▄") || !strings.Contains(s, "preauth=") {
		t.Errorf("without UTF-8:\n%s", s)
	}
	r.press("Esc")
	r.a.invitationMade(session.ContactInvitation{Account: r.acc, URI: inviteURI, Own: true})
	if r.a.dialog != nil {
		t.Error("an invitation that nobody asked for is shown")
	}
}

// TestCodeIsTheLink reads the cells back as modules: they are those of the link, and
// light stands around them.
func TestCodeIsTheLink(t *testing.T) {
	r := newRig(t, 120, 40, village)
	r.a.inviting = r.acc
	r.a.invitationMade(session.ContactInvitation{Account: r.acc, URI: inviteURI, Own: true})
	r.screen()
	d := r.a.dialog.(*invitation)
	want, err := qr.Encode(inviteURI, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	cells, w, h := r.s.GetContents()
	white := func(c tcell.SimCell) bool { _, bg, _ := c.Style.Decompose(); return bg == tcell.ColorWhite }
	x0, y0 := -1, -1
	for i, c := range cells {
		if white(c) {
			x0, y0 = i%w, i/w
			break
		}
	}
	size := want.Size + 2*quiet
	if x0 < 0 || x0+size > w || y0+(size+1)/2 > h {
		t.Fatalf("no code at %d,%d", x0, y0)
	}
	img := image.NewGray(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			c := cells[(y0+y/2)*w+x0+x]
			if !white(c) {
				t.Fatalf("a hole at %d,%d", x, y)
			}
			dark := c.Runes[0] == '█' || c.Runes[0] == '▀' && y%2 == 0 || c.Runes[0] == '▄' && y%2 == 1
			in := x >= quiet && y >= quiet && x < size-quiet && y < size-quiet
			if dark != (in && want.Black(x-quiet, y-quiet)) {
				t.Fatalf("the module %d,%d is dark: %v", x, y, dark)
			}
			if !dark {
				img.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	if d.code.Size != want.Size {
		t.Error("another code")
	}
}

// TestInviteContact asks a server that makes no links; y copies what is shown.
func TestInviteContact(t *testing.T) {
	s, err := demo.NewServer(demo.Options{Domain: "example.org"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.AddUser("alice", "secret")
	r := atDemo(t, s, 80, 24)
	r.until("online", r.isOnline)
	r.line("/invite-contact")
	r.until("the link", func() bool { return strings.Contains(r.screen(), "Invitation of alice@example.org") })
	d := r.a.dialog.(*invitation)
	if !d.e.Own || !strings.HasPrefix(d.e.URI, "xmpp:alice@example.org?roster;preauth=") {
		t.Errorf("got %+v", d.e)
	}
	r.press("y")
	if got := string(r.s.GetClipboardData()); got != d.e.URI {
		t.Errorf("copied %q", got)
	}
	r.press("Down", "Up", "Esc")
	if r.a.dialog != nil {
		t.Error("Esc does not close it")
	}
}
