import { KIB } from '../../core/kit/bytes.ts';
import { DEFAULT_LIMITS, type HttpLimits } from '../../doors/http/limits.ts';
import { DEFAULT_SFTP_LIMITS, type SftpLimits, SHORTEST_LIMIT } from '../../doors/sftp/limits.ts';
import { LONGEST_PACKET } from '../../doors/sftp/wire/message-types.ts';
import { parseSize, SIZE_FORM } from './amounts.ts';
import { section } from './mapping-shapes.ts';
import { deadline } from './scalars.ts';
import type { Shape } from './shape.ts';
import { mapped, optional, ruled, scalar } from './value-shapes.ts';

/** A whole number of things, `usual` of them when it is left out. */
export function count(usual: number, least = 1, most = 1_000_000): Shape<number> {
  const shape = scalar(`a whole number from ${least} to ${most}`, (text) => {
    const number = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
    return number >= least && number <= most ? number : null;
  });
  return optional(shape, String(usual));
}

function bytes(usual: number, least: number, most: number): Shape<number> {
  const shape = scalar(`${SIZE_FORM}, from ${least}B to ${most}B`, (text) => {
    const size = parseSize(text);
    return size !== null && size >= least && size <= most ? size : null;
  });
  return optional(shape, `${usual}B`);
}

/** A length of time of some length, `usual` milliseconds when it is left out. */
export function time(usual: number): Shape<number> {
  return optional(deadline, `${usual}ms`);
}

const percent = scalar('a percentage such as 30%', (text) => {
  const [, number] = /^(\d{1,3})%$/.exec(text) ?? [];
  return number !== undefined && Number(number) <= 100 ? Number(number) : null;
});

const MOST_BYTES = 2 ** 40;
const usual = DEFAULT_SFTP_LIMITS;

const sftpSection = section({
  handshake: time(usual.handshake),
  sign_in: time(usual.signIn),
  attempts: count(usual.attempts, 1, 100),
  waiting: count(usual.waiting),
  waiting_per_source: count(usual.waitingPerSource),
  drop_from: count(usual.dropFrom),
  drop_rate: optional(percent, `${usual.dropRate}%`),
  reserved: count(usual.reserved, 0),
  sessions: count(usual.sessions),
  sessions_per_source: count(usual.sessionsPerSource),
  sessions_per_account: count(usual.sessionsPerAccount),
  channels: count(usual.channels),
  handles: count(usual.handles),
  handles_per_account: count(usual.handlesPerAccount),
  in_flight: bytes(usual.inFlight, usual.inFlightFloor, MOST_BYTES),
  in_flight_total: bytes(usual.inFlightTotal, usual.inFlightFloor, MOST_BYTES),
  in_flight_floor: bytes(usual.inFlightFloor, LONGEST_PACKET, MOST_BYTES),
  packet: bytes(usual.packet, SHORTEST_LIMIT, LONGEST_PACKET),
  path: bytes(usual.path, 255, usual.path),
  depth: count(usual.depth, 1, usual.depth),
  keep_alive: time(usual.keepAlive),
  keep_alive_missed: count(usual.keepAliveMissed),
  idle: time(usual.idle),
  account_check: time(usual.accountCheck),
});

/** The limits of an SFTP door. */
export const sftpLimits: Shape<SftpLimits> = mapped(
  ruled(sftpSection, ({ drop_from, waiting }) =>
    drop_from > waiting ? 'drop_from is above waiting: nobody would be refused at random' : null,
  ),
  (written) => ({
    handshake: written.handshake,
    signIn: written.sign_in,
    attempts: written.attempts,
    waiting: written.waiting,
    waitingPerSource: written.waiting_per_source,
    dropFrom: written.drop_from,
    dropRate: written.drop_rate,
    reserved: written.reserved,
    sessions: written.sessions,
    sessionsPerSource: written.sessions_per_source,
    sessionsPerAccount: written.sessions_per_account,
    channels: written.channels,
    handles: written.handles,
    handlesPerAccount: written.handles_per_account,
    inFlight: written.in_flight,
    inFlightTotal: written.in_flight_total,
    inFlightFloor: written.in_flight_floor,
    packet: written.packet,
    path: written.path,
    depth: written.depth,
    keepAlive: written.keep_alive,
    keepAliveMissed: written.keep_alive_missed,
    idle: written.idle,
    accountCheck: written.account_check,
  }),
);

const web = DEFAULT_LIMITS;

/** The limits of a portal. */
export const portalLimits: Shape<HttpLimits> = mapped(
  section({
    header_time: time(web.headerTime),
    header_bytes: bytes(web.headerBytes, KIB, 1024 * KIB),
    connections: count(web.connections),
    connections_per_source: count(web.connectionsPerSource),
    keep_alive: time(web.keepAlive),
    upload_idle: time(web.uploadIdle),
    take_over: time(web.takeOver),
  }),
  (written) => ({
    headerTime: written.header_time,
    headerBytes: written.header_bytes,
    connections: written.connections,
    connectionsPerSource: written.connections_per_source,
    keepAlive: written.keep_alive,
    uploadIdle: written.upload_idle,
    takeOver: written.take_over,
  }),
);

/** The keys of the limits of each kind of door. */
export const LIMIT_KEYS: Readonly<Record<'sftp' | 'portal', readonly string[]>> = {
  sftp: Object.keys(sftpLimits.fields),
  portal: Object.keys(portalLimits.fields),
};
