package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// SavedPresence is one [[presence]] of the configuration file: a presence with a name.
type SavedPresence struct {
	Name     string `toml:"name"`
	State    string `toml:"state"` // one of PresenceStates
	Text     string `toml:"text"`
	Priority int    `toml:"priority"` // 0: as the account has it
	Time     string `toml:"time"`     // how long or until when: "30m", "until 15:00"; empty: for good
}

// PresenceStates are the states that a saved presence can have.
var PresenceStates = []string{"online", "chat", "away", "xa", "dnd", "invisible"}

// presencesMax bounds the saved presences.
const presencesMax = 50

// SavedPresence finds a saved presence by its name, in any case.
func (c *Config) SavedPresence(name string) (SavedPresence, bool) {
	i := c.presenceAt(name)
	if i < 0 {
		return SavedPresence{}, false
	}
	return c.Presences[i], true
}

func (c *Config) presenceAt(name string) int {
	return slices.IndexFunc(c.Presences, func(p SavedPresence) bool { return strings.EqualFold(p.Name, name) })
}

// SavePresence adds a presence, or replaces the one of the same name. false:
// there are too many, or it cannot be one.
func (c *Config) SavePresence(p SavedPresence) bool {
	if p.mistake() != "" {
		return false
	}
	c.Presences = slices.Clone(c.Presences)
	if i := c.presenceAt(p.Name); i >= 0 {
		c.Presences[i] = p
		return true
	}
	if len(c.Presences) >= presencesMax {
		return false
	}
	c.Presences = append(c.Presences, p)
	return true
}

// ForgetPresence takes a saved presence away; false: there is none of the name.
func (c *Config) ForgetPresence(name string) bool {
	i := c.presenceAt(name)
	if i < 0 {
		return false
	}
	c.Presences = slices.Delete(slices.Clone(c.Presences), i, i+1)
	return true
}

// mistake says what cannot be meant; "": nothing.
func (p SavedPresence) mistake() string {
	switch {
	case p.Name == "" || strings.ContainsAny(p.Name, " \t\n") || len(p.Name) > 64:
		return "a [[presence]] needs a name without spaces, such as name = \"lunch\""
	case !slices.Contains(PresenceStates, p.State):
		return fmt.Sprintf("the state of a [[presence]] must be one of %s", strings.Join(PresenceStates, ", "))
	case p.Priority < -128 || p.Priority > 127:
		return "a priority must be between -128 and 127"
	}
	return ""
}

// WritePresences writes the saved presences into the file. Comments outside of
// their tables stay.
func WritePresences(path string, list []SavedPresence) error {
	text, err := readText(path)
	if err != nil {
		return err
	}
	lines := strings.Split(text, "\n")
	var kept []string
	inside := false
	for _, line := range lines {
		if head := strings.TrimSpace(line); strings.HasPrefix(head, "[") {
			inside = strings.HasPrefix(head, "[[presence]]")
		}
		if !inside {
			kept = append(kept, line)
		}
	}
	var b strings.Builder
	b.WriteString(strings.TrimRight(strings.Join(kept, "\n"), "\n"))
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	for _, p := range list {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "[[presence]]\nname = %s\nstate = %s\n", quote(p.Name), quote(p.State))
		for _, kv := range [][2]string{{"text", p.Text}, {"time", p.Time}} {
			if kv[1] != "" {
				fmt.Fprintf(&b, "%s = %s\n", kv[0], quote(kv[1]))
			}
		}
		if p.Priority != 0 {
			fmt.Fprintf(&b, "priority = %s\n", strconv.Itoa(p.Priority))
		}
	}
	return writeConfig(path, b.String())
}
