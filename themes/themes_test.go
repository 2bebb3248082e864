package themes_test

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"sotto/themes"
)

func load(t *testing.T, name string) *themes.Theme {
	t.Helper()
	theme, err := themes.Load(name, "")
	if err != nil {
		t.Fatal(err)
	}
	return theme
}

func TestEmbedded(t *testing.T) {
	names := themes.Names("")
	want := []string{"contrast", "dark", "dusk", "forest", "light", "mono", "paper", "sixteen"}
	if !slices.Equal(names, want) {
		t.Errorf("Names: got %v, want %v", names, want)
	}
	for _, name := range names {
		theme := load(t, name)
		if theme.Name != name || theme.Description == "" {
			t.Errorf("%s: got name %q, description %q", name, theme.Name, theme.Description)
		}
		data, err := os.ReadFile(name + ".toml")
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range themes.Keys() {
			if !strings.Contains(string(data), "\n"+key+" ") {
				t.Errorf("%s: no style %s", name, key)
			}
		}
	}
}

// Every key has a field in Palette, so that none is resolved into nothing.
func TestKeysAreFields(t *testing.T) {
	p := load(t, "dark").For(256, false)
	for _, key := range themes.Keys() {
		if _, ok := p.Style(key); !ok {
			t.Errorf("Palette has no style %q", key)
		}
	}
	styles := 0
	for _, f := range reflect.VisibleFields(reflect.TypeFor[themes.Palette]()) {
		if f.IsExported() {
			styles++
		}
	}
	if styles != len(themes.Keys()) {
		t.Errorf("Palette has %d styles, theme files have %d", styles, len(themes.Keys()))
	}
	if _, ok := p.Style("nonsense"); ok {
		t.Error(`Style("nonsense"): got a style`)
	}
}

func luminance(c tcell.Color) float64 {
	r, g, b := c.RGB()
	part := func(v int32) float64 {
		x := float64(v) / 255
		if x <= 0.03928 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*part(r) + 0.7152*part(g) + 0.0722*part(b)
}

// contrast is the ratio of WCAG, 1 to 21.
func contrast(a, b tcell.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Themes must be readable on the usual backgrounds of the terminals they are made for, nick colours too.
func TestContrast(t *testing.T) {
	backgrounds := map[string][]tcell.Color{
		"dark":  {tcell.NewHexColor(0x000000), tcell.NewHexColor(0x1e1e1e)},
		"light": {tcell.NewHexColor(0xffffff), tcell.NewHexColor(0xf7f3e8)},
	}
	for _, name := range themes.Names("") {
		theme := load(t, name)
		for _, colors := range []int{256, 1 << 24} {
			p := theme.For(colors, false)
			for _, behind := range backgrounds[theme.Background] {
				for _, key := range themes.Keys() {
					style, _ := p.Style(key)
					fg, bg, _ := style.Decompose()
					under := behind
					if bg.Valid() {
						under = bg
					}
					least := 3.0
					if key == "border" {
						least = 2
					}
					if fg.Valid() && contrast(fg, under) < least {
						t.Errorf("%s, %d colours: %s has contrast %.1f, want %v", name, colors, key, contrast(fg, under), least)
					}
				}
				for _, nick := range []string{"Romeo", "juliet@capulet.lit", "😺", "council", "a", "b", "c", "d", "e", "f"} {
					if c := p.NickColor(nick); c.Valid() && contrast(c, behind) < 3 {
						t.Errorf("%s, %d colours: nick %s has contrast %.1f", name, colors, nick, contrast(c, behind))
					}
				}
			}
		}
	}
}

func TestDepths(t *testing.T) {
	theme, err := themes.Parse("deep", []byte(`
[styles]
error = { fg = "#ff6188", fg256 = 204, fg16 = "red", attr = ["bold"], mono = ["reverse"] }
link = { fg = "#5fafff", attr = ["underline"] }
`))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		colors  int
		noColor bool
		fg      tcell.Color
		attrs   tcell.AttrMask
	}{
		"true colour": {1 << 24, false, tcell.NewHexColor(0xff6188), tcell.AttrBold},
		"256":         {256, false, tcell.PaletteColor(204), tcell.AttrBold},
		"16":          {16, false, tcell.ColorRed, tcell.AttrBold},
		"8":           {8, false, tcell.ColorMaroon, tcell.AttrBold},
		"none":        {0, false, tcell.ColorDefault, tcell.AttrReverse},
		"NO_COLOR":    {1 << 24, true, tcell.ColorDefault, tcell.AttrReverse},
	}
	for name, tt := range tests {
		p := theme.For(tt.colors, tt.noColor)
		if fg, bg, attrs := p.Error.Decompose(); fg != tt.fg || attrs != tt.attrs || bg != tcell.ColorDefault {
			t.Errorf("%s: got %v %v %v, want %v %v", name, fg, bg, attrs, tt.fg, tt.attrs)
		}
	}
	if fg, _, attrs := theme.For(256, false).Link.Decompose(); fg != tcell.PaletteColor(75) || attrs&tcell.AttrUnderline == 0 {
		t.Errorf("link in 256 colours: got %v %v, want 75, underlined", fg, attrs)
	}
}

func TestNoColorHasNone(t *testing.T) {
	for _, name := range themes.Names("") {
		for _, colors := range []int{0, 256} {
			p := load(t, name).For(colors, colors == 256)
			for _, key := range themes.Keys() {
				style, _ := p.Style(key)
				if fg, bg, _ := style.Decompose(); fg != tcell.ColorDefault || bg != tcell.ColorDefault {
					t.Errorf("%s without colours: %s has %v on %v", name, key, fg, bg)
				}
			}
			for _, key := range []string{"selected", "unread", "mention", "error", "tick_read", "match"} {
				style, _ := p.Style(key)
				if style == p.Text {
					t.Errorf("%s without colours: %s looks like text", name, key)
				}
			}
			if c := p.NickColor("Romeo"); c != tcell.ColorDefault {
				t.Errorf("%s without colours: nick got %v", name, c)
			}
		}
	}
}

func TestUserThemes(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("mine.toml", "base = \"light\"\n[styles]\nerror = { fg = \"#102030\" }\n")
	write("dark.toml", "[styles]\nerror = { fg = \"#112233\" }\n")
	write("notes.txt", "no theme")

	mine, err := themes.Load("mine", dir)
	if err != nil {
		t.Fatal(err)
	}
	p, light := mine.For(1<<24, false), load(t, "light").For(1<<24, false)
	if fg, _, _ := p.Error.Decompose(); fg != tcell.NewHexColor(0x102030) {
		t.Errorf("error: got %v", fg)
	}
	if p.Link != light.Link || mine.Background != "light" || p.NickColor("Romeo") != light.NickColor("Romeo") {
		t.Error("what mine leaves out does not come from light")
	}
	dark, err := themes.Load("dark", dir)
	if err != nil {
		t.Fatal(err)
	}
	if fg, _, _ := dark.For(1<<24, false).Error.Decompose(); fg != tcell.NewHexColor(0x112233) {
		t.Errorf("the user's dark does not come before the program's: got %v", fg)
	}
	if names := themes.Names(dir); !slices.Contains(names, "mine") || slices.Contains(names, "notes") || len(names) != 9 {
		t.Errorf("Names: got %v", names)
	}
}

func TestErrors(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"unknown key":       {"name = \"x\"\ncolour = 1\n", `x.toml, line 2: unknown key "colour"`},
		"unknown style":     {"[styles]\n\nbanner = { fg = \"red\" }\n", `x.toml, line 3: there is no style "banner"; there are text, dim`},
		"unknown part":      {"[styles]\ntext = { front = \"red\" }\n", `x.toml, line 2: unknown key "front"`},
		"bad colour":        {"[styles]\ntext = {}\ndim = { fg = \"#12\" }\n", `x.toml, line 3: "#12" is no colour; use a name`},
		"colour name":       {"[styles]\ntext = { bg = \"blurple\" }\n", `x.toml, line 2: "blurple" is no colour`},
		"colour number":     {"[styles]\ntext = { fg = 256 }\n", `x.toml, line 2: "256" is no colour`},
		"attribute":         {"[styles]\ntext = { attr = [\"loud\"] }\n", `x.toml, line 2: "loud" is no attribute`},
		"syntax":            {"name = \"x\n", `x.toml, line 1: `},
		"background":        {"background = \"green\"\n", `x.toml: background "green" is not dark, light or any`},
		"base":              {"base = \"none\"\n", `x.toml: there is no base "none"; there are contrast, dark`},
		"nicks":             {"nick_palette = { saturation = 101 }\n", `x.toml: nick_palette: saturation`},
		"wrong kind":        {"[styles]\ntext = 3\n", `x.toml, line 2: `},
		"nicks not numbers": {"nick_palette = { saturation = nan, lightness = 5 }\n", `x.toml: nick_palette: saturation`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := themes.Parse("x.toml", []byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	for _, name := range []string{"nothing", "../dark", "", "a/b"} {
		if _, err := themes.Load(name, t.TempDir()); err == nil || !strings.Contains(err.Error(), "there are contrast, dark, dusk") {
			t.Errorf("Load(%q): got %v, want the names of the themes", name, err)
		}
	}
}

// The angles are the test vectors of XEP-0392; HSLuv with full saturation keeps them, so the hue can be read off the order of colours.
func TestNickColor(t *testing.T) {
	p := load(t, "dark").For(1<<24, false)
	if a, b := p.NickColor("Romeo"), p.NickColor("juliet@capulet.lit"); a == b || a != p.NickColor("Romeo") {
		t.Errorf("Romeo %v, Juliet %v: want two colours, always the same", a, b)
	}
	// 327.25° is between magenta and red, 209.41° between cyan and blue, 331.20° again near magenta, 359.99° red.
	tests := map[string]int{"Romeo": 13, "juliet@capulet.lit": 14, "😺": 13, "council": 9}
	poor := load(t, "dark").For(16, false)
	for nick, want := range tests {
		if got := poor.NickColor(nick); got != tcell.PaletteColor(want) {
			t.Errorf("16 colours, %s: got %v, want %v", nick, got, tcell.PaletteColor(want))
		}
	}
	eight := load(t, "dark").For(8, false)
	for _, nick := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
		if c := eight.NickColor(nick); c == tcell.PaletteColor(4) || c >= tcell.PaletteColor(8) {
			t.Errorf("8 colours, %s: got %v", nick, c)
		}
	}
}
