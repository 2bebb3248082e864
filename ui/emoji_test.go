package ui

import (
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/ui/text"
)

// TestEmojiTable: every sign can stand as a reaction, is drawn as it is
// measured, and is found by each of its names.
func TestEmojiTable(t *testing.T) {
	table := emojis()
	if len(table.all) < 2500 {
		t.Fatalf("got %d signs", len(table.all))
	}
	for _, e := range table.all {
		if w := text.Width(e.sign); w < 1 || w > 2 || !session.IsSign(e.sign) || text.Line(e.sign) != e.sign {
			t.Errorf("%q (%s) has %d columns", e.sign, e.name(), w)
		}
		for _, n := range e.names {
			if sign, ok := emojiNamed(":" + strings.ToUpper(n) + ":"); !ok || sign != e.sign {
				t.Errorf("%s is %q, want %q", n, sign, e.sign)
			}
		}
	}
	for sign, want := range map[string]string{"👍": ":thumbsup:", "❤": ":heart:", "❤️": ":heart:", "🎉": ":tada:", "👩‍💻": ":woman_technologist:", "x": "U+0078"} {
		if got := emojiName(sign); got != want {
			t.Errorf("%s is called %s, want %s", sign, got, want)
		}
	}
	for word, want := range map[string]string{"heart": "❤️", "thumb": "👍", "fire": "🔥", "joy": "😂", "+1": "👍", "rocket": "🚀"} {
		if hits := findEmojis(word, nil, false); len(hits) == 0 || hits[0].sign != want {
			t.Errorf("%s finds %v, want %s first", word, hits[:min(3, len(hits))], want)
		}
	}
	if hits := findEmojis("hea", []string{"💙", "🙉"}, false); hits[0].sign != "💙" && hits[0].sign != "🙉" {
		t.Errorf("what was used last is not first: %v", hits[:3])
	}
}

// TestEmojiWords: a colon begins a name only where it can be meant so.
func TestEmojiWords(t *testing.T) {
	for word, want := range map[string]string{":na": "na", ":smile:": "smile", "(:Smile": "smile", "😄:fire": "fire", ":-1": "-1", "12:30": "", "http://x": "", "std::vector": "",
		"a:b": "", ":": "", "::": "", ":-)": "", ":(": "", "key:value:": "", "": "", "no": ""} {
		if got, _, ok := emojiWord(word); got != want || ok != (want != "") {
			t.Errorf("%q: got %q %v, want %q", word, got, ok, want)
		}
	}
}

// TestEmojiIsTakenByTabOnly: the list is shown while a name is typed, and the
// text changes when one is taken.
func TestEmojiIsTakenByTabOnly(t *testing.T) {
	for _, size := range sizes {
		r := newRig(t, size[0], size[1], village)
		r.write("that was good :na")
		r.sees("💅 :nail_care:")
		if got := r.a.composer.text(); got != "that was good :na" {
			t.Fatalf("got %q before Tab", got)
		}
		r.golden(sized("emoji", size))
		r.do("pane.next")
		first := r.a.composer.text()
		if first == "that was good :na" {
			t.Fatalf("got %q after Tab", first)
		}
		r.do("pane.next")
		if second := r.a.composer.text(); second == first {
			t.Errorf("the second Tab gives %q after %q", second, first)
		}
		r.do("pane.previous")
		r.write("!")
		r.do("send")
		if got := r.lastBody(); got != first+"!" {
			t.Errorf("sent %q, want %q", got, first+"!")
		}
		// Used last: now the first.
		sign := strings.TrimPrefix(first, "that was good ")
		if hits := findEmojis("na", r.a.signs, false); hits[0].sign != sign {
			t.Errorf("got %v first, want %s", hits[0], sign)
		}
	}
}

func TestEmojiNamesStayAsTheyAreTyped(t *testing.T) {
	r := newRig(t, 80, 24, village)
	for _, line := range []string{":smile:", "look at http://x/:smile: or 12:30 :no_such_name:", ":D :-) :/"} {
		r.line(line)
		if got := r.lastBody(); got != line {
			t.Errorf("sent %q, want %q", got, line)
		}
	}
	r.write("so :smile:")
	r.do("pane.next")
	if got := r.a.composer.text(); got != "so 😄" {
		t.Errorf("got %q after Tab on a whole name", got)
	}
	if r.a.popup != nil {
		t.Error("one sign is meant, and the list stays")
	}
	r.press("Ctrl-U")
	r.write(":sm")
	r.press("Esc")
	if r.a.popup != nil {
		t.Error("Esc leaves the list")
	}
	r.write("ile is")
	if r.a.popup != nil {
		t.Error("the list is shown for a word without a colon")
	}
}

// TestEmojiWithoutUTF8: a terminal that cannot show signs shows their names, the
// cursor stands behind them, and what is sent is the sign.
func TestEmojiWithoutUTF8(t *testing.T) {
	r := newRig(t, 80, 24, village)
	r.a.look.ascii = true
	r.write("good :thumbs")
	s := r.screen()
	if !strings.Contains(s, ":thumbsup:") || strings.Contains(s, "👍") {
		t.Fatalf("the list without UTF-8:\n%s", s)
	}
	r.do("pane.next")
	r.write(" x")
	if s = r.screen(); !strings.Contains(s, "> good :thumbsup: x") || strings.Contains(s, "👍") {
		t.Fatalf("the input without UTF-8:\n%s", s)
	}
	if x, _, _ := r.s.GetCursor(); x != r.a.promptWidth()+len("good :thumbsup: x") {
		t.Errorf("the cursor is in column %d", x)
	}
	r.do("send")
	if got := r.lastBody(); got != "good 👍 x" {
		t.Errorf("sent %q", got)
	}
	if s = r.screen(); !strings.Contains(s, "good :thumbsup: x") || strings.Contains(s, "👍") {
		t.Errorf("the chat without UTF-8:\n%s", s)
	}
	l := &look{ascii: true}
	for in, want := range map[string]string{"a 🔥 b": "a :fire: b", "https://x/🔥 🔥": "https://x/🔥 :fire:", "日本 é": "日本 é", "👩‍💻\n👍🏽": ":woman_technologist:\n:thumbsup_tone3:"} {
		if got := l.spellWords(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzEmojiWord: no word makes it fall over, and what is found lies in the word.
func FuzzEmojiWord(f *testing.F) {
	for _, s := range []string{":na", ":smile:", "12:30", "é:a", "::", "\xff:a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, word string) {
		name, start, ok := emojiWord(word)
		if !ok {
			return
		}
		if start < 0 || start >= len(word) || word[start] != ':' || !strings.EqualFold(strings.Trim(word[start:], ":"), name) {
			t.Errorf("%q: got %q from %d", word, name, start)
		}
		if slices.ContainsFunc(findEmojis(name, nil, false), func(e emoji) bool { return e.sign == "" }) {
			t.Errorf("%q finds nothing that can be typed", word)
		}
	})
}
