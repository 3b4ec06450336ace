# Process 1 of a machine's namespaces: makes a root of what the host has, in
# memory, and becomes systemd. Arguments: host directories that are to be seen
# at the same place. Nothing here is written to the host: the mounts end with
# the namespace.
set -eu
mount --make-rprivate /
root=/mnt
mount -t tmpfs -o mode=755 machine $root
for d in usr etc/systemd/system var/log var/lib var/tmp var/cache run tmp proc sys dev/pts dev/shm root home opt .host; do
	mkdir -p $root/$d
done
ln -s /run $root/var/run

# Programs: the host's, which cannot be changed from here. What a whole machine
# starts at boot stays out of it; socket units and the bus do not.
mount --rbind /usr $root/usr
mount -o remount,bind,ro $root/usr
for d in bin sbin lib lib64; do
	[ ! -L /$d ] || ln -s usr/$d $root/$d
done
units=$root/usr/lib/systemd
for d in system-generators system/sysinit.target.wants system/local-fs.target.wants system/multi-user.target.wants system/timers.target.wants; do
	[ ! -d $units/$d ] || mount -t tmpfs -o ro none $units/$d
done

# Settings: those that programs need to run at all.
for f in passwd group nsswitch.conf ld.so.cache ld.so.conf ld.so.conf.d alternatives dbus-1 host.conf pam.d security login.defs; do
	[ ! -e /etc/$f ] || cp -a /etc/$f $root/etc/
done
echo machine >$root/etc/hostname
echo '127.0.0.1 localhost machine' >$root/etc/hosts
od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >$root/etc/machine-id

mount -t proc proc $root/proc
mount -t sysfs -o ro sysfs $root/sys
mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
mount -t tmpfs -o mode=755 run $root/run
mount -t tmpfs -o mode=1777 tmp $root/tmp
mount -t tmpfs -o mode=1777 shm $root/dev/shm
for d in "$@"; do
	mkdir -p "$root$d"
	mount --rbind "$d" "$root$d"
done

for d in null zero full random urandom tty; do
	touch $root/dev/$d
	mount --bind /dev/$d $root/dev/$d
done
ln -s /proc/self/fd $root/dev/fd
ip link set lo up
hostname machine
cd $root
pivot_root . .host
umount -l /.host
exec env -i container=srr PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --system
