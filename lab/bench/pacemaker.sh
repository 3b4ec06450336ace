#!/bin/sh
# One node of a Pacemaker cluster, in mount, process and IPC namespaces of its
# own. Arguments: directory, name, address of n1, of n2, token time-out in ms.
set -e
B=$1 N=$2
mount --make-rprivate /
mount -t tmpfs none /dev/shm
for d in /var/lib/pacemaker /var/lib/corosync /var/log/pacemaker /etc/corosync; do
	mkdir -p "$d"
	mount -t tmpfs none "$d"
done
mkdir -p /run/crm /run/resource-agents /var/lib/pacemaker/blackbox /var/lib/pacemaker/cib /var/lib/pacemaker/cores /var/lib/pacemaker/pengine
chown -R hacluster:haclient /var/lib/pacemaker /run/crm /var/log/pacemaker
chmod 750 /var/lib/pacemaker/*
cat >/etc/corosync/corosync.conf <<C
totem {
 version: 2
 cluster_name: lab
 transport: knet
 crypto_cipher: none
 crypto_hash: none
 token: $5
}
nodelist {
 node {
  ring0_addr: $3
  name: n1
  nodeid: 1
 }
 node {
  ring0_addr: $4
  name: n2
  nodeid: 2
 }
}
quorum {
 provider: corosync_votequorum
 two_node: 1
 wait_for_all: 0
}
logging {
 to_logfile: yes
 logfile: $B/log/corosync.log
 to_syslog: no
 timestamp: hires
}
C
export PCMK_logfile="$B/log/pacemaker.log"
corosync -f >"$B/log/corosync.out" 2>&1 &
sleep 1.5
pacemakerd >"$B/log/pacemakerd.out" 2>&1 &
# The first process of the namespace: it must go on, and collect the dead.
while :; do
	sleep 1
done
