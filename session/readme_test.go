package session_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"sotto/session"
)

var update = flag.Bool("update", false, "write the README's table anew")

// TestReadmeTable keeps the README's table and the one in the code alike.
func TestReadmeTable(t *testing.T) {
	const begin, end = "-update -->\n", "<!-- end -->"
	var b strings.Builder
	b.WriteString("| number | name | version | notes |\n|---|---|---|---|\n")
	for _, x := range session.Extensions() {
		n := x.Number
		if !strings.HasPrefix(n, "RFC") {
			n = "XEP-" + n
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", n, x.Name, x.Version, x.Notes)
	}
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatal("the README has no place for the table")
	}
	want := head + begin + b.String() + end + tail
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatal("the README's table is old: go test ./session -run TestReadmeTable -update")
	}
	if err := os.WriteFile("../README.md", []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
