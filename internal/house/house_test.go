package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// source is a parsed Go file of the project.
type source struct {
	dir, path string // slash-separated, from the top
	file      *ast.File
	test      bool
	text      string
}

func sources(t *testing.T) (all []source) {
	t.Helper()
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "testdata" || d.Name() == "bin") && p != root {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(p, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(set, p, text, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		all = append(all, source{path.Dir(rel), rel, f, strings.HasSuffix(p, "_test.go"), string(text)})
		return nil
	})
	if err != nil || len(all) < 50 {
		t.Fatalf("found %d files: %v", len(all), err)
	}
	return all
}

// arrows says which of our packages each room may import; sub-packages of a
// room count as the room but where they are named.
var arrows = map[string][]string{
	".":               {"session", "session/demo", "store", "themes", "ui"},
	"session":         {"session/picture", "session/web", "session/wire", "store"},
	"session/picture": {},
	"session/web":     {},
	"session/wire":    {},
	"session/demo":    {"session/wire"},
	"store":           {},
	"ui":              {"session", "store", "themes", "ui"},
	"ui/screen":       {},
	"ui/text":         {},
	"ui/catalog":      {"session", "ui/text"},
	"themes":          {},
}

// roomOf finds the longest room that a folder lies in.
func roomOf(dir string) string {
	for d := dir; d != "."; d = path.Dir(d) {
		if _, ok := arrows[d]; ok {
			return d
		}
	}
	return "."
}

func TestImportArrows(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || strings.HasPrefix(s.dir, "internal") {
			continue
		}
		from := roomOf(s.dir)
		for _, i := range s.file.Imports {
			p := strings.Trim(i.Path.Value, `"`)
			switch {
			case p == "mellium.im/xmpp" && from != "session/wire":
				t.Errorf("%s imports mellium's root package; only session/wire may", s.path)
			case p == "github.com/rivo/tview" && from != "ui":
				t.Errorf("%s imports tview; only ui may", s.path)
			}
			to, ours := strings.CutPrefix(p, "sotto/")
			if !ours || strings.HasPrefix(to, s.dir+"/") || s.dir == to {
				continue
			}
			if !allowed(from, roomOf(to), to) {
				t.Errorf("%s: %s must not import %s", s.path, from, to)
			}
		}
	}
}

func allowed(from, room, to string) bool {
	for _, a := range arrows[from] {
		if a == room || a == to || from == "ui" && a == "ui" && strings.HasPrefix(room, "ui/") || from == "." && a == "ui" && strings.HasPrefix(room, "ui/") {
			return true
		}
	}
	return from == room
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	docs := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test {
			docs[s.dir] = docs[s.dir] || s.file.Doc != nil && len(s.file.Doc.Text()) > 80
		}
	}
	for dir, ok := range docs {
		if !ok {
			t.Errorf("package %s has no comment that says what it is for", dir)
		}
	}
}

func TestFilesAreOfOneIdea(t *testing.T) {
	for _, s := range sources(t) {
		if n := strings.Count(s.text, "\n"); n > 600 {
			t.Errorf("%s has %d lines; 600 are the limit", s.path, n)
		}
		base := path.Base(s.path)
		for _, bad := range []string{"util", "helper", "manager", "common", "misc"} {
			if strings.Contains(base, bad) {
				t.Errorf("%s: name a file for its idea", s.path)
			}
		}
	}
}

// forbidden are things that once written are easy to get wrong; where is the
// only file that may have them.
var forbidden = []struct {
	what  *regexp.Regexp
	where string
	why   string
}{
	{regexp.MustCompile(`QueueUpdate(Draw)?\(`), "ui/bridge.go", "it blocks for ever once tview stopped"},
	{regexp.MustCompile(`tview\.Escape|SetDynamicColors\(true\)`), "", "text of others must not pass through tview's tags"},
	{regexp.MustCompile(`InsecureSkipVerify`), "session/wire/secure.go", "certificates are verified in one place"},
	{regexp.MustCompile(`exec\.Command(Context)?\([^)]*"(sh|bash|cmd)"`), "", "nothing runs through a shell"},
	{regexp.MustCompile(`time\.Sleep\(`), "", "nothing waits blindly"},
	{regexp.MustCompile(`os\.(Getenv|LookupEnv|Environ)\(`), "main.go start.go vault.go store/secrets.go store/bus_linux.go session/wire/dial.go", "the environment is read at the door"},
}

var comments = regexp.MustCompile(`(?m)^\s*//.*$`)

func TestForbidden(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || strings.HasPrefix(s.dir, "internal") {
			continue
		}
		code := comments.ReplaceAllString(s.text, "")
		for _, f := range forbidden {
			if f.what.MatchString(code) && !strings.Contains(" "+f.where+" ", " "+s.path+" ") {
				t.Errorf("%s has %s: %s", s.path, f.what, f.why)
			}
		}
	}
}

func TestModuleReplacesNothing(t *testing.T) {
	b, err := os.ReadFile(root + "/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`(?m)^replace`).Match(b) {
		t.Error("go.mod has a replace")
	}
}
