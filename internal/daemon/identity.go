package daemon

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"srr/internal/api"
	"srr/internal/config"
	ospfmedium "srr/internal/discovery/ospf"
	"srr/internal/discovery/signed"
	"srr/internal/identity"
)

// openIdentity reads this node's certificates. There may be none, and they may
// come later.
func (d *Daemon) openIdentity() {
	d.identity = identity.New(identity.StoreOptions{
		Dir: d.cfg.Paths.PKI, Cluster: d.cfg.Cluster, Node: d.cfg.Name, RouterID: d.cfg.RouterID,
		Rules: d.cfg.Access, Log: d.log,
	})
	if err := d.identity.Reload(); err != nil && !errors.Is(err, identity.ErrNoPKI) {
		d.log.Error("the certificates cannot be used; read again when they change", "err", err)
	}
}

// CheckIdentity says what this host's certificates have to say against a
// configuration that is right by itself.
func CheckIdentity(path string) error {
	c, err := config.Load(path, nil)
	if err != nil {
		return err
	}
	s := identity.New(identity.StoreOptions{Dir: c.Paths.PKI, Cluster: c.Cluster, Node: c.Name, RouterID: c.RouterID})
	if err := s.Reload(); err != nil && !errors.Is(err, identity.ErrNoPKI) {
		return err
	}
	return canSign(c, s)
}

// canSign refuses a configuration under which the others would not believe this
// node, and run what it runs.
func canSign(c *config.Config, s *identity.Store) error {
	if c.Medium.Signatures == signed.Off || s.Signer() != nil {
		return nil
	}
	err := s.Reload() // why not; and perhaps it is there by now
	if err == nil && s.Signer() != nil {
		return nil
	}
	return errors.Join(fmt.Errorf("medium.signatures: this node has no certificate for records (%s): "+
		"srrctl join TOKEN enrols it, or where the CA is: srrctl ca issue node %s --router-id %s",
		filepath.Join(c.Paths.PKI, identity.FileRecords), c.Name, c.RouterID), err)
}

func (d *Daemon) signatures(c *config.Config) ospfmedium.Signatures {
	return ospfmedium.Signatures{Mode: c.Medium.Signatures, Authority: d.identity}
}

// adoptIdentity takes over what a reload changes.
func (d *Daemon) adoptIdentity(next *config.Config) error {
	if err := canSign(next, d.identity); err != nil {
		return err
	}
	if next.Medium.Signatures != d.cfg.Medium.Signatures {
		if err := d.medium.SetSignatures(d.signatures(next)); err != nil {
			return err
		}
	}
	d.identity.SetRules(next.Access)
	return nil
}

// certificateAlarms are what will stop working soon, or did.
func (d *Daemon) certificateAlarms(now time.Time) (out []api.Alarm) {
	for _, w := range d.identity.Warnings(now) {
		severity := api.Warning
		if !now.Before(w.At) {
			severity = api.Critical
		}
		out = append(out, api.Alarm{Severity: severity, Code: "certificate", Text: w.Subject + " " + w.Text, Advice: w.Advice})
	}
	return out
}
