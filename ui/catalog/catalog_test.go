package catalog

import (
	"regexp"
	"strings"
	"testing"
)

// TestTablesAgree: no code stands in two tables, sentences end as sentences do.
func TestTablesAgree(t *testing.T) {
	seen := map[string]bool{}
	for _, table := range []map[string]string{english, screens, paneSentences} {
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
