#!/bin/sh
# other-frr.sh SUITE COMMAND [ARGUMENT ...]
#
# Runs a command where /usr/lib/frr and vtysh are those of another release of Debian,
# such as trixie (FRR 10.3). They are fetched once, with the libraries they need, into
# build/frr-SUITE; nothing of it is installed, and only the command sees it. Needs root
# and patchelf.
set -eu

suite=$1
shift
dir=$(cd "$(dirname "$0")/.." && pwd)/build/frr-$suite

fetch() {
	new=$dir.new
	rm -rf "$dir" "$new"
	mkdir -p "$new/lists/partial" "$new/cache/archives/partial" "$new/root"
	: >"$new/status"
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
	[ -n "$mirror" ] || { echo "other-frr: no mirror of Debian among apt's sources" >&2; exit 1; }
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$new/sources.list"
	set -- -qq -o Dir::Etc::sourcelist="$new/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$new/lists" \
		-o Dir::State::status="$new/status" -o Dir::Cache="$new/cache" -o APT::Sandbox::User=root
	apt-get "$@" update
	apt-get "$@" install -y --download-only --no-install-recommends frr >"$new/log" 2>&1 || { cat "$new/log" >&2; exit 1; }
	for deb in "$new"/cache/archives/frr_*.deb "$new"/cache/archives/lib*.deb "$new"/cache/archives/zlib*.deb; do
		dpkg-deb -x "$deb" "$new/root"
	done

	# Libraries and loader go into the directory, to be found where it is mounted.
	mv "$new/root/usr/lib/frr" "$new/frr"
	mv "$new/root/usr/bin/vtysh" "$new/frr/"
	mkdir "$new/frr/lib"
	from=$(dirname "$(find "$new/root" -name libc.so.6)")
	find "$from" "$from/frr" -maxdepth 1 -name '*.so*' ! -type d -exec cp -P {} "$new/frr/lib/" \;
	loader=$(cd "$new/frr/lib" && ls ld-linux*.so.*)
	at=/usr/lib/frr/lib
	for program in zebra ospfd bfdd staticd mgmtd watchfrr vtysh; do
		[ ! -e "$new/frr/$program" ] ||
			patchelf --set-interpreter "$at/$loader" --force-rpath --set-rpath $at "$new/frr/$program"
	done
	find "$new/frr/lib" -name 'libfrr*' -type f -exec patchelf --force-rpath --set-rpath $at {} +
	mv "$new/frr" "$dir"
	rm -rf "$new"
	chown -R --reference="$dir/.." "$dir"
}

[ -d "$dir" ] || fetch >&2
exec unshare --mount --propagation private sh -euc '
	mount --bind "$0" /usr/lib/frr
	mount --bind "$0/vtysh" /usr/bin/vtysh
	exec "$@"' "$dir" "$@"
