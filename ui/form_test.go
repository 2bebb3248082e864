package ui

import (
	"slices"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
)

// loneForm shows a form by itself.
type loneForm struct {
	f    *form
	l    *look
	done *session.Form
}

func (d *loneForm) draw(s tcell.Screen, all rect) {
	d.f.draw(s, frameOf(s, d.l, middle(all, 64, 40), "A form"))
}

func (d *loneForm) key(_ *App, ev *tcell.EventKey) bool {
	if keyName(ev) == "Enter" {
		if out, ok := d.f.result(); ok {
			d.done = &out
		}
		return true
	}
	return d.f.key(ev)
}

func (d *loneForm) paste(_ *App, t string) { d.f.paste(t) }

// everyField has a field of each type.
func everyField() session.Form {
	options := []session.Option{{Label: "News", Value: "news"}, {Label: "Search", Value: "search"}, {Label: "Tea", Value: "tea"}}
	return session.Form{Instructions: []string{"Fill it in."}, Fields: []session.Field{
		{Var: "FORM_TYPE", Type: session.Hidden, Values: []string{"bot"}},
		{Type: session.Fixed, Values: []string{"Section 1"}},
		{Var: "name", Label: "Name", Type: session.TextSingle, Required: true},
		{Var: "about", Label: "About", Type: session.TextMulti, Desc: "What it does."},
		{Var: "public", Label: "Everybody may see it", Type: session.Boolean, Values: []string{"0"}},
		{Var: "key", Label: "Password", Type: session.TextPrivate},
		{Var: "features", Label: "Features", Type: session.ListMulti, Options: options, Values: []string{"news"}},
		{Var: "main", Label: "The one that matters more than all others", Type: session.ListSingle, Options: options, Required: true},
		{Var: "boss", Label: "Boss", Type: session.JIDSingle},
		{Var: "guests", Label: "Guests", Type: session.JIDMulti},
	}}
}

func withForm(t *testing.T, w, h int, f session.Form) (*rig, *loneForm) {
	t.Helper()
	r := newRig(t, w, h, village)
	d := &loneForm{l: r.a.look, f: newForm(r.a.look, f)}
	r.a.dialog = d
	return r, d
}

// TestFormIsFilledIn goes through all types of fields with keys.
func TestFormIsFilledIn(t *testing.T) {
	r, d := withForm(t, 80, 40, everyField())
	r.golden("form-80x40")
	r.press("Enter")
	r.sees("“Name” must be filled in.")
	r.write("bot")
	r.press("Tab")
	r.sees("What it does.")
	r.write("one")
	r.press("Ctrl-J")
	r.write("twö")
	r.press("Up")
	r.write("!")
	r.press("Tab", "Space", "Tab")
	r.write("secret")
	if strings.Contains(r.screen(), "secret") {
		t.Error("the password is seen")
	}
	r.press("Down", "Space", "Down", "Space", "Tab") // news is taken away, search added
	r.press("t", "Space", "Tab")
	r.write("no address")
	r.press("Enter")
	r.sees("An address looks like name@server.")
	r.press("Ctrl-U")
	r.paste("  bob@example.org\n")
	r.press("Tab")
	r.paste("a@example.org\nb@example.org")
	r.golden("form-filled-80x40")
	r.press("Enter")
	if d.done == nil {
		t.Fatalf("nothing came of it:\n%s", r.screen())
	}
	for name, want := range map[string][]string{"FORM_TYPE": {"bot"}, "name": {"bot"}, "about": {"one!", "twö"}, "public": {"1"}, "key": {"secret"}, "features": {"search"},
		"main": {"tea"}, "boss": {"bob@example.org"}, "guests": {"a@example.org", "b@example.org"}} {
		i := slices.IndexFunc(d.done.Fields, func(x session.Field) bool { return x.Var == name })
		if got := d.done.Fields[i].Values; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestFormOnSmallScreens: the field with the cursor is always in view.
func TestFormOnSmallScreens(t *testing.T) {
	for _, size := range [][2]int{{40, 20}, {24, 8}, {10, 4}, {3, 2}} {
		r, d := withForm(t, size[0], size[1], everyField())
		seen := map[int]bool{}
		for range len(d.f.rows) {
			r.screen()
			seen[d.f.at] = true
			if _, _, visible := r.s.GetCursor(); size[1] >= 8 && !visible && d.f.rows[d.f.at].chosen == nil {
				t.Errorf("%v: field %d has no cursor:\n%s", size, d.f.at, r.screen())
			}
			r.press("Tab")
		}
		if len(seen) != 8 {
			t.Errorf("%v: %d fields were reached, want 8", size, len(seen))
		}
		r.press("PgDn", "PgDn", "PgUp", "PgUp", "PgUp")
	}
}

// TestHostileForm: what a server writes cannot leave its place, and goes back as it came.
func TestHostileForm(t *testing.T) {
	evil := "\x1b[31mred\u202e\nnew line\x00\u2028[::b]"
	f := session.Form{Title: evil, Instructions: []string{evil}, Fields: []session.Field{
		{Type: session.Fixed, Values: []string{evil}},
		{Var: evil, Label: evil, Desc: evil, Type: session.TextSingle, Values: []string{evil}, Media: []string{"https://example.org/\u202e"}},
		{Var: "l", Label: evil, Type: session.ListSingle, Options: []session.Option{{Label: evil, Value: evil}}, Values: []string{evil}},
		{Var: "empty", Type: session.ListSingle},
		{Var: "h", Type: session.Hidden, Values: []string{evil}},
	}}
	r, d := withForm(t, 80, 40, f)
	if s := r.screen(); strings.ContainsAny(s, "\x1b\u202e\u2028\x00") {
		t.Errorf("the screen has control characters: %q", s)
	}
	r.press("Tab", "Space", "Space", "Tab", "Space", "x", "Tab", "Enter")
	if d.done == nil {
		t.Fatal("it cannot be answered")
	}
	for _, i := range []int{1, 2, 4} {
		if got := d.done.Fields[i].Values; len(got) != 1 || got[0] != evil {
			t.Errorf("field %d: got %q", i, got)
		}
	}
}

// TestManyOptions: of many choices a part is shown, and a letter finds.
func TestManyOptions(t *testing.T) {
	f := session.Form{Fields: []session.Field{{Var: "l", Label: "Language", Type: session.ListSingle, Required: true}, {Var: "b", Label: "Other", Type: session.TextSingle}}}
	for i := range 200 {
		f.Fields[0].Options = append(f.Fields[0].Options, session.Option{Label: string(rune('a'+i%26)) + strings.Repeat("x", i/26), Value: strings.Repeat("v", i+1)})
	}
	r, d := withForm(t, 60, 20, f)
	r.sees("200 to choose from", "( ) a")
	r.press("z", "z", "Space")
	r.sees("(•) zx")
	r.press("End")
	r.press("Down")
	if d.f.at != 1 {
		t.Errorf("below the last choice stands the next field; got %d", d.f.at)
	}
	r.press("Enter")
	if d.done == nil || len(d.done.Fields[0].Values[0]) != 52 {
		t.Errorf("got %v", d.done)
	}
}

// TestFormDialogsFit draws what is made of forms at every size.
func TestFormDialogsFit(t *testing.T) {
	r := newRig(t, 120, 40, village)
	for name, open := range map[string]func(){
		"link":   func() { r.a.followURI("xmpp:zoe@example.org?roster;name=" + strings.Repeat("x", 300) + ";preauth=t") },
		"words":  func() { r.a.followURI("xmpp:zoe@example.org?message;body=" + strings.Repeat("long%0A", 50)) },
		"signup": func() { r.a.openSignup("@example.org", "t") },
		"asked": func() {
			r.a.openSignup("zoe@example.org", "")
			f := r.a.dialog.(*setup)
			f.signup.form = newForm(r.a.look, everyField())
		},
		"delete":  r.a.openDelete,
		"another": r.a.openPassword,
	} {
		r.a.dialog = nil
		open()
		for w := 1; w < 130; w += 7 {
			for h := 1; h < 42; h += 3 {
				r.s.SetSize(w, h)
				if n := strings.Count(r.screen(), "\n"); n != h || r.a.dialog == nil {
					t.Fatalf("%s: %dx%d has %d rows", name, w, h, n)
				}
			}
		}
		r.press("Tab", "Tab", "Shift-Tab", "PgDn", "PgUp", "Esc")
	}
}
