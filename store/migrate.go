package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"sort"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// ErrNewer says that the database was written by a newer sotto.
var ErrNewer = fmt.Errorf("the database belongs to a newer version of sotto")

// migrate brings the schema to the newest number, each step in a transaction
// of its own. PRAGMA user_version holds the number reached.
func migrate(ctx context.Context, c *sql.Conn) error {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return err
	}
	sort.Strings(names)
	var have int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if have > len(names) {
		return ErrNewer
	}
	for n := have; n < len(names); n++ {
		text, err := migrationFiles.ReadFile(names[n])
		if err != nil {
			return err
		}
		tx, err := c.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, string(text)); err != nil {
			_ = tx.Rollback()
			return fmt.Errorf("migration %d: %w", n+1, err)
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", n+1)); err != nil {
			_ = tx.Rollback()
			return fmt.Errorf("migration %d: %w", n+1, err)
		}
		if err := tx.Commit(); err != nil {
			return fmt.Errorf("migration %d: %w", n+1, err)
		}
	}
	return nil
}
