package session

import (
	"context"
	"slices"

	"sotto/store"
)

// What a screen reads while the store may take nothing: the disk, and for each
// account that goes on in memory what stands there. All of it waits for the
// disk: any goroutine but the interface's.

// Chats lists the open chats of all accounts, the newest first.
func (c *Client) Chats(ctx context.Context) ([]store.Chat, error) {
	list, _, err := c.opt.Store.Chats(ctx)
	for _, a := range c.Accounts() {
		shadow := a.shadow.Load()
		if shadow == nil {
			continue
		}
		more, _, e := shadow.Chats(ctx)
		if e != nil {
			continue // it just ended, which is told
		}
		list = append(slices.DeleteFunc(list, func(c store.Chat) bool { return c.Account == a.id }), more...)
		err = nil
	}
	slices.SortStableFunc(list, func(a, b store.Chat) int {
		switch {
		case a.LastOrd > b.LastOrd:
			return -1
		case a.LastOrd < b.LastOrd:
			return 1
		}
		return int(b.ID - a.ID)
	})
	return list, err
}

// Roster lists the contacts of an account by address.
func (c *Client) Roster(ctx context.Context, id store.AccountID) ([]store.Contact, error) {
	if a := c.Account(id); a != nil {
		if shadow := a.shadow.Load(); shadow != nil {
			if list, err := shadow.Roster(ctx, id); err == nil {
				return list, nil
			}
		}
	}
	return c.opt.Store.Roster(ctx, id)
}

// Requests lists who waits for an answer, over all accounts, oldest first.
func (c *Client) Requests(ctx context.Context) ([]store.Request, error) {
	list, err := c.opt.Store.Requests(ctx)
	for _, a := range c.Accounts() {
		shadow := a.shadow.Load()
		if shadow == nil {
			continue
		}
		if more, e := shadow.Requests(ctx); e == nil {
			list = append(slices.DeleteFunc(list, func(r store.Request) bool { return r.Account == a.id }), more...)
			err = nil
		}
	}
	slices.SortStableFunc(list, func(a, b store.Request) int { return int(a.Stamp - b.Stamp) })
	return list, err
}

// Inspect reads all that is known of a message, wherever it stands.
func (c *Client) Inspect(ctx context.Context, id store.MessageID) (store.Inspection, error) {
	if id.Unsaved() {
		for _, a := range c.Accounts() {
			if shadow := a.shadow.Load(); shadow != nil {
				if x, err := shadow.Inspect(ctx, id); err == nil {
					return x, nil
				}
			}
		}
	}
	return c.opt.Store.Inspect(ctx, id)
}

// InMemory says whether an account goes on in memory because the store takes
// nothing. Any goroutine.
func (c *Client) InMemory(id store.AccountID) bool {
	a := c.Account(id)
	return a != nil && a.shadow.Load() != nil
}

// Unsaved lists what arrived in a chat and stands on no disk, in the order of
// the view; its numbers are [store.MessageID.Unsaved]. Usually there is nothing.
func (c *Client) Unsaved(ctx context.Context, id store.AccountID, chat store.ChatID) []store.Message {
	a := c.Account(id)
	if a == nil {
		return nil
	}
	shadow := a.shadow.Load()
	if shadow == nil {
		return nil
	}
	list, err := shadow.UnsavedRows(ctx, chat)
	if err != nil {
		return nil
	}
	return list
}
