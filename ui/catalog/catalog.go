package catalog

import (
	"fmt"
	"strings"

	"sotto/session"
	"sotto/ui/text"
)

// T is the sentence of a code with its arguments filled in. A code that is not
// in the catalogue is shown as it is; a test sees to it that none is.
func T(code string, args ...string) string {
	s, ok := find(code)
	if !ok {
		return code
	}
	return fill(s, args)
}

// find looks a code up in the tables, which have no code in common.
func find(code string) (string, bool) {
	for _, table := range []map[string]string{screens, paneSentences, talkSentences, fileSentences, messageSentences, presenceSentences, policySentences, guardSentences, formSentences, roomSentences, adhocSentences, historySentences, happenedSentences, cardSentences, connectionSentences, vaultSentences, english} {
		if s, ok := table[code]; ok {
			return s, true
		}
	}
	return "", false
}

// Has says whether the catalogue knows a code.
func Has(code string) bool {
	_, ok := find(code)
	return ok
}

// fill puts arguments in; missing ones are empty.
func fill(s string, args []string) string {
	if !strings.Contains(s, "%[") {
		return s
	}
	safe := make([]any, 9)
	for i := range safe {
		safe[i] = ""
		if i < len(args) {
			safe[i] = text.Line(args[i])
		}
	}
	out := fmt.Sprintf(s, safe...)
	if i := strings.Index(out, "%!(EXTRA"); i >= 0 {
		out = out[:i]
	}
	return out
}

// Sentence is what a user is told when something went wrong: what happened and
// what to do.
type Sentence struct{ Text, Hint string }

// String is both on one line.
func (s Sentence) String() string {
	if s.Hint == "" {
		return s.Text
	}
	return s.Text + " " + s.Hint
}

// Problem makes a sentence of what went wrong for an account, which may be empty.
func Problem(p session.Problem, account string) Sentence {
	args := append([]string{account, p.Host}, p.Args...)
	code := "problem." + p.Code
	s := Sentence{T(code, args...), ""}
	if !Has(code) {
		s.Text = T("problem.unknown", p.Code)
	}
	if t := strings.TrimSpace(text.Line(p.Text)); t != "" && p.Code != "not-saved" {
		s.Text += " " + T("problem.words", text.Cut(t, 200))
	}
	if hint := code + ".hint"; Has(hint) {
		s.Hint = T(hint, args...)
	}
	return s
}
