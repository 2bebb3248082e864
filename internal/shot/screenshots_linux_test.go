package shot

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sotto/internal/pty"
	"sotto/ui/screen/vt"
)

var (
	write = flag.Bool("write", false, "run the demo and write docs/*.png anew")
	fonts = flag.String("fonts", "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf,/usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf",
		"TrueType files for what the Go fonts lack, with commas (Debian: fonts-dejavu-core, fonts-symbola)")
)

// pictureMax bounds a picture in bytes: they are read over slow links too.
const pictureMax = 150 << 10

// a step waits until the screen has words, then types.
type step struct {
	words []string
	keys  string
}

// greetings are what Mira answers to "hello"; which one is left to chance.
var greetings = []string{"How do you like it so far?", "Shall I show you around?"}

// toMira opens her chat by the jump box and says hello, once she has said what
// she says first.
var toMira = []step{
	{[]string{"● online", "Act: "}, "\x0bmira\r"}, // Ctrl-K
	{[]string{"busy, by the way."}, "hello, and thank you for the drawings\r"},
	{[]string{"|", "✓✓"}, ""}, // one of the greetings
}

var pictures = []struct {
	name  string
	w, h  int
	steps []step
}{
	{"screen-120x40", 120, 40, append(toMira[:len(toMira):len(toMira)],
		step{nil, "\x1b[A+"}, // Up marks the message, + reacts
		step{[]string{"Find:"}, "heart\r"},
		step{[]string{"❤"}, "\x1b[Ar"}, // Up marks it, r replies
		step{nil, "Very much! Shall Jonas come too?\r"},
		step{[]string{"Shall Jonas come too? ", "✓✓"}, ""},
		step{[]string{"●"}, "and bring an :umb"},
		step{[]string{":umbrella:"}, ""})},
	{"screen-80x24", 80, 24, []step{
		{[]string{"● online", "Act: "}, "\x0b#lounge\r"},
		{[]string{"boathouse"}, "\x1bOQ"}, // F2
		{[]string{"[d]nd"}, ""},
	}},
	{"screen-40x20", 40, 20, toMira},
}

// TestScreenshots writes the pictures of the README: the whole program in a
// terminal, its keys typed, and what is seen drawn.
func TestScreenshots(t *testing.T) {
	if !*write {
		t.Skip("only with -write: make screenshots")
	}
	path := filepath.Join(t.TempDir(), "sotto")
	if out, err := exec.Command("go", "build", "-o", path, "sotto").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := NewFont(16, strings.Split(*fonts, ",")...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pictures {
		t.Run(p.name, func(t *testing.T) {
			term := pty.Start(t, []string{path, "demo"}, []string{"HOME=" + t.TempDir(), "COLORTERM=truecolor", "TZ=UTC"}, p.w, p.h)
			for _, s := range p.steps {
				term.Until(strings.Join(s.words, ", "), func(text string) bool { return has(text, s.words) })
				term.Type(s.keys)
			}
			term.Quiet(1_500_000_000)
			var b bytes.Buffer
			term.Look(func(m *vt.Terminal) {
				img, err := f.Draw(m)
				if err == nil {
					err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, Few(img))
				}
				if err != nil {
					t.Errorf("%v:\n%s", err, m.Text())
				}
			})
			term.Signal(syscall.SIGTERM)
			term.Wait()
			if b.Len() > pictureMax {
				t.Errorf("the picture has %d bytes, want at most %d", b.Len(), pictureMax)
			}
			if !t.Failed() {
				if err := os.WriteFile(filepath.Join("..", "..", "docs", p.name+".png"), b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// has says whether all words are on the screen; "|" stands for any greeting.
func has(text string, words []string) bool {
	for _, w := range words {
		if w == "|" {
			if !strings.Contains(text, greetings[0]) && !strings.Contains(text, greetings[1]) {
				return false
			}
		} else if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
