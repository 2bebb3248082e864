package store

import (
	"path/filepath"

	"github.com/adrg/xdg"
)

// Paths are the places of one profile.
type Paths struct {
	Config string // the file config.toml
	Data   string // the folder of the database and the lock
	State  string // the folder of logs and crash reports
	Themes string // the folder of the user's themes
	Keys   string // the file keys.toml
	Vault  string // the file of the vault
	Home   string // the user's own folder
}

// FindPaths gives the places by the rules of the system (XDG on Linux). config
// and data, when not empty, were named by the user and win.
func FindPaths(config, data string) Paths {
	p := Paths{
		Config: filepath.Join(xdg.ConfigHome, "sotto", "config.toml"),
		Data:   filepath.Join(xdg.DataHome, "sotto"),
		State:  filepath.Join(xdg.StateHome, "sotto"),
		Home:   xdg.Home,
	}
	if config != "" {
		p.Config = config
	}
	if data != "" {
		p.Data, p.State = data, data
	}
	p.Vault = filepath.Join(p.Data, "vault.json")
	p.Keys = filepath.Join(filepath.Dir(p.Config), "keys.toml")
	p.Themes = filepath.Join(filepath.Dir(p.Config), "themes")
	return p
}
