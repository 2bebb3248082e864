package store

// Exec runs a statement of a test's own.
func (t *Tx) Exec(query string) error {
	_, err := t.do(query)
	return err
}
