package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// ErrNewer says that the database was written by a newer sotto.
var ErrNewer = errors.New("the database belongs to a newer version of sotto")

// migrate brings the schema to the newest number, each step in a transaction
// of its own. PRAGMA user_version holds the number reached.
func migrate(ctx context.Context, c *sql.Conn, at func(string) error) error {
	names, err := migrations()
	if err != nil {
		return err
	}
	have, err := schemaOf(ctx, c)
	if err != nil {
		return err
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
		if _, err = tx.ExecContext(ctx, string(text)); err == nil {
			_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", n+1))
		}
		if err == nil {
			err = noteSchema(ctx, tx)
		}
		if err == nil {
			err = at(PointMigrate)
		}
		if err != nil {
			_ = tx.Rollback()
			return fmt.Errorf("migration %d: %w", n+1, err)
		}
		if err := tx.Commit(); err != nil {
			return fmt.Errorf("migration %d: %w", n+1, err)
		}
	}
	return nil
}

// noteSchema keeps a sum of the schema's text beside it: a database of which
// that was damaged may answer many questions and fail at some.
func noteSchema(ctx context.Context, tx *sql.Tx) error {
	sum, err := schemaSum(tx.QueryContext(ctx, schemaQuery))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO meta VALUES ('schema', ?) ON CONFLICT (key) DO UPDATE SET value=excluded.value", sum)
	return err
}

const schemaQuery = "SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name"

func schemaSum(rows *sql.Rows, err error) (string, error) {
	list, err := column[string](rows, err)
	sum := sha256.Sum256([]byte(strings.Join(list, "\n")))
	return hex.EncodeToString(sum[:]), err
}

// checkSchema compares the schema with the sum beside it.
func checkSchema(ctx context.Context, c *sql.Conn) error {
	var want string
	err := c.QueryRowContext(ctx, "SELECT value FROM meta WHERE key='schema'").Scan(&want)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // it is older than the sum
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	have, err := schemaSum(c.QueryContext(ctx, schemaQuery))
	if err == nil && have != want {
		err = fmt.Errorf("%w: its schema is another one", errDamaged)
	}
	return err
}

func migrations() ([]string, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	sort.Strings(names)
	return names, err
}

// schemaOf is the number of a database's schema, if this program knows it.
func schemaOf(ctx context.Context, c *sql.Conn) (have int, err error) {
	names, err := migrations()
	if err != nil {
		return 0, err
	}
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return 0, err
	}
	if have > len(names) {
		return have, ErrNewer
	}
	if have < 0 {
		return have, fmt.Errorf("%w: schema %d", errDamaged, have)
	}
	return have, nil
}

func newestSchema() (int, error) {
	names, err := migrations()
	return len(names), err
}
