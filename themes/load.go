package themes

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

//go:embed *.toml
var embedded embed.FS

// Default is the theme of a user who has chosen none.
const Default = "dark"

// maxFile is the size in bytes beyond which a file is no theme.
const maxFile = 64 << 10

// Load finds a theme by name, in the user's folder first ("" when there is none) and then among the program's. Its errors are
// sentences for the user.
func Load(name, userDir string) (*Theme, error) {
	if validName(name) && userDir != "" {
		path := filepath.Join(userDir, name+".toml")
		data, err := readFile(path)
		if err == nil {
			return parse(name, path, data)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("theme %s: %w", name, err)
		}
	}
	if validName(name) {
		if data, err := embedded.ReadFile(name + ".toml"); err == nil {
			return parse(name, name+".toml", data)
		}
	}
	return nil, fmt.Errorf("there is no theme %q; there are %s", name, strings.Join(Names(userDir), ", "))
}

// readFile reads a theme file that may have any size.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no theme file", path)
	}
	return os.ReadFile(path)
}

// Names gives the names of all themes, sorted, the user's among them.
func Names(userDir string) []string {
	var names []string
	add := func(entries []fs.DirEntry) {
		for _, e := range entries {
			if name, ok := strings.CutSuffix(e.Name(), ".toml"); ok && validName(name) && !e.IsDir() {
				names = append(names, name)
			}
		}
	}
	own, _ := embedded.ReadDir(".") // cannot fail
	add(own)
	if userDir != "" {
		entries, _ := os.ReadDir(userDir) // a folder that is missing has no themes
		add(entries)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// validName keeps a name from leaving its folder.
func validName(name string) bool {
	if name == "" || len(name) > 64 {
		return false
	}
	for _, c := range name {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

// file is a theme file as it is written.
type file struct {
	Name        string       `toml:"name"`
	Description string       `toml:"description"`
	Base        string       `toml:"base"`
	Background  string       `toml:"background"`
	Mono        bool         `toml:"mono"`
	Nicks       *nickPalette `toml:"nick_palette"`
	Styles      sheet        `toml:"styles"`
}

// Parse reads a theme from the text of a file. name is what errors call it.
func Parse(name string, data []byte) (*Theme, error) { return parse(name, name, data) }

func parse(name, path string, data []byte) (*Theme, error) {
	f, err := decode(path, data)
	if err != nil {
		return nil, err
	}
	t := &Theme{Name: name, Description: f.Description, Background: f.Background, mono: f.Mono, looks: f.Styles}
	switch f.Background {
	case "dark", "light", "any":
	case "":
		t.Background = "any"
		if f.Base == "" {
			t.Background = "dark"
		}
	default:
		return nil, fmt.Errorf("%s: background %q is not dark, light or any", path, f.Background)
	}
	if f.Nicks != nil {
		t.nicks = *f.Nicks
		if s, l := t.nicks.Saturation, t.nicks.Lightness; !(s >= 0 && s <= 100 && l >= 0 && l <= 100) {
			return nil, fmt.Errorf("%s: nick_palette: saturation and lightness go from 0 to 100", path)
		}
	}
	return t, t.complete(path, f)
}

// complete takes what a file leaves out from its base: the one it names, or dark or light as its background says.
func (t *Theme) complete(path string, f *file) error {
	name := f.Base
	if name == "" {
		name = Default
		if t.Background == "light" {
			name = "light"
		}
	}
	data, err := embedded.ReadFile(name + ".toml")
	if err != nil {
		return fmt.Errorf("%s: there is no base %q; there are %s", path, name, strings.Join(Names(""), ", "))
	}
	base, err := decode(name+".toml", data)
	if err != nil {
		return err
	}
	t.looks.over(&base.Styles)
	if f.Nicks == nil && base.Nicks != nil {
		t.nicks = *base.Nicks
	}
	if f.Background == "" && f.Base != "" {
		t.Background, t.mono = base.Background, t.mono || base.Mono
	}
	return nil
}

// decode reads TOML and turns the library's errors into sentences with the line.
func decode(path string, data []byte) (*file, error) {
	var f file
	dec := toml.NewDecoder(strings.NewReader(string(data))).DisallowUnknownFields()
	err := dec.Decode(&f)
	var unknown *toml.StrictMissingError
	var bad *toml.DecodeError
	var value *valueError
	switch {
	case err == nil:
		return &f, nil
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		first := unknown.Errors[0]
		line, _ := first.Position()
		key := first.Key()
		last := key[len(key)-1]
		// The library names the key inside an inline table as if it stood outside; what the line begins with tells them apart.
		if key[0] == "styles" && strings.HasPrefix(strings.TrimSpace(lineOf(data, line)), last) {
			return nil, fmt.Errorf("%s, line %d: there is no style %q; there are %s", path, line, last, strings.Join(Keys(), ", "))
		}
		return nil, fmt.Errorf("%s, line %d: unknown key %q", path, line, last)
	case errors.As(err, &value):
		return nil, fmt.Errorf("%s, line %d: %w", path, lineWith(data, value.text), value)
	case errors.As(err, &bad):
		line, _ := bad.Position()
		return nil, fmt.Errorf("%s, line %d: %s", path, line, strings.TrimPrefix(bad.Error(), "toml: "))
	}
	return nil, fmt.Errorf("%s: %w", path, err)
}

// lineOf gives a line, counted from 1.
func lineOf(data []byte, line int) string {
	for text := range strings.Lines(string(data)) {
		if line--; line == 0 {
			return text
		}
	}
	return ""
}

// lineWith gives the first line, counted from 1, that sets something to the value: the library says no position for every value.
func lineWith(data []byte, value string) int {
	line := 0
	for text := range strings.Lines(string(data)) {
		line++
		_, set, _ := strings.Cut(text, "=")
		set, _, _ = strings.Cut(set, " #")
		for _, word := range strings.FieldsFunc(set, func(r rune) bool { return strings.ContainsRune(" \t\r\n,=[]{}\"'", r) }) {
			if word == value {
				return line
			}
		}
	}
	return max(line, 1)
}
