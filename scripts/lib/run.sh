# Sourced by scripts/havengate and scripts/start, after install.sh.

# run_havengate VERB ...: becomes the program. Short-lived objects get a small space, memory one arena, and large
# buffers go back to the system when they are freed: bytes pass through buffers that are used again, so more would
# only grow the process (by about 100 MiB under 100 uploads).
run_havengate() {
  MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-1}
  MALLOC_MMAP_THRESHOLD_=${MALLOC_MMAP_THRESHOLD_:-131072}
  MALLOC_TRIM_THRESHOLD_=${MALLOC_TRIM_THRESHOLD_:-131072}
  export MALLOC_ARENA_MAX MALLOC_MMAP_THRESHOLD_ MALLOC_TRIM_THRESHOLD_
  # Types are stripped and code is compiled once for each change of a file; src/app/main.ts says why it lies there.
  NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE:-$ROOT/node_modules/.cache/compiled}
  export NODE_COMPILE_CACHE
  exec "$NODE" --max-semi-space-size=4 "$ROOT/src/app/main.ts" "$@"
}
