package ui

import (
	"strconv"
	"strings"
	"time"

	"sotto/ui/catalog"
)

// A time as people type it: how long ("30m", "2h", "1h30m", "for 20 min") or
// until when ("until 15:00", "until 9").

// whenMax bounds how far ahead a time may lie.
const whenMax = 60 * 24 * time.Hour

// cutWhen takes a time off the front of what was typed and gives its end, how it
// was written and what follows; a zero time: it does not begin with one.
func cutWhen(s string, now time.Time) (end time.Time, written, rest string) {
	words := strings.Fields(s)
	take := func(n int, t time.Time) (time.Time, string, string) {
		rest := strings.TrimSpace(s)
		for range n {
			_, after, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
			rest = after
		}
		return t, strings.Join(words[:n], " "), strings.TrimSpace(rest)
	}
	if len(words) == 0 {
		return time.Time{}, "", ""
	}
	first := strings.ToLower(words[0])
	if (first == "until" || first == "till") && len(words) > 1 {
		if t, ok := clockTime(words[1], now); ok {
			return take(2, t)
		}
	}
	if first == "for" && len(words) > 1 {
		if d, ok := duration(words[1]); ok {
			return take(2, now.Add(d))
		}
		if len(words) > 2 {
			if d, ok := duration(words[1] + words[2]); ok {
				return take(3, now.Add(d))
			}
		}
	}
	if d, ok := duration(first); ok {
		return take(1, now.Add(d))
	}
	return time.Time{}, "", strings.TrimSpace(s)
}

// readWhen is a time alone, as the answer to "until or for how long": "15:00"
// and "20 min" will do too.
func readWhen(s string, now time.Time) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, form := range []string{s, "until " + s, "for " + s} {
		if t, _, rest := cutWhen(form, now); !t.IsZero() && rest == "" {
			return t, true
		}
	}
	return time.Time{}, false
}

// clockTime is the next time a clock shows this: "15:00", "15.00", "9", "9h" not.
func clockTime(s string, now time.Time) (time.Time, bool) {
	hour, minute, has := strings.Cut(strings.ReplaceAll(s, ".", ":"), ":")
	h, err := strconv.Atoi(hour)
	m := 0
	if err == nil && has {
		if len(minute) != 2 {
			return time.Time{}, false
		}
		m, err = strconv.Atoi(minute)
	}
	if err != nil || len(hour) > 2 || h < 0 || h > 23 || m < 0 || m > 59 {
		return time.Time{}, false
	}
	t := time.Date(now.Year(), now.Month(), now.Day(), h, m, 0, 0, now.Location())
	if !t.After(now) {
		t = time.Date(now.Year(), now.Month(), now.Day()+1, h, m, 0, 0, now.Location())
	}
	return t, true
}

var units = map[string]time.Duration{"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour, "d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour}

// duration is numbers with units: "30m", "1h30m", "2days".
func duration(s string) (time.Duration, bool) {
	all := time.Duration(0)
	for s = strings.ToLower(s); s != ""; {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		u := n
		for u < len(s) && s[u] >= 'a' && s[u] <= 'z' {
			u++
		}
		count, err := strconv.Atoi(s[:n])
		unit := units[s[n:u]]
		if err != nil || n > 5 || unit == 0 {
			return 0, false
		}
		all += time.Duration(count) * unit
		s = s[u:]
	}
	return all, all > 0 && all <= whenMax
}

// now is the time by the user's clock.
func (a *App) now() time.Time { return a.opt.Now().In(a.look.zone) }

// until words when something ends; "": it does not.
func (a *App) until(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return catalog.T("until", a.look.clock(t))
}

// clock writes a time as short as it is clear: the day too when it is another.
func (l *look) clock(t time.Time) string {
	t, now := t.In(l.zone), l.now().In(l.zone)
	switch {
	case t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return t.Format("15:04")
	case t.Sub(now) < 6*24*time.Hour && t.After(now):
		return t.Format("Mon 15:04")
	}
	return t.Format("2 Jan 15:04")
}
