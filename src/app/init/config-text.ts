/** What an installation's configuration is made from. */
export interface ConfigTextOptions {
  /** The socket of clamd; null writes that scanning is off. */
  readonly clamd: string | null;
}

const SCAN_OFF = `# Malware scanning is off, and every receipt says so. With clamd installed, give its socket in place of "off":
# /run/clamav/clamd.ctl on Debian.
scan: { clamd: off, too_large: hold, encrypted: hold }`;

/** The text of a new installation's havengate.yaml. Paths in it start at the file. */
export function configText({ clamd }: ConfigTextOptions): string {
  const scan =
    clamd === null
      ? SCAN_OFF
      : `# Where clamd listens, and what becomes of files that it cannot look into.
scan: { clamd: ${clamd}, too_large: hold, encrypted: hold }`;
  return `# An installation of Havengate. All keys are explained in config/havengate.yaml of the program;
# those that are not here have the values they have there. Each can also come from the environment:
# HAVENGATE_RETENTION_ARRIVALS=60d. A changed file takes effect at the next start.

# The name that receipts, mails and authenticator apps show.
site: Havengate

data: ./data
keys: ./keys
ledger: sqlite
queue: managed

# The doors, outside and inside the haven. They are reached from this machine only until \`listen\` says otherwise.
doors:
  - { kind: sftp, side: outside, listen: 127.0.0.1:2022, sign_in: [publickey, password+token] }
  - { kind: sftp, side: inside, listen: 127.0.0.1:2122, sign_in: [publickey, password+token] }
  - { kind: portal, side: outside, listen: 127.0.0.1:8080 }
  - { kind: portal, side: inside, listen: 127.0.0.1:8180 }

# Health, metrics and queues, for operators; the user is "ops".
ops: { listen: 127.0.0.1:9090, password_file: ./keys/ops-password }

gates: { training: off, agreement: off, share: off }

# How long files stay, and when their owners are warned before.
retention: { arrivals: 30d, outbound: 14d, warn: [7d, 1d] }

${scan}
`;
}
