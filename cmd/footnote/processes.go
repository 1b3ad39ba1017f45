package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"footnote/pipeline"
	"footnote/pipeline/peer"
)

// self describes this process for the others.
func (a *app) self(roles []string) peer.Peer {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	p := peer.Peer{Host: host, PID: os.Getpid(), URL: a.url, PublicURL: strings.TrimSuffix(a.c.PublicURL, "/"), Roles: roles, PoolSize: a.c.PoolSize,
		Settings: map[string]string{}, Sandbox: a.sandbox != nil}
	for _, f := range settings(&a.c) {
		if !f.own && needed(f.roles, roles) {
			p.Settings[f.key] = peer.Code(f.key, fmt.Sprint(f.plain()))
		}
	}
	if needed(deskRoles, roles) {
		p.Desks = []string{}
		for _, d := range a.desks {
			p.Desks = append(p.Desks, d.Name())
		}
		if a.secret != "" && slices.Contains(p.Desks, "sandbox") {
			p.Settings["sandbox_token"] = peer.Code("sandbox_token", a.secret)
		}
		slices.Sort(p.Desks)
	}
	return p
}

// needed tells whether any of the roles needs a setting; empty means that all do.
func needed(by string, roles []string) bool {
	return by == "" || slices.ContainsFunc(strings.Fields(by), func(r string) bool { return slices.Contains(roles, r) })
}

// plain is the value with secrets open.
func (f setting) plain() any {
	if f.secret() {
		return f.v.String()
	}
	return f.v.Interface()
}

// folderEvery is how often the knowledge folder is read for what the others compare.
const folderEvery = 5 * time.Minute

// register writes this process down for the others, and says at once what does not fit.
func (a *app) register(roles []string) part {
	return func(ctx context.Context) error {
		var read time.Time
		var folder, told string
		if err := a.checkDisks(ctx); pipeline.KindOf(err) == pipeline.Conflict {
			a.log.Warn("events may be lost by a power cut", "problem", err)
		}
		r := peer.NewRegister(a.p.pool, a.self(roles), a.log)
		return r.Run(ctx, func(p *peer.Peer) {
			if slices.Contains(roles, roleKnowledge) && time.Since(read) > folderEvery {
				read, folder = time.Now(), a.folderCode()
			}
			p.Knowledge = folder
		}, func(ctx context.Context) { // once it is written down
			err := a.checkProcesses(ctx)
			if say := fmt.Sprint(err); err != nil && say != told && ctx.Err() == nil {
				told = say
				a.log.Warn("processes do not fit together", "problem", err)
			}
		})
	}
}

// checkProcesses says what does not fit together among the processes that run.
func (a *app) checkProcesses(ctx context.Context) error {
	list, err := peer.List(ctx, a.p.pool)
	if err != nil {
		return err
	}
	most, err := connectionLimit(ctx, a)
	if err != nil {
		return err
	}
	if bad := peer.Compare(list, most); bad != nil {
		return pipeline.Errorf(pipeline.Conflict, "%s", strings.Join(bad, "; "))
	}
	return nil
}

// connectionLimit is how many connections the database leaves to everybody.
func connectionLimit(ctx context.Context, a *app) (n int, err error) {
	err = a.p.pool.QueryRow(ctx, `
		SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int`).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("ask for max_connections: %w", err)
	}
	return n, nil
}

// codeBytes of each file are read: with the name and the size, enough to tell folders apart.
const codeBytes = 4 << 10

// folderCode is the name of the knowledge folder and a code of what it holds; empty
// when there is none or it cannot be read.
func (a *app) folderCode() string {
	feed, err := a.feed()
	if err != nil {
		return ""
	}
	h := sha256.New()
	err = filepath.WalkDir(feed.Location, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.Type().IsRegular() {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(feed.Location, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%q %d ", filepath.ToSlash(rel), info.Size())
		_, err = io.CopyN(h, f, codeBytes)
		if err == io.EOF {
			err = nil
		}
		return err
	})
	if err != nil {
		return ""
	}
	return feed.Name + " " + hex.EncodeToString(h.Sum(nil)[:6])
}
