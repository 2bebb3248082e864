package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/adrg/xdg"
	"github.com/pelletier/go-toml/v2"
)

// Config is the configuration file. Its keys are a public contract.
type Config struct {
	Theme         string          `toml:"theme"`
	Nick          string          `toml:"nick"`     // nick for rooms; empty: the local part of the address
	Receipts      bool            `toml:"receipts"` // tell contacts that a message arrived (XEP-0184)
	Typing        bool            `toml:"typing"`   // tell contacts that we type (XEP-0085)
	ASCII         string          `toml:"ascii"`    // auto, on, off: marks and lines in plain ASCII
	Mouse         bool            `toml:"mouse"`
	Bell          bool            `toml:"bell"`
	Notify        string          `toml:"notify"`                   // auto, bell, osc9, osc777, osc99, off: how the terminal is told
	Slim          string          `toml:"slim"`                     // auto, on, off: whether the chat has the whole width
	Pictures      string          `toml:"pictures"`                 // auto: when asked; on: those of contacts by themselves; blocks: in half blocks alone; kitty, sixel: in pixels alone, in that way; off: none, of people neither
	OpenCommand   string          `toml:"open_command"`             // gets a web address as its last argument; empty: the desktop's own
	NotifyBody    string          `toml:"notify_body"`              // auto, on, off: whether notifications show what was said
	NotifyCommand string          `toml:"notify_command"`           // gets each as JSON on its standard input; empty: none
	AutoAway      int             `toml:"auto_away"`                // minutes without a key after which others see "away"; 0: never
	AutoXA        int             `toml:"auto_xa"`                  // the same for "long away"; 0: never
	Clipboard     string          `toml:"clipboard_command"`        // writes what the clipboard holds to its output; empty: none
	DownloadDir   string          `toml:"download_dir"`             // where files are saved; empty: the desktop's folder for downloads
	DownloadMax   int             `toml:"download_max"`             // MB that a saved file may have; 0: no limit
	Languages     string          `toml:"languages"`                // what the user reads, the best first ("de-CH, en"); empty: the locale's
	ViKeys        bool            `toml:"vi_keys"`                  // keys of vi in lists and while a message is marked
	Styling       bool            `toml:"styling"`                  // *bold*, _italic_ and the like are shown (XEP-0393)
	Keywords      string          `toml:"keywords"`                 // words that are as good as one's nick, with commas between them
	Bookmarks     bool            `toml:"bookmarks"`                // rooms that are entered and left are bookmarked on the server (XEP-0402)
	Retention     string          `toml:"retention"`                // how long messages stay on this device: "90d", "26w", "2y"; "off": for ever
	LockAfter     string          `toml:"lock_after"`               // "10m": without a key for so long the screen is locked; "off"
	VaultCommand  string          `toml:"vault_passphrase_command"` // writes the passphrase of the vault to its output; empty: it is asked
	Accounts      []AccountConfig `toml:"account"`
	Presences     []SavedPresence `toml:"presence"`
}

// AccountConfig is one [[account]] of the configuration file.
type AccountConfig struct {
	JID             string `toml:"jid"`
	Resource        string `toml:"resource"`
	Host            string `toml:"host"`
	Port            int    `toml:"port"`
	TLS             string `toml:"tls"` // "", starttls, direct
	CAFile          string `toml:"ca_file"`
	CertSHA256      string `toml:"cert_sha256"`
	AllowPlain      bool   `toml:"allow_plain"`      // PLAIN also where a better mechanism was used before
	PasswordCommand any    `toml:"password_command"` // string or list of strings
	Enabled         *bool  `toml:"enabled"`          // absent: true
}

// On says whether the account is to be connected.
func (a AccountConfig) On() bool { return a.Enabled == nil || *a.Enabled }

// Command is password_command as a program with arguments. A string is split
// at spaces, quotes group; no shell is involved. nil: none.
func (a AccountConfig) Command() []string {
	switch v := a.PasswordCommand.(type) {
	case string:
		return splitWords(v)
	case []any:
		var all []string
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil
			}
			all = append(all, s)
		}
		return all
	}
	return nil
}

func splitWords(s string) []string {
	var all []string
	var word strings.Builder
	var quote rune
	in := false
	for _, r := range s {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, in = r, true
		case r == ' ' || r == '\t':
			if in {
				all = append(all, word.String())
				word.Reset()
				in = false
			}
		default:
			word.WriteRune(r)
			in = true
		}
	}
	if in {
		all = append(all, word.String())
	}
	return all
}

// DefaultConfig is what holds where the file says nothing.
func DefaultConfig() Config {
	return Config{Theme: "dark", Receipts: true, Typing: true, ASCII: "auto", Mouse: false, Bell: true, Slim: "auto", Pictures: "auto", Notify: "auto", NotifyBody: "auto", AutoAway: 15, AutoXA: 60, DownloadMax: 500, Styling: true, Bookmarks: true, Retention: "off", LockAfter: "off"}
}

// ConfigError is a mistake in the configuration file.
type ConfigError struct {
	Path string
	Line int // 0: not known
	Text string
}

func (e *ConfigError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Path, e.Text)
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Text)
}

// LoadConfig reads the configuration file. A file that is not there is the
// default configuration; mistakes are a *ConfigError with the line.
func LoadConfig(path string) (Config, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return DefaultConfig(), nil
	}
	if err != nil {
		return DefaultConfig(), &ConfigError{Path: path, Text: "the file cannot be read"}
	}
	return parseConfig(path, b)
}

func parseConfig(path string, b []byte) (Config, error) {
	c := DefaultConfig()
	d := toml.NewDecoder(strings.NewReader(string(b))).DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		var missing *toml.StrictMissingError
		if errors.As(err, &missing) && len(missing.Errors) > 0 {
			row, _ := missing.Errors[0].Position()
			key := strings.Join(missing.Errors[0].Key(), ".")
			return c, &ConfigError{path, row, fmt.Sprintf("there is no setting %q%s", key, suggest(key))}
		}
		var dec *toml.DecodeError
		if errors.As(err, &dec) {
			row, _ := dec.Position()
			return c, &ConfigError{path, row, strings.TrimPrefix(dec.Error(), "toml: ")}
		}
		return c, &ConfigError{Path: path, Text: strings.TrimPrefix(err.Error(), "toml: ")}
	}
	return c, c.check(path, string(b))
}

var (
	notifyWays = []string{"auto", "bell", "osc9", "osc777", "osc99", "dbus", "off"}
	autoOnOff  = []string{"auto", "on", "off"}
	pictures   = []string{"auto", "on", "blocks", "kitty", "sixel", "off"}
)

// PictureWords are the values of the setting pictures.
func PictureWords() []string { return slices.Clone(pictures) }

// OpenWords is open_command as a program with arguments; nil: none.
func (c *Config) OpenWords() []string { return splitWords(c.OpenCommand) }

// NotifyWords is notify_command as a program with arguments; nil: none.
func (c *Config) NotifyWords() []string { return splitWords(c.NotifyCommand) }

// ClipboardWords is clipboard_command as a program with arguments; nil: none.
func (c *Config) ClipboardWords() []string { return splitWords(c.Clipboard) }

// VaultWords is vault_passphrase_command as a program with arguments; nil: none.
func (c *Config) VaultWords() []string { return splitWords(c.VaultCommand) }

// SplitWords splits a command at spaces; quotes group, no shell is involved.
func SplitWords(s string) []string { return splitWords(s) }

// keywordsMost bounds the words that are watched for.
const keywordsMost = 32

// KeywordList is keywords as a list, 32 at most.
func (c *Config) KeywordList() (list []string) {
	for w := range strings.SplitSeq(c.Keywords, ",") {
		if w = strings.TrimSpace(w); w != "" && len(list) < keywordsMost {
			list = append(list, w)
		}
	}
	return list
}

// Downloads is the folder where files are saved.
func (c *Config) Downloads() string {
	switch {
	case c.DownloadDir == "" && xdg.UserDirs.Download != "":
		return xdg.UserDirs.Download
	case c.DownloadDir == "":
		return filepath.Join(xdg.Home, "Downloads")
	case c.DownloadDir == "~" || strings.HasPrefix(c.DownloadDir, "~/"):
		return filepath.Join(xdg.Home, c.DownloadDir[1:])
	}
	return c.DownloadDir
}

// DownloadBytes is how big a file may be that is saved; 0: no limit.
func (c *Config) DownloadBytes() int64 { return int64(c.DownloadMax) * 1_000_000 }

// downloadMost bounds download_max.
const downloadMost = 1_000_000

// minutesMax bounds settings that are minutes.
const minutesMax = 10_000

// check finds values that parse and cannot be meant.
func (c Config) check(path, text string) error {
	fail := func(account int, key, format string, args ...any) error {
		return &ConfigError{path, lineOf(text, "account", account, key), fmt.Sprintf(format, args...)}
	}
	if c.ASCII != "auto" && c.ASCII != "on" && c.ASCII != "off" {
		return fail(-1, "ascii", "ascii must be \"auto\", \"on\" or \"off\"")
	}
	if c.AutoAway < 0 || c.AutoAway > minutesMax {
		return fail(-1, "auto_away", "auto_away must be minutes, 0 to %d", minutesMax)
	}
	if c.AutoXA < 0 || c.AutoXA > minutesMax {
		return fail(-1, "auto_xa", "auto_xa must be minutes, 0 to %d", minutesMax)
	}
	if c.DownloadMax < 0 || c.DownloadMax > downloadMost {
		return fail(-1, "download_max", "download_max must be megabytes, 0 to %d", downloadMost)
	}
	if c.DownloadDir != "" && c.DownloadDir != "~" && !strings.HasPrefix(c.DownloadDir, "~/") && !filepath.IsAbs(c.DownloadDir) {
		return fail(-1, "download_dir", "download_dir must be a whole path, such as \"~/Downloads\"")
	}
	if !slices.Contains(notifyWays, c.Notify) {
		return fail(-1, "notify", "notify must be one of %s", strings.Join(notifyWays, ", "))
	}
	if !slices.Contains(autoOnOff, c.Slim) {
		return fail(-1, "slim", "slim must be \"auto\", \"on\" or \"off\"")
	}
	if !slices.Contains(pictures, c.Pictures) {
		return fail(-1, "pictures", "pictures must be one of %s", strings.Join(pictures, ", "))
	}
	if !slices.Contains(autoOnOff, c.NotifyBody) {
		return fail(-1, "notify_body", "notify_body must be \"auto\", \"on\" or \"off\"")
	}
	if !languages.MatchString(c.Languages) {
		return fail(-1, "languages", "languages must be tags such as \"de-CH, en\"")
	}
	if !retentions.MatchString(c.Retention) {
		return fail(-1, "retention", "retention must be \"off\", or days, weeks or years such as \"90d\"")
	}
	if !lockTimes.MatchString(c.LockAfter) {
		return fail(-1, "lock_after", "lock_after must be \"off\", or seconds, minutes or hours such as \"10m\"")
	}
	names := map[string]bool{}
	for i, p := range c.Presences {
		line := lineOf(text, "presence", i, "name")
		if wrong := p.mistake(); wrong != "" {
			return &ConfigError{path, line, wrong}
		}
		if names[strings.ToLower(p.Name)] {
			return &ConfigError{path, line, fmt.Sprintf("the presence %s stands here twice", p.Name)}
		}
		names[strings.ToLower(p.Name)] = true
	}
	seen := map[string]bool{}
	for i, a := range c.Accounts {
		local, domain, ok := strings.Cut(a.JID, "@")
		if !ok || local == "" || domain == "" || strings.ContainsAny(a.JID, " /\t") {
			return fail(i, "jid", "an account needs an address such as jid = \"alice@example.org\"")
		}
		if seen[strings.ToLower(a.JID)] {
			return fail(i, "jid", "the account %s stands here twice", a.JID)
		}
		seen[strings.ToLower(a.JID)] = true
		if a.TLS != "" && a.TLS != "starttls" && a.TLS != "direct" {
			return fail(i, "tls", "tls must be \"starttls\" or \"direct\"")
		}
		if a.Port < 0 || a.Port > 65535 {
			return fail(i, "port", "port must be between 1 and 65535")
		}
		if a.CertSHA256 != "" && !fingerprint.MatchString(a.CertSHA256) {
			return fail(i, "cert_sha256", "cert_sha256 must be 64 hexadecimal digits")
		}
		if a.PasswordCommand != nil && len(a.Command()) == 0 {
			return fail(i, "password_command", "password_command must be a command or a list of words")
		}
	}
	return nil
}

// languages is a list of language tags, the best first.
var retentions = regexp.MustCompile(`^(off|[1-9][0-9]{0,3}[dwy])$`)

// RetentionDays is for how many days messages stay on this device; 0: for ever.
func (c *Config) RetentionDays() int {
	if !retentions.MatchString(c.Retention) || c.Retention == "off" {
		return 0
	}
	last := len(c.Retention) - 1
	n, err := strconv.Atoi(c.Retention[:last])
	if err != nil {
		return 0
	}
	return n * map[byte]int{'d': 1, 'w': 7, 'y': 365}[c.Retention[last]]
}

var lockTimes = regexp.MustCompile(`^(off|[1-9][0-9]{0,3}[smh])$`)

// LockTime is after how long without a key the screen is locked; 0: never.
func (c *Config) LockTime() time.Duration {
	if !lockTimes.MatchString(c.LockAfter) || c.LockAfter == "off" {
		return 0
	}
	d, err := time.ParseDuration(c.LockAfter)
	if err != nil {
		return 0
	}
	return d
}

var languages = regexp.MustCompile(`^([A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*([, ]+|$)){0,16}$`)

var fingerprint = regexp.MustCompile(`^([0-9A-Fa-f]{2}:?){32}$`)

// lineOf finds the line of a key, of the n-th table of a name or (-1) of the top.
func lineOf(text, table string, n int, key string) int {
	at, first, in := -1, 0, n < 0
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			in = false
			if strings.HasPrefix(line, "[["+table+"]]") {
				if at++; at == n {
					first, in = i+1, true
				}
			}
		}
		if in && (strings.HasPrefix(line, key+" ") || strings.HasPrefix(line, key+"=")) {
			return i + 1
		}
	}
	return first
}

// suggest names the setting that was probably meant.
func suggest(key string) string {
	if i := strings.LastIndexByte(key, '.'); i >= 0 {
		key = key[i+1:]
	}
	best, at := "", 3
	for _, k := range settingNames() {
		if d := Distance(key, k); d < at {
			best, at = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

func settingNames() []string {
	return []string{"theme", "nick", "receipts", "typing", "ascii", "mouse", "slim", "pictures", "bell", "auto_away", "auto_xa", "notify", "notify_body", "notify_command", "open_command", "clipboard_command", "download_dir", "download_max", "bookmarks", "languages", "vi_keys", "styling", "keywords", "retention", "lock_after", "vault_passphrase_command", "account",
		"jid", "resource", "host", "port", "tls", "ca_file", "cert_sha256", "allow_plain", "password_command", "enabled", "presence", "name", "state", "text", "priority", "time"}
}

// Distance is the Levenshtein distance of two words.
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diag, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diag+cost)
		}
	}
	return row[len(b)]
}

// SettingNames lists the settings at the top of the file, sorted.
func SettingNames() []string {
	all := settingNames()
	all = all[:slices.Index(all, "account")]
	sort.Strings(all)
	return all
}

// Set changes one setting from what a user typed and returns the TOML to be
// written. false: there is no such setting or it cannot have this value.
func (c *Config) Set(key, value string) (string, bool) {
	words := map[string]*string{"theme": &c.Theme, "nick": &c.Nick, "ascii": &c.ASCII, "notify": &c.Notify, "notify_body": &c.NotifyBody, "slim": &c.Slim, "pictures": &c.Pictures, "notify_command": &c.NotifyCommand, "languages": &c.Languages, "keywords": &c.Keywords, "retention": &c.Retention, "open_command": &c.OpenCommand, "clipboard_command": &c.Clipboard, "vault_passphrase_command": &c.VaultCommand, "lock_after": &c.LockAfter, "download_dir": &c.DownloadDir}
	switches := map[string]*bool{"receipts": &c.Receipts, "typing": &c.Typing, "mouse": &c.Mouse, "bell": &c.Bell, "vi_keys": &c.ViKeys, "styling": &c.Styling, "bookmarks": &c.Bookmarks}
	if p := words[key]; p != nil {
		if (key == "ascii" || key == "notify_body" || key == "slim") && !slices.Contains(autoOnOff, value) || key == "pictures" && !slices.Contains(pictures, value) || key == "theme" && value == "" || key == "notify" && !slices.Contains(notifyWays, value) || key == "languages" && !languages.MatchString(value) || key == "retention" && !retentions.MatchString(value) || key == "lock_after" && !lockTimes.MatchString(value) ||
			key == "download_dir" && value != "" && value != "~" && !strings.HasPrefix(value, "~/") && !filepath.IsAbs(value) {
			return "", false
		}
		*p = value
		return quote(value), true
	}
	numbers := map[string]*int{"auto_away": &c.AutoAway, "auto_xa": &c.AutoXA, "download_max": &c.DownloadMax}
	if p := numbers[key]; p != nil {
		most := minutesMax
		if key == "download_max" {
			most = downloadMost
		}
		if value == "off" {
			value = "0"
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > most {
			return "", false
		}
		*p = n
		return strconv.Itoa(n), true
	}
	if p := switches[key]; p != nil {
		switch value {
		case "on", "yes", "true":
			*p = true
		case "off", "no", "false":
			*p = false
		default:
			return "", false
		}
		return strconv.FormatBool(*p), true
	}
	return "", false
}

// Value is a setting as a user reads it; false: there is no such setting.
func (c *Config) Value(key string) (string, bool) {
	onOff := map[bool]string{true: "on", false: "off"}
	switch key {
	case "theme":
		return c.Theme, true
	case "nick":
		return c.Nick, true
	case "ascii":
		return c.ASCII, true
	case "receipts":
		return onOff[c.Receipts], true
	case "typing":
		return onOff[c.Typing], true
	case "mouse":
		return onOff[c.Mouse], true
	case "auto_away":
		return strconv.Itoa(c.AutoAway), true
	case "auto_xa":
		return strconv.Itoa(c.AutoXA), true
	case "notify":
		return c.Notify, true
	case "slim":
		return c.Slim, true
	case "pictures":
		return c.Pictures, true
	case "open_command":
		return c.OpenCommand, true
	case "clipboard_command":
		return c.Clipboard, true
	case "download_dir":
		return c.DownloadDir, true
	case "download_max":
		return strconv.Itoa(c.DownloadMax), true
	case "notify_body":
		return c.NotifyBody, true
	case "notify_command":
		return c.NotifyCommand, true
	case "bell":
		return onOff[c.Bell], true
	case "bookmarks":
		return onOff[c.Bookmarks], true
	case "lock_after":
		return c.LockAfter, true
	case "vault_passphrase_command":
		return c.VaultCommand, true
	case "languages":
		return c.Languages, true
	case "retention":
		return c.Retention, true
	case "vi_keys":
		return onOff[c.ViKeys], true
	case "styling":
		return onOff[c.Styling], true
	case "keywords":
		return c.Keywords, true
	}
	return "", false
}
