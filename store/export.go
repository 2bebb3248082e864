package store

import (
	"context"
	"database/sql"
	"encoding/json"
)

// ExportPage reads up to limit messages of a chat with ord > after, oldest first,
// with their names, versions and reactions, all of one commit. Steps and what waits
// are not read. Any goroutine but the interface's.
func (s *Store) ExportPage(ctx context.Context, chat ChatID, after int64, limit int) (list []Inspection, err error) {
	err = s.view(ctx, func(v view) error {
		rows, err := v.query("SELECT "+messageColumns+" FROM message WHERE chat=? AND ord>? AND NOT gone ORDER BY ord LIMIT ?", chat, after, limit)
		page, err := scan(rows, err, scanMessage)
		if err != nil {
			return err
		}
		if err := v.quotes(page); err != nil {
			return err
		}
		at, ids := make(map[MessageID]*Inspection, len(page)), make([]MessageID, len(page))
		list = make([]Inspection, len(page))
		for i, m := range page {
			list[i].Message, ids[i], at[m.ID] = m, m.ID, &list[i]
		}
		b, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		return v.told(at, string(b))
	})
	return list, err
}

// told reads what is known of messages beside themselves; ids are their numbers.
func (v view) told(at map[MessageID]*Inspection, ids string) error {
	const those = " IN (SELECT value FROM json_each(?))"
	rows, err := v.query("SELECT message, kind, by, sender, value FROM message_ref WHERE message"+those+" ORDER BY kind, by, value", ids)
	if _, err := scan(rows, err, func(r interface{ Scan(...any) error }) (x Ref, err error) {
		var id MessageID
		var kind int
		if err := r.Scan(&id, &kind, &x.By, &x.Sender, &x.Value); err != nil {
			return x, err
		}
		x.Kind = map[int]string{refStanza: "stanza-id", refOrigin: "origin-id", refID: "id"}[kind]
		if x.Kind != "" {
			at[id].Refs = append(at[id].Refs, x)
		}
		return x, nil
	}); err != nil {
		return err
	}
	rows, err = v.query("SELECT id, stamp, original FROM message WHERE id"+those+" AND original IS NOT NULL", ids)
	if _, err := scan(rows, err, func(r interface{ Scan(...any) error }) (x Version, err error) {
		var id MessageID
		var body sql.NullString
		if err := r.Scan(&id, &x.At, &body); err != nil {
			return x, err
		}
		x.Body = body.String
		at[id].Versions = append(at[id].Versions, x)
		return x, nil
	}); err != nil {
		return err
	}
	rows, err = v.query("SELECT "+keptColumns+" FROM annotation WHERE target"+those+" AND kind IN ('edit','reactions') ORDER BY ord", ids)
	list, err := scan(rows, err, scanKept)
	if err != nil {
		return err
	}
	for _, k := range list {
		at[k.target].remark(k)
	}
	return nil
}

// remark adds what an annotation says.
func (x *Inspection) remark(k kept) {
	switch {
	case k.Kind == RemarkEdit && !x.NoBody:
		x.Versions = append(x.Versions, Version{k.Stamp, k.Body})
	case k.Kind == RemarkReactions && len(k.Reactions) > 0:
		name := k.Nick
		if name == "" {
			name = k.Sender
		}
		x.Reactors = append(x.Reactors, Reactor{name, k.Outgoing, k.Reactions})
	}
}
