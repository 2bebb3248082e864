package session

import (
	"testing"
	"time"

	"sotto/store"
)

// TestHowAbsent: away comes only when keys, focus and attachment all say so.
func TestHowAbsent(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	cfg := store.DefaultConfig()
	off := cfg
	off.AutoAway = 0
	unknown, focused, elsewhere, detached := Attention{}, Attention{Known: true, Focused: true}, Attention{Known: true}, Attention{Detached: true}
	for name, c := range map[string]struct {
		still, gone time.Duration // since the last key; since all are detached
		screens     []Attention
		cfg         store.Config
		want        Show
	}{
		"typing":                               {time.Second, 0, []Attention{unknown}, cfg, Available},
		"15 minutes, nothing known":            {15 * time.Minute, 0, []Attention{unknown}, cfg, Away},
		"15 minutes, focus elsewhere":          {15 * time.Minute, 0, []Attention{elsewhere}, cfg, Away},
		"an hour, focus elsewhere":             {time.Hour, 0, []Attention{elsewhere}, cfg, ExtAway},
		"an hour before the screen, reading":   {time.Hour, 0, []Attention{focused}, cfg, Available},
		"an hour, one of two screens is seen":  {time.Hour, 0, []Attention{elsewhere, focused}, cfg, Available},
		"detached just now":                    {2 * time.Minute, 10 * time.Second, []Attention{detached}, cfg, Available},
		"detached for a minute":                {2 * time.Minute, time.Minute, []Attention{detached}, cfg, Away},
		"one detached, the other still in use": {2 * time.Minute, time.Hour, []Attention{detached, unknown}, cfg, Available},
		"switched off":                         {time.Hour, time.Hour, []Attention{detached}, off, Available},
		"no screen":                            {time.Hour, 0, nil, cfg, Available},
	} {
		gone := time.Time{}
		if c.gone > 0 {
			gone = now.Add(-c.gone)
		}
		if got := howAbsent(now, now.Add(-c.still), gone, c.screens, &c.cfg).show; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
