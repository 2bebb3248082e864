// Package sound looks, on behalf of tests, whether the database of a profile is
// whole and agrees with itself: the file, the search index, the counters, the
// lines on their way.
package sound

import (
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // the SQLite engine, in Go

	"sotto/store"
)

// CheckSealed is Check of a sealed database, by a copy of it that is not.
func CheckSealed(t testing.TB, dir string, key []byte) {
	t.Helper()
	if !store.SealedIn(dir) {
		t.Errorf("the database in %s is not sealed", dir)
	}
	to := t.TempDir()
	for _, name := range []string{"sotto.db", "sotto.db-wal"} {
		in, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		out, err := os.Create(filepath.Join(to, name))
		if err == nil {
			_, err = io.Copy(out, in)
			_ = out.Close()
		}
		_ = in.Close()
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := store.Open(t.Context(), store.Options{Dir: to, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	if s.Opened().Moved != "" {
		t.Error("it was damaged")
	}
	if err := s.Unseal(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	check(t, to)
}

// Check fails the test unless the database below a folder is sound. Nobody may
// write to it meanwhile. It reads all of it.
func Check(t testing.TB, dir string) {
	t.Helper()
	check(t, dir)
}

func check(t testing.TB, dir string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sotto.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: %s (%v)", verdict, err)
	}
	for what, query := range map[string]string{
		"texts without a document": "SELECT count(*) FROM message WHERE kind=0 AND body<>'' AND ord NOT IN (SELECT rowid FROM search)",
		"documents without a text": "SELECT count(*) FROM search WHERE rowid NOT IN (SELECT ord FROM message WHERE kind=0 AND body<>'')",
		"texts that are not found": `SELECT (SELECT count(*) FROM message WHERE kind=0 AND body LIKE '%line%')-
			(SELECT count(*) FROM search WHERE search MATCH 'body:line')`,
		// What an archive had at the very first start is no news.
		"wrong counts": `SELECT count(*) FROM chat WHERE read_ord>0 AND unread<>
			(SELECT count(*) FROM message m WHERE m.chat=chat.id AND m.ord>chat.read_ord AND m.ord<1<<61 AND NOT m.outgoing AND m.kind=0 AND m.state=0)`,
		"stanzas of no message":        "SELECT count(*) FROM outbox WHERE kind='message' AND (message IS NULL OR message NOT IN (SELECT id FROM message))",
		"lines of ours without stanza": "SELECT count(*) FROM message WHERE outgoing AND state IN (1,2,3) AND id NOT IN (SELECT message FROM outbox WHERE message IS NOT NULL)",
		"names of no message":          "SELECT count(*) FROM message_ref WHERE message NOT IN (SELECT id FROM message)",
		"rows newer than the database": "SELECT count(*) FROM message WHERE rev>(SELECT cast(value AS INTEGER) FROM meta WHERE key='rev')",
	} {
		var n int
		if err := db.QueryRow(query).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: %d (%v)", what, n, err)
		}
	}
}
