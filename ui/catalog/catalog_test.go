package catalog

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sotto/store"
)

// TestTablesAgree: no code stands in two tables, sentences end as sentences do.
func TestTablesAgree(t *testing.T) {
	seen := map[string]bool{}
	for _, table := range []map[string]string{english, screens, paneSentences, talkSentences, fileSentences, messageSentences, presenceSentences, guardSentences, formSentences, roomSentences, adhocSentences, historySentences, vaultSentences} {
		for code, s := range table {
			if seen[code] {
				t.Errorf("%s stands in two tables", code)
			}
			seen[code] = true
			if s == "" {
				t.Errorf("%s is empty", code)
			}
			if strings.HasPrefix(code, "problem.") && !strings.HasSuffix(code, ".hint") && !regexp.MustCompile(`[.?…”\]]$|: %\[4\]s$|%\[4\]s$`).MatchString(s) {
				t.Errorf("%s is no sentence: %q", code, s)
			}
		}
	}
}

func TestRemoteWordsAreFiltered(t *testing.T) {
	if got := T("problem.no-contact", "", "", "a\x1b[31m\nb"); strings.ContainsAny(got, "\x1b\n") {
		t.Errorf("got %q", got)
	}
}

// TestSessionSpeaksKnownWords: whatever the session tells has its sentence.
func TestSessionSpeaksKnownWords(t *testing.T) {
	files, err := filepath.Glob("../../session/*.go")
	if err != nil {
		t.Fatal(err)
	}
	uses, err := filepath.Glob("../*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	need := func(file, code string) {
		found++
		if !Has(code) {
			t.Errorf("%s: the catalogue does not know %s", file, code)
		}
	}
	for _, file := range append(files, uses...) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []struct{ pattern, prefix string }{
			{`Problem\{Code: "([a-z-]+)"`, "problem."},
			{`refuse\("([a-z-]+)"\)$`, "problem."},
			{`stanzaProblem\("([a-z-]+)"`, "problem."},
			{`wire\.\w+: +\{"([a-z-]+)"`, "problem."},
			{`\.tell\([^,]+, "([a-z-]+)"`, "answer."},
			{`"(contact-[a-z]+|request-[a-z]+)"\)`, "answer."},
			{`add\("([a-z-]+)", `, "fact."},
			{`Fact\{\{"([a-z]+)"`, "fact."},
			{`catalog\.T\("([a-z.-]+[a-z])"`, ""},
			{`catalog\.Plural\("([a-z.-]+)"`, ""},
		} {
			for _, m := range regexp.MustCompile(`(?m)`+k.pattern).FindAllStringSubmatch(string(b), -1) {
				code := k.prefix + m[1]
				if strings.Contains(k.pattern, "Plural") {
					need(file, code+".one")
					code += ".many"
				}
				if (k.prefix == "fact." || k.prefix == "answer.") != strings.Contains(file, "session/") || strings.HasPrefix(m[1], "certificate.") && k.prefix == "fact." {
					continue
				}
				need(file, code)
			}
		}
	}
	for _, reason := range []string{"invalid", "expired", "not-yet", "name", "authority", "pin"} {
		need("certificates", "problem.certificate-"+reason)
	}
	for _, notice := range []string{"kicked", "banned", "lost-affiliation", "members-only", "shutdown", "dropped-out", "destroyed"} {
		need("rooms", "notice.you-"+notice)
		need("rooms", "problem.room-"+notice)
	}
	for _, own := range []bool{false, true} {
		for s := store.CallOffered; s <= store.CallEnded; s++ {
			need("calls", "notice."+store.CallNotice(own, s))
		}
	}
	for _, notice := range []string{store.NoticeAttention, store.NoticeInvited, store.NoticeInvitedThrough, store.NoticeMoved, store.NoticeCallRoom, store.NoticeCallOver} {
		need("happenings", "notice."+notice)
	}
	for _, notice := range []string{store.NoticeAttention, store.CallNotice(false, store.CallOffered), store.CallNotice(false, store.CallMissed)} {
		need("happenings", "notify."+notice)
	}
	need("presence", "answer.presence-later")
	need("bookmarks", "fact.bookmark")
	need("bookmarks", "fact.entered")
	if found < 150 {
		t.Errorf("only %d codes found: the patterns are stale", found)
	}
}
