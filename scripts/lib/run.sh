# Sourced by scripts/havengate and scripts/start, after install.sh.

# run_havengate VERB ...: becomes the program. Short-lived objects get a small space and memory few arenas: bytes pass
# through buffers that are used again, so more would only grow the process (by about 100 MiB under 100 uploads).
run_havengate() {
  MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2}
  export MALLOC_ARENA_MAX
  exec "$NODE" --max-semi-space-size=4 "$ROOT/src/app/main.ts" "$@"
}
