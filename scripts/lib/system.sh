# Sourced after install.sh. Brings the programs in place that npm does not have.

# One line per program ('paramiko' is a package of the system's Python, 'rsyslog-tls' a part of rsyslogd): the command, then its package for apt, dnf, apk and brew ('-' where there is none).
SYSTEM_PROGRAMS='
redis-server redis-server   redis           redis            redis
clamd        clamav-daemon  clamd           clamav-daemon    clamav
clamdscan    clamdscan      clamav          clamav-clamdscan clamav
ssh          openssh-client openssh-clients openssh-client   openssh
sftp         openssh-client openssh-clients openssh-sftp     openssh
sshd         openssh-server openssh-server  openssh-server   openssh
lftp         lftp           lftp            lftp             lftp
rclone       rclone         rclone          rclone           rclone
sshfs        sshfs          fuse-sshfs      sshfs            -
psftp        putty-tools    putty           putty            putty
pscp         putty-tools    putty           putty            putty
curl         curl           curl            curl             curl
paramiko     python3-paramiko python3-paramiko py3-paramiko  -
strace       strace         strace          strace           -
ps           procps         procps-ng       procps           -
faketime     faketime       libfaketime     libfaketime      libfaketime
chromium     chromium       chromium        chromium         -
rsyslogd     rsyslog        rsyslog         rsyslog          -
rsyslog-tls  rsyslog-openssl rsyslog-openssl rsyslog-openssl -
openssl      openssl        openssl         openssl          openssl@3
mkfs.xfs     xfsprogs       xfsprogs        xfsprogs         -
'
# What the daemon itself needs, and what its tests and benchmarks drive it with.
SYSTEM_FOR_START='redis-server'
SYSTEM_FOR_TEST='redis-server clamd clamdscan ssh sftp sshd lftp rclone sshfs psftp pscp curl paramiko strace ps faketime chromium rsyslogd rsyslog-tls openssl mkfs.xfs'

# Servers live in sbin, which is not on every user's PATH.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
export PATH

# ensure_programs COMMAND...: installs the packages of those that are missing. Returns 1, after saying what is
# missing and how to get it, when it cannot.
ensure_programs() {
  missing=$(missing_programs "$@")
  [ -z "$missing" ] && return 0
  if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
    take_lock
    # shellcheck disable=SC2046,SC2086  # lists of words
    install_with_apt $(packages_of 2 $missing)
    drop_lock
    missing=$(missing_programs $missing)
    [ -z "$missing" ] && return 0
  fi
  # shellcheck disable=SC2086
  explain_missing $missing
  return 1
}

missing_programs() {
  for program in "$@"; do
    has_program "$program" || printf '%s ' "$program"
  done
}

has_program() {
  case $1 in
    paramiko) /usr/bin/python3 -c 'import paramiko' >/dev/null 2>&1 ;;
    rsyslog-tls) [ -n "$(find /usr/lib /usr/lib64 -name lmnsd_ossl.so 2>/dev/null)" ] ;;
    *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

# packages_of COLUMN PROGRAM...
packages_of() {
  column=$1
  shift
  for program in "$@"; do
    printf '%s\n' "$SYSTEM_PROGRAMS" | awk -v p="$program" -v c="$column" '$1 == p && $c != "-" { print $c }'
  done | sort -u | tr '\n' ' '
}

explain_missing() {
  note "missing on this machine: $*"
  if command -v apt-get >/dev/null 2>&1; then
    note "install with: sudo apt-get install --no-install-recommends $(packages_of 2 "$@")"
  elif command -v dnf >/dev/null 2>&1; then
    note "install with: sudo dnf install $(packages_of 3 "$@")"
  elif command -v apk >/dev/null 2>&1; then
    note "install with: sudo apk add $(packages_of 4 "$@")"
  elif command -v brew >/dev/null 2>&1; then
    note "install with: brew install $(packages_of 5 "$@")"
  else
    note 'install them with the package manager of this system'
  fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Old package lists are the usual reason for a failure, so they are fetched only after one.
install_with_apt() {
  note "installing system packages: $*"
  log=$(mktemp) || fail 'cannot write a temporary file'
  forbid_services
  if apt_install "$@" >"$log" 2>&1 || { as_root apt-get update >>"$log" 2>&1; apt_install "$@" >>"$log" 2>&1; }; then
    if [ -d /run/systemd/system ]; then
      note 'their own services were not started, but start with the machine; Havengate does not need them to'
    fi
  else
    cat "$log" >&2
  fi
  allow_services
  rm -f "$log"
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get install -y --no-install-recommends \
    -o DPkg::Lock::Timeout=600 "$@" </dev/null
}

# Debian starts a server as soon as it is installed. Ours are started by the daemon, with its own settings, so
# a policy forbids it for as long as we install. A policy that the machine has of its own stays as it is.
POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='# put here by havengate while it installs packages'

forbid_services() {
  if [ -e "$POLICY" ] && ! grep -qF "$POLICY_MARK" "$POLICY"; then return 0; fi
  trap 'allow_services; drop_lock' EXIT
  printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" | as_root sh -c "cat >$POLICY && chmod 755 $POLICY"
}

allow_services() {
  if grep -qsF "$POLICY_MARK" "$POLICY"; then as_root rm -f "$POLICY"; fi
}
