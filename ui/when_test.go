package ui

import (
	"testing"
	"time"
)

// TestTimesAsTyped: what begins with a time is one, all else is text.
func TestTimesAsTyped(t *testing.T) {
	now := time.Date(2026, 11, 22, 14, 5, 30, 0, time.UTC)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) }
	for in, want := range map[string]struct {
		end  time.Time
		rest string
	}{
		"until 15:00 at lunch":   {at(22, 15, 0), "at lunch"},
		"until 15.30":            {at(22, 15, 30), ""},
		"until 9":                {at(23, 9, 0), ""},
		"until 14:05":            {at(23, 14, 5), ""}, // it is past already today
		"30m tea":                {now.Add(30 * time.Minute), "tea"},
		"1h30m":                  {now.Add(90 * time.Minute), ""},
		"for 20 minutes back":    {now.Add(20 * time.Minute), "back"},
		"for 2h  two  spaces":    {now.Add(2 * time.Hour), "two  spaces"},
		"2d":                     {now.Add(48 * time.Hour), ""},
		"until tomorrow, maybe":  {time.Time{}, "until tomorrow, maybe"},
		"until 25:00":            {time.Time{}, "until 25:00"},
		"until 15:7":             {time.Time{}, "until 15:7"},
		"for you":                {time.Time{}, "for you"},
		"15:00 is when I return": {time.Time{}, "15:00 is when I return"},
		"30 people":              {time.Time{}, "30 people"},
		"0m":                     {time.Time{}, "0m"},
		"99999999h":              {time.Time{}, "99999999h"},
		"100d":                   {time.Time{}, "100d"},
		"":                       {time.Time{}, ""},
	} {
		end, _, rest := cutWhen(in, now)
		if !end.Equal(want.end) || rest != want.rest {
			t.Errorf("%q: %v %q, want %v %q", in, end, rest, want.end, want.rest)
		}
	}
	for in, want := range map[string]time.Time{"15:00": at(22, 15, 0), "20 min": now.Add(20 * time.Minute), "30m": now.Add(30 * time.Minute),
		"until 16": at(22, 16, 0), "soon": {}, "15:00 text": {}, "": {}} {
		if got, ok := readWhen(in, now); !got.Equal(want) || ok == want.IsZero() {
			t.Errorf("%q: %v %v, want %v", in, got, ok, want)
		}
	}
	l := &look{zone: time.UTC, now: func() time.Time { return now }}
	for want, when := range map[string]time.Time{"15:00": at(22, 15, 0), "Mon 09:00": at(23, 9, 0), "30 Nov 09:00": at(30, 9, 0)} {
		if got := l.clock(when); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
