#!/usr/bin/env bash
# Debian's Slurm for `make test-slurm`. Nothing in /etc is configured and no service of the system is used.
set -euo pipefail
missing=()
for program in slurmctld:slurm-wlm slurmd:slurm-wlm srun:slurm-wlm munged:munge; do
    PATH=$PATH:/usr/sbin command -v "${program%:*}" > /dev/null || missing+=("${program#*:}")
done
if [ "$(id -u)" != 0 ]; then
    echo "make test-slurm must run as root: it makes device files for its two pretended GPUs and starts Slurm's daemons" >&2
    exit 1
fi
[ ${#missing[@]} = 0 ] && exit 0
if ! command -v apt-get > /dev/null; then
    echo "make test-slurm: install ${missing[*]} (here is no apt-get to do it)" >&2
    exit 1
fi
apt-get update -qq
# Installing must not start the daemons of the system.
RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
