package ui

import (
	"cmp"
	"errors"
	"os"
	"strconv"
	"strings"

	"sotto/store"
	"sotto/themes"
	"sotto/ui/catalog"
)

// cmdReload reads the configuration, keys.toml and the theme again. They are
// taken together or, when one has a mistake, not at all.
func (a *App) cmdReload(string) {
	keysPath, themesDir, known := a.opt.Keys, a.opt.ThemesDir, len(a.m.accounts)
	was := *a.c.Settings()
	var actions []*action
	var theme *themes.Theme
	read := func(path string) (store.Config, bool) {
		var wrong []string
		cfg := *a.c.Settings()
		if path != "" {
			var err error
			if cfg, err = store.LoadConfig(path); err != nil {
				wrong = append(wrong, err.Error())
				cfg = *a.c.Settings()
			} else if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && known > 0 {
				wrong = append(wrong, catalog.T("reload.gone", path))
			}
		}
		actions = makeActions()
		for _, w := range loadKeys(keysPath, actions, cfg.ViKeys) {
			wrong = append(wrong, w.String())
		}
		var err error
		if theme, err = themes.Load(cmp.Or(cfg.Theme, themes.Default), themesDir); err != nil {
			wrong = append(wrong, err.Error())
		}
		if len(wrong) > 0 {
			a.later(func(a *App) { a.notReloaded(wrong) })
		}
		return cfg, len(wrong) == 0
	}
	a.c.Reload(read, func(waiting []string) {
		a.later(func(a *App) { a.reloaded(was, actions, theme, waiting) })
	})
}

func (a *App) notReloaded(wrong []string) {
	lines := make([]noteLine, 0, len(wrong)+1)
	for _, w := range wrong[:min(len(wrong), noteMax/2)] {
		lines = append(lines, noteLine{text: w, style: a.look.Error})
	}
	a.note.put(append(lines, noteLine{text: catalog.T("reload.wrong"), style: a.look.Notice})...)
}

func (a *App) reloaded(was store.Config, actions []*action, theme *themes.Theme, waiting []string) {
	a.actions, a.keys, a.viKeys = actions, bind(actions), a.c.Settings().ViKeys
	a.wear(theme)
	a.settingChanged()
	if a.c.Settings().Slim != was.Slim {
		a.slim, a.slimChosen = false, false
	}
	lines := []noteLine{{text: catalog.T("reload.done"), style: a.look.Notice}}
	if len(waiting) > 0 {
		lines = append(lines, noteLine{text: catalog.T("reload.waiting", strings.Join(waiting, ", ")), style: a.look.Notice})
	}
	a.note.put(lines...)
}

// String says what is wrong and where.
func (m keyMistake) String() string {
	where := "keys.toml"
	if m.line > 0 {
		where += ":" + strconv.Itoa(m.line)
	}
	return where + ": " + catalog.T(m.code, m.args...)
}

// keyLine finds the line in which an action gets its keys; 0: in none.
func keyLine(file, name string) int {
	for i, line := range strings.Split(file, "\n") {
		key, _, ok := strings.Cut(line, "=")
		if ok && strings.Trim(strings.TrimSpace(key), `"'`) == name {
			return i + 1
		}
	}
	return 0
}
