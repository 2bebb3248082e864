package ui

import (
	"fmt"
	"strings"
	"testing"

	"sotto/session"
	"sotto/ui/catalog"
)

// TestCardScreens: a card is told in lines that keep their place; our own is a form.
func TestCardScreens(t *testing.T) {
	codes := []string{"card-name", "card-nick", "card-org", "card-title", "card-role", "card-email", "card-tel", "card-url", "card-birthday", "card-place", "card-country", "card-about"}
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], village)
		var facts []session.Fact
		f := session.Form{}
		for i, code := range codes {
			if i < 11 {
				facts = append(facts, session.Fact{Code: code, Text: fmt.Sprintf("value\x1b[31m %d\nof it", i)})
			}
			f.Fields = append(f.Fields, session.Field{Var: code, Type: session.TextSingle, Values: []string{fmt.Sprint("mine ", i)}})
		}
		r.a.handle(session.Answer{Account: r.acc, Code: "card", Args: []string{"bob@example.org"}, Facts: facts})
		r.golden(fmt.Sprintf("card-%dx%d", size[0], size[1]))
		r.a.handle(session.CardForm{Account: r.acc, Form: f})
		r.golden(fmt.Sprintf("card-own-%dx%d", size[0], size[1]))
		r.press("Esc")
		r.line("/vcard mine")
		r.sees("connection")
	}
}

// TestPictureProblems: what is wrong names the file or the address that it is about.
func TestPictureProblems(t *testing.T) {
	for code, args := range map[string][]string{"card-refused": {"bob@example.org", "forbidden"}, "avatar-refused": {"example.org", "forbidden"}, "picture-file": {"a.png", "20 MB"},
		"picture-broken": {"a.png"}, "picture-unknown": {"a.png"}, "picture-large": {"a.png"}, "picture-slow": {"a.png"}, "picture-none": {"a.png"}, "picture-read": {"a.png"}} {
		got := catalog.Problem(session.Problem{Code: code, Args: args}, "alice@example.org").Text
		for _, arg := range args {
			if !strings.Contains(got, arg) {
				t.Errorf("%s: %q does not name %s", code, got, arg)
			}
		}
	}
}
