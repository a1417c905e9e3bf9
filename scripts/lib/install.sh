# Sourced by the scripts of this project, which set ROOT first.
# Brings the npm packages, the pinned Node and ssh2's native binding in place.
# Everything here writes to stderr only: stdout belongs to the program that is started afterwards.

STATE="$ROOT/node_modules/.havengate"
# The Node that runs everything: a link that install_packages makes, so that no script looks for it again.
# shellcheck disable=SC2034  # used by the scripts that source this file
NODE="$STATE/node"
LOCK="$STATE/lock"

note() {
  printf 'havengate: %s\n' "$*" >&2
}

fail() {
  note "$*"
  exit 1
}

# True when node_modules was made from the package files as they are now.
packages_are_current() {
  [ -x "$NODE" ] &&
    cmp -s "$ROOT/package-lock.json" "$STATE/package-lock.json" &&
    cmp -s "$ROOT/package.json" "$STATE/package.json" &&
    changes_to_packages | cmp -s - "$STATE/changes"
}

# What is done to packages after npm has brought them.
changes_to_packages() {
  cat "$ROOT"/scripts/patches/*.patch "$ROOT/scripts/lib/join-packages.ts"
}

# Brings node_modules up to date. Costs a few milliseconds when it is; safe for several callers at once.
ensure_packages() {
  packages_are_current && return 0
  take_lock
  packages_are_current || install_packages
  drop_lock
}

install_packages() {
  command -v npm >/dev/null 2>&1 || fail 'npm is missing. Install Node.js 20 or newer with npm, then try again.'
  note 'installing the npm packages (once after every change of package-lock.json) ...'
  npm_install
  link_node
  # A patch that has changed fits only what was published.
  "$NODE" "$ROOT/scripts/lib/patch-packages.ts" </dev/null 2>/dev/null || {
    rm -rf "$ROOT/node_modules/ssh2"
    npm_install
    "$NODE" "$ROOT/scripts/lib/patch-packages.ts" </dev/null 1>&2 || fail 'the patches in scripts/patches do not fit.'
  }
  join_packages
  build_binding
  changes_to_packages >"$STATE/changes" &&
    cp "$ROOT/package.json" "$ROOT/package-lock.json" "$STATE/" || fail "cannot write to $STATE"
}

npm_install() {
  # install, not ci: the lock file names no package of another platform, which npm ci takes for a mistake.
  # --ignore-scripts: no dependency needs one, and ssh2's own would build its binding in a way that we refuse.
  # loglevel: npm itself may run on an older Node than the packages want, and would say so for each of them.
  (cd "$ROOT" && npm install --no-save --include=dev --include=optional --ignore-scripts --no-audit --no-fund \
    --loglevel=error </dev/null 1>&2) || fail 'npm could not install the packages; its messages stand above.'
}

# The pinned Node comes from npm; where npm has none for this platform, a new enough one on the PATH will do.
link_node() {
  for candidate in "$ROOT/node_modules/.bin/node" "$(command -v node)"; do
    if "$candidate" -e 'const [a, b] = process.versions.node.split(".").map(Number);
      process.exit(a > 24 || (a === 24 && b >= 12) ? 0 : 1)' >/dev/null 2>&1; then
      ln -sf "$candidate" "$NODE"
      return 0
    fi
  done
  fail 'no Node 24.12 or newer runs here: npm has none for this platform. Install one and put it on the PATH.'
}

# Without this everything works, only slower: so a failure is only told.
join_packages() {
  "$NODE" "$ROOT/scripts/lib/join-packages.ts" </dev/null 1>&2 ||
    note 'kysely and yaml stay as they come, in hundreds of files: each start takes a quarter of a second longer.'
}

# Without the binding SFTP still works, at about half the speed: so a failure is only told.
build_binding() {
  "$NODE" "$ROOT/scripts/lib/build-binding.ts" </dev/null 1>&2 ||
    note 'SFTP will run without its native binding, about half as fast. Try again with: scripts/install'
}

# The pages of the portal, made from src/portal when something there is newer than they are.
ensure_portal() {
  portal_is_current && return 0
  take_lock
  portal_is_current || build_portal
  drop_lock
}

portal_is_current() {
  [ -f "$ROOT/build/portal/index.html" ] &&
    [ -z "$(find "$ROOT/src/portal" "$ROOT/package-lock.json" -newer "$ROOT/build/portal/index.html" -print -quit)" ]
}

build_portal() {
  note 'building the pages of the portal (some seconds, after every change) ...'
  (cd "$ROOT" && "$NODE" scripts/lib/build-portal.ts </dev/null 1>&2) ||
    fail 'the pages of the portal could not be built; the messages stand above.'
}

# One installer at a time. The lock of a process that is gone is taken over.
take_lock() {
  mkdir -p "$STATE" || fail "cannot write to $STATE"
  waited=0
  until mkdir "$LOCK" 2>/dev/null; do
    owner=$(cat "$LOCK/pid" 2>/dev/null)
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null && [ ! -d "/proc/$owner" ]; then
      # mv is atomic: of several that see a dead owner, one takes the lock away.
      mv "$LOCK" "$LOCK.$$" 2>/dev/null && rm -rf "$LOCK.$$"
      continue
    fi
    [ "$waited" -eq 0 ] && note 'another process is installing; waiting for it ...'
    waited=$((waited + 1))
    [ "$waited" -gt 1200 ] && fail "gave up waiting; if nothing is installing, remove $LOCK"
    sleep 1
  done
  echo "$$" >"$LOCK/pid"
  trap 'drop_lock' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

drop_lock() {
  rm -rf "$LOCK"
  trap - EXIT INT TERM HUP
}
