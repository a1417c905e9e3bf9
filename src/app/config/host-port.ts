import { isIP, isIPv4 } from 'node:net';

/** An address to listen on or to connect to. */
export interface HostPort {
  readonly host: string;
  /** 0, where somebody listens: any free port. */
  readonly port: number;
}

/** What an address looks like, for messages. */
export const HOST_PORT_FORM = 'an address such as 127.0.0.1:2022 or "[::1]:2022"';

/** Reads `host:port`; an IPv6 address stands in brackets. Null when the text is not one. */
export function parseHostPort(text: string): HostPort | null {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) return null;
  if (bracketed !== undefined && isIP(bracketed) !== 6) return null;
  if (plain !== undefined && /^[\d.]+$/.test(plain) && !isIPv4(plain)) return null;
  return { host, port };
}

/** The address as it is written in a configuration. */
export function showHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** True when only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
