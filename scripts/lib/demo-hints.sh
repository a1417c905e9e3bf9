# Sourced by scripts/start.

# demo_hints DIR: prints commands to paste for the demonstration haven in DIR.
demo_hints() {
  outside=$(demo_door sftp outside)
  inside=$(demo_door sftp inside)
  portal=$(demo_door portal outside)
  ops=$(sed -n 's/^ops:.*listen: *\([^ ,}]*\).*/\1/p' "$1/havengate.yaml")
  cat <<HINTS

The demonstration haven is in $1. Once the line with "event":"ready" is there, these work:

  alice sends a file in from outside ("put FILE"); some seconds later it is in her Arrivals, with its digest:
    sftp -P ${outside##*:} -i $1/demo/alice.key alice@${outside%:*}
    $ROOT/scripts/havengate file list --config $1/havengate.yaml
    ls -l $1/data/arrivals/alice

  inside, she moves it to her group's share, and sends a copy out; then she gets that outside from /outbound/cohort:
    sftp -P ${inside##*:} -i $1/demo/alice.key alice@${inside%:*}
      rename /arrivals/FILE /shares/cohort/FILE
      rename /shares/cohort/FILE /outbound/cohort/FILE

  in a browser, with the password in $1/demo/alice.password and a code of any authenticator app that has the URI in
  $1/demo/alice.otpauth:
    http://localhost:${portal##*:}

  the first step over the web (any tus client will do):
    curl -i http://$portal/api/v1/uploads \\
      -H "Authorization: Bearer \$(cat $1/demo/alice.token)" -H 'Tus-Resumable: 1.0.0' \\
      -H "Upload-Length: \$(wc -c <$ROOT/README.md | tr -d ' ')" -H "Upload-Metadata: filename \$(printf README.md | base64)" \\
      -H 'Content-Type: application/offset+octet-stream' --data-binary @$ROOT/README.md

  operations (health, metrics, queues), user ops, password in $1/keys/ops-password:
    http://localhost:${ops##*:}

  bob, dana and olly sign in likewise; passwords and tokens are in $1/demo. Ctrl-C stops the daemon.

HINTS
}

# demo_door KIND SIDE: the address of that door, as the configuration of DEMO has it.
demo_door() {
  sed -n "s/^[^#]*kind: *$1,.*side: *$2,.*listen: *\([^ ,}]*\).*/\1/p" "$DEMO/havengate.yaml" | head -n 1
}
