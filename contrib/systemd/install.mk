# Installs and removes srrd, srrctl, their units, shell completion and the JSON Schemas
# of the configuration. Include it
# from a Makefile, or use it alone, after the programs were built into build/:
#
#	make -f contrib/systemd/install.mk install
#	make -f contrib/systemd/install.mk install DESTDIR=/tmp/package
#
# It neither enables nor starts anything.

SYSTEMD_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
PREFIX ?= /usr
SBINDIR ?= $(PREFIX)/sbin
BINDIR ?= $(PREFIX)/bin
UNITDIR ?= /lib/systemd/system
BUILD ?= build
SCHEMAS := $(addprefix $(SYSTEMD_DIR)../../docs/,srr.schema.json conf.d.schema.json)

.PHONY: install uninstall

install:
	install -D -m 0755 $(BUILD)/srrd $(DESTDIR)$(SBINDIR)/srrd
	install -D -m 0755 $(BUILD)/srrctl $(DESTDIR)$(BINDIR)/srrctl
	install -d -m 0755 $(DESTDIR)$(UNITDIR)
	sed -e 's|/usr/sbin/srrd|$(SBINDIR)/srrd|g' -e 's|/usr/bin/srrctl|$(BINDIR)/srrctl|g' \
		$(SYSTEMD_DIR)srrd.service >$(DESTDIR)$(UNITDIR)/srrd.service
	install -m 0644 $(SYSTEMD_DIR)srr.slice $(DESTDIR)$(UNITDIR)/srr.slice
	install -d -m 0755 $(DESTDIR)/etc/srr $(DESTDIR)/etc/srr/conf.d
	install -d $(DESTDIR)/etc/bash_completion.d
	$(BUILD)/srrctl completion bash >$(DESTDIR)/etc/bash_completion.d/srrctl
	install -d $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(BUILD)/srrctl completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_srrctl
	$(BUILD)/srrctl completion fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/srrctl.fish
	install -d $(DESTDIR)$(PREFIX)/share/srr
	install -m 0644 $(SCHEMAS) $(DESTDIR)$(PREFIX)/share/srr/
	@echo "installed; next: srrd init, srrd check-config, systemctl daemon-reload, systemctl enable --now srrd"

# Leaves /etc/srr and /var/lib/srr: they are yours.
uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/srrd $(DESTDIR)$(BINDIR)/srrctl $(DESTDIR)$(UNITDIR)/srrd.service \
		$(DESTDIR)$(UNITDIR)/srr.slice $(DESTDIR)/etc/bash_completion.d/srrctl \
		$(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_srrctl \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/srrctl.fish
	rm -rf $(DESTDIR)$(PREFIX)/share/srr
