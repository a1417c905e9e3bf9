#!/bin/sh
# Fetches two programs of Debian 13 for the tests, which run on older systems too: OpenSSH 10, and an ssh-audit that
# knows its algorithms. They run by their own loader, with their own libraries, from node_modules/.havengate/debian-13;
# nothing is installed. apt of this machine fetches them, from the Debian mirror that it uses anyway, and checks them
# against Debian's archive keys. Exit code 1, with the reason, when that cannot be done.
set -u
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P) || exit 1
. "$ROOT/scripts/lib/install.sh"

HOME_13="$STATE/debian-13"
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
PACKAGES='openssh-client ssh-audit libc6 libcbor0.10 libcap2 libcom-err2 libedit2 libbsd0 libmd0 libfido2-1 libgcc-s1
  libgssapi-krb5-2 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 libpcre2-8-0 libselinux1 libssl3t64 libtinfo6
  libudev1 libzstd1 zlib1g'

[ -x "$HOME_13/bin/ssh" ] && exit 0

for needed in apt-get dpkg-deb python3; do
  command -v "$needed" >/dev/null 2>&1 || fail "OpenSSH 10 cannot be fetched for the tests without $needed"
done
[ -r "$KEYRING" ] || fail "OpenSSH 10 cannot be fetched for the tests without $KEYRING (package debian-archive-keyring)"
mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME)' 'Identifier: Packages' |
  awk '$1 == "Debian" && $2 !~ /security/ { print $2; exit }')
[ -n "$mirror" ] || fail 'OpenSSH 10 cannot be fetched for the tests: the apt of this machine has no Debian mirror'

note 'fetching OpenSSH 10 and ssh-audit of Debian 13 for the tests (once) ...'
work=$(mktemp -d) || fail 'cannot make a temporary folder'
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/root/bin"
: >"$work/status"
echo "deb [signed-by=$KEYRING] $mirror trixie main" >"$work/sources.list"
cat >"$work/apt.conf" <<END
Dir::State::Lists "$work/lists";
Dir::State::Status "$work/status";
Dir::Cache "$work";
Dir::Cache::Archives "$work/archives";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Acquire::Languages "none";
Acquire::Retries "3";
END

# As root, apt would fetch as a user that cannot write here.
apt() {
  (cd "$work/archives" && APT_CONFIG="$work/apt.conf" apt-get -q -o APT::Sandbox::User=root "$@" </dev/null)
}
# shellcheck disable=SC2086  # a list of words
{ apt update && apt download $PACKAGES; } >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  fail 'OpenSSH 10 could not be fetched for the tests; the messages of apt stand above.'
}
for package in "$work"/archives/*.deb; do
  dpkg-deb -x "$package" "$work/root" || fail "cannot unpack $package"
done

case $(dpkg --print-architecture) in
  amd64) loader=usr/lib64/ld-linux-x86-64.so.2 ;;
  arm64) loader=usr/lib/ld-linux-aarch64.so.1 ;;
  *) loader=$(cd "$work/root" && find usr/lib* -name 'ld-linux*' | head -n 1) ;;
esac
libraries=$(cd "$work/root" && dirname "$(find usr/lib -name 'libcrypto.so.3' | head -n 1)")

# put PROGRAM COMMAND...: a program in bin that becomes the command. By its own folder, so that it can be moved.
put() {
  printf '#!/bin/sh\nroot=$(dirname -- "$(dirname -- "$0")")\nexec %s "$@"\n' "$2" >"$work/root/bin/$1" &&
    chmod 755 "$work/root/bin/$1"
}
run="\"\$root/$loader\" --library-path \"\$root/$libraries\""
put ssh "$run \"\$root/usr/bin/ssh\""
put sftp "$run \"\$root/usr/bin/sftp\" -S \"\$root/bin/ssh\""
put ssh-audit "env PYTHONPATH=\"\$root/usr/lib/python3/dist-packages\" python3 -m ssh_audit"

"$work/root/bin/ssh" -V 2>&1 | grep -q '^OpenSSH_1' || fail "what was fetched does not run: $("$work/root/bin/ssh" -V 2>&1)"
mkdir -p "$STATE"
rm -rf "$HOME_13"
mv "$work/root" "$HOME_13" || fail "cannot write to $STATE"
