package store

import (
	"context"
	"database/sql"
	"errors"
)

// Picture is a picture made small for a terminal: rows of Width pixels, four bytes
// each (red, green, blue, alpha, not multiplied). The zero value is none.
type Picture struct {
	Width int    `json:"w"`
	Pix   []byte `json:"pix"`
}

// Height is the number of rows; 0: there is no picture.
func (p *Picture) Height() int {
	if p == nil || p.Width <= 0 {
		return 0
	}
	return len(p.Pix) / 4 / p.Width
}

// Avatar is the picture of somebody.
type Avatar struct {
	Hash    string // SHA-1, hexadecimal; "": they have none
	Node    bool   // told by a node of theirs, not by their presence
	Picture Picture
}

// avatarsMost bounds the pictures that are kept, over all accounts: the newest.
const avatarsMost = 2000

// Avatar reads the picture of an address, or of an occupant by their full one.
func (s *Store) Avatar(ctx context.Context, a AccountID, jid string) (v Avatar, err error) {
	defer func() { _ = s.doubt(err) }()
	err = s.read.QueryRowContext(ctx, "SELECT hash, node, width, pix FROM avatar WHERE account=? AND jid=?", a, jid).
		Scan(&v.Hash, &v.Node, &v.Picture.Width, &v.Picture.Pix)
	if errors.Is(err, sql.ErrNoRows) {
		return Avatar{}, nil
	}
	return v, err
}

// NoteAvatar keeps which picture an address has; hash "": none. What a node tells
// wins over what a presence does.
func (t *Tx) NoteAvatar(a AccountID, jid, hash string, node bool) (changed bool, err error) {
	var old string
	var byNode bool
	err = t.row("SELECT hash, node FROM avatar WHERE account=? AND jid=?", a, jid).Scan(&old, &byNode)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	if old == hash && (byNode || !node || hash == "") || byNode && !node {
		return false, nil
	}
	if hash == "" {
		_, err = t.exec("DELETE FROM avatar WHERE account=? AND jid=?", a, jid)
		return true, err
	}
	if old == hash {
		_, err = t.exec("UPDATE avatar SET node=1 WHERE account=? AND jid=?", a, jid)
		return false, err
	}
	if _, err = t.exec("INSERT OR REPLACE INTO avatar (account, jid, hash, node, at) VALUES (?,?,?,?,?)", a, jid, hash, node, t.now().UnixMicro()); err != nil {
		return false, err
	}
	_, err = t.exec("DELETE FROM avatar WHERE at <= (SELECT at FROM avatar ORDER BY at DESC LIMIT 1 OFFSET ?)", avatarsMost)
	return true, err
}

// KeepAvatar keeps the picture that an address has, unless it has another by now.
func (t *Tx) KeepAvatar(a AccountID, jid, hash string, p Picture) error {
	_, err := t.exec("UPDATE avatar SET width=?, pix=? WHERE account=? AND jid=? AND hash=?", p.Width, p.Pix, a, jid, hash)
	return err
}
