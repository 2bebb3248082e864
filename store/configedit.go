package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// AddAccount writes an [[account]] at the end of the file, or, when the address
// stands there already, the keys that are new in place. Comments stay.
func AddAccount(path string, a AccountConfig) error {
	text, err := readText(path)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(text)
	if text != "" && !strings.HasSuffix(text, "\n") {
		b.WriteByte('\n')
	}
	if text != "" {
		b.WriteByte('\n')
	}
	b.WriteString("[[account]]\n")
	for _, kv := range a.pairs() {
		fmt.Fprintf(&b, "%s = %s\n", kv[0], kv[1])
	}
	return writeConfig(path, b.String())
}

func (a AccountConfig) pairs() [][2]string {
	var all [][2]string
	add := func(k, v string) {
		if v != "" {
			all = append(all, [2]string{k, quote(v)})
		}
	}
	add("jid", a.JID)
	add("resource", a.Resource)
	add("host", a.Host)
	if a.Port != 0 {
		all = append(all, [2]string{"port", strconv.Itoa(a.Port)})
	}
	add("tls", a.TLS)
	add("ca_file", a.CAFile)
	add("cert_sha256", a.CertSHA256)
	if s, ok := a.PasswordCommand.(string); ok {
		add("password_command", s)
	}
	return all
}

// SetAccountKey sets one key of the account with this address; an empty value removes it.
func SetAccountKey(path, jid, key, value string) error {
	text, err := readText(path)
	if err != nil {
		return err
	}
	c, err := parseConfig(path, []byte(text))
	if err != nil {
		return err
	}
	for i, a := range c.Accounts {
		if strings.EqualFold(a.JID, jid) {
			return writeConfig(path, setLine(text, i, key, value))
		}
	}
	return &ConfigError{Path: path, Text: "there is no account " + jid}
}

// SetKey sets one key at the top of the file; value is TOML. Comments stay.
func SetKey(path, key, value string) error {
	text, err := readText(path)
	if err != nil {
		return err
	}
	return writeConfig(path, setLine(text, -1, key, value))
}

// RemoveAccount takes the account's table out of the file.
func RemoveAccount(path, jid string) error {
	text, err := readText(path)
	if err != nil {
		return err
	}
	c, err := parseConfig(path, []byte(text))
	if err != nil {
		return err
	}
	for i, a := range c.Accounts {
		if strings.EqualFold(a.JID, jid) {
			lines := strings.Split(text, "\n")
			from, to := tableLines(lines, i)
			return writeConfig(path, strings.Join(append(lines[:from:from], lines[to:]...), "\n"))
		}
	}
	return &ConfigError{Path: path, Text: "there is no account " + jid}
}

// tableLines gives the lines [from, to) of the n-th account, or of the top (-1).
func tableLines(lines []string, account int) (from, to int) {
	at, in := -1, account < 0
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "[") {
			continue
		}
		if in {
			return from, i
		}
		if !strings.HasPrefix(line, "[[account]]") {
			continue
		}
		if at++; at == account {
			from, in = i, true
		}
	}
	return from, len(lines)
}

func setLine(text string, account int, key, value string) string {
	lines := strings.Split(text, "\n")
	from, to := tableLines(lines, account)
	for i := from; i < to; i++ {
		k, _, ok := strings.Cut(lines[i], "=")
		if !ok || strings.TrimSpace(k) != key {
			continue
		}
		if value == "" {
			return strings.Join(append(lines[:i:i], lines[i+1:]...), "\n")
		}
		lines[i] = key + " = " + value
		return strings.Join(lines, "\n")
	}
	if value == "" {
		return text
	}
	at := from
	for i := from; i < to; i++ {
		if strings.TrimSpace(lines[i]) != "" {
			at = i + 1 // behind the last line of the table
		}
	}
	lines = append(lines[:at:at], append([]string{key + " = " + value}, lines[at:]...)...)
	return strings.Join(lines, "\n")
}

// quote writes s as a TOML basic string.
func quote(s string) string {
	if q := strconv.Quote(s); !strings.Contains(q, `\`) {
		return q // nothing to escape: as people write it
	}
	b, err := toml.Marshal(map[string]string{"k": s})
	if err != nil {
		return strconv.Quote(s)
	}
	return strings.TrimSpace(strings.TrimPrefix(string(b), "k = "))
}

// Quote writes s as a TOML string, for [SetKey].
func Quote(s string) string { return quote(s) }

func readText(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	return string(b), nil
}

// writeConfig replaces the file in one step, after it was seen to parse.
func writeConfig(path, text string) error {
	if _, err := parseConfig(path, []byte(text)); err != nil {
		return err
	}
	return WriteFile(path, []byte(text))
}

// WriteFile replaces a file in one step with mode 0600, its folder 0700.
func WriteFile(path string, b []byte) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // a link into a dotfiles repository stays a link
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".sotto-*")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
