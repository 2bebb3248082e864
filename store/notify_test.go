package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sotto/store"
)

// TestChatRules: a rule holds until its time, then the usual of the kind; chats of
// an older program have the usual.
func TestChatRules(t *testing.T) {
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "sotto.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"001", "002", "003"} {
		schema, err := os.ReadFile("migrations/" + name + ".sql")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), string(schema)); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []string{"PRAGMA user_version = 3", "INSERT INTO account (jid, client_id) VALUES ('alice@example.org', 'x')",
		"INSERT INTO chat (account, kind, jid, open) VALUES (1, 0, 'bob@example.org', 1), (1, 1, 'tea@muc', 1)"} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	st := openIn(t, dir)
	now := time.Now()
	for _, c := range []struct {
		rule        string
		until       time.Duration
		bob, tea    string
		after, tea2 string // an hour later
	}{
		{"", 0, "all", "mention", "all", "mention"},
		{"none", 0, "none", "none", "none", "none"},
		{"none", time.Minute, "none", "none", "all", "mention"},
		{"all", 2 * time.Hour, "all", "all", "all", "all"},
		{"mention", time.Minute, "mention", "mention", "all", "mention"},
		{"of a newer program", 0, "all", "mention", "all", "mention"},
	} {
		until := int64(0)
		if c.until > 0 {
			until = now.Add(c.until).UnixMicro()
		}
		if _, err := st.Write(t.Context(), func(tx *store.Tx) error {
			if err := tx.SetNotify(1, c.rule, until); err != nil {
				return err
			}
			return tx.SetNotify(2, c.rule, until)
		}); err != nil {
			t.Fatal(err)
		}
		bob, err := st.Chat(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		tea, err := st.Chat(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		later := now.Add(time.Hour)
		if bob.Notifies(now) != c.bob || tea.Notifies(now) != c.tea || bob.Notifies(later) != c.after || tea.Notifies(later) != c.tea2 {
			t.Errorf("%q for %v: %s %s, later %s %s", c.rule, c.until, bob.Notifies(now), tea.Notifies(now), bob.Notifies(later), tea.Notifies(later))
		}
	}
}
