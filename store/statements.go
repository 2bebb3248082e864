package store

import (
	"context"
	"database/sql"
	"errors"
)

// statements keeps the writer's queries compiled: reading one takes SQLite
// longer than running most of ours. They belong to the writer's connection and
// its goroutine. Only constant texts may come here, or the map would grow.
type statements struct {
	conn   *sql.Conn
	byText map[string]*sql.Stmt
}

func newStatements(c *sql.Conn) *statements {
	return &statements{conn: c, byText: map[string]*sql.Stmt{}}
}

// get compiles a query once. A transaction of the connection is one of the
// statement too: SQLite knows no narrower one.
func (s *statements) get(ctx context.Context, query string) (*sql.Stmt, error) {
	if st := s.byText[query]; st != nil {
		return st, nil
	}
	st, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s.byText[query] = st
	return st, nil
}

func (s *statements) close() (err error) {
	for _, st := range s.byText {
		err = errors.Join(err, st.Close())
	}
	clear(s.byText)
	return err
}
