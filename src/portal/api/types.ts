// Made by scripts/portal-types from the schemas of the API. A test compares them.

export interface Schemas {
  Site: Site;
  Me: Me;
  KeyRequest: KeyRequest;
  KeyAssertion: KeyAssertion;
  EmergencyTicket: EmergencyTicket;
  EmergencyCode: EmergencyCode;
  PasswordReset: PasswordReset;
  FilesPage: FilesPage;
  File: File;
  Invitation: Invitation;
  Gates: Gates;
  Session: Session;
  Token: Token;
  NewToken: NewToken;
  SshKey: SshKey;
  Reconnection: Reconnection;
  SecurityKey: SecurityKey;
  KeyCreation: KeyCreation;
  KeyRegistration: KeyRegistration;
  HardToken: HardToken;
  SoftTokenOffer: SoftTokenOffer;
  ErrorAnswer: ErrorAnswer;
}
export interface Site {
  name: string;
  side: 'outside' | 'inside';
  /**
   * The largest upload.
   */
  largest: number;
  /**
   * What is done with files that cannot be scanned, so that people hear it before they send them.
   */
  scan: {
    on: boolean;
    /**
     * Larger files cannot be scanned.
     */
    upTo: number | null;
    tooLarge: 'hold' | 'admit';
    encrypted: 'hold' | 'admit';
    /**
     * Formats that are admitted unscanned when they are whole.
     */
    unscanned: string[];
  };
  /**
   * How people sign in here.
   */
  signIn: ('password+token' | 'passkey')[];
  /**
   * The address at which security keys and passkeys can be used; null where they cannot.
   */
  keysAt: string | null;
  /**
   * A new soft token gets a PIN.
   */
  pin: boolean;
  /**
   * A link for a new password can be mailed.
   */
  reset: boolean;
  /**
   * In days.
   */
  retention: {
    arrivals: number;
    outbound: number;
  };
}
export interface Me {
  name: string;
  fullName: string;
  email: string;
  side: 'outside' | 'inside';
  /**
   * Whether there is one, and whether it has a PIN.
   */
  softToken: 'none' | 'plain' | 'pin';
  /**
   * Whether there is a soft or a hard token whose codes are taken.
   */
  hasToken: boolean;
  /**
   * Whether there are security keys at this address, and whether one verifies who holds it.
   */
  securityKeys: 'none' | 'plain' | 'passkey';
  /**
   * An emergency code stood in for the token.
   */
  inEmergency: boolean;
  /**
   * An invitation opened this session, and a token comes first.
   */
  inActivation: boolean;
}
export interface KeyRequest {
  challenge: string;
  rpId: string;
  timeout: number;
  userVerification: 'required' | 'discouraged';
  allowCredentials: {
    id: string;
    type: 'public-key';
    transports: string[];
  }[];
}
export interface KeyAssertion {
  /**
   * Base64url, as all bytes here.
   */
  id: string;
  clientDataJSON: string;
  authenticatorData: string;
  signature: string;
  userHandle: string | null;
}
export interface EmergencyTicket {
  ticket: string;
}
export interface EmergencyCode {
  code: string;
  expiresAt: string;
}
export interface PasswordReset {
  name: string;
  /**
   * A code of the token is needed too, or a security key.
   */
  needsCode: boolean;
  /**
   * A security key is taken in the place of a code.
   */
  hasKey: boolean;
}
export interface FilesPage {
  files: File[];
  /**
   * On all pages.
   */
  total: number;
  /**
   * Another page follows, after the last of these.
   */
  more: boolean;
}
export interface File {
  id: string;
  name: string;
  /**
   * Where it was put, without the name; empty for the top.
   */
  folder: string;
  size: number;
  declaredSize: number | null;
  sha256: string | null;
  state:
    | 'receiving'
    | 'received'
    | 'inspecting'
    | 'admitting'
    | 'arrived'
    | 'moving'
    | 'shared'
    | 'sealing'
    | 'sealed'
    | 'releasing'
    | 'released'
    | 'abandoned'
    | 'held'
    | 'quarantined'
    | 'removed'
    | 'revoked'
    | 'destroying'
    | 'destroyed';
  /**
   * Nothing can follow any more.
   */
  settled: boolean;
  contentType: string | null;
  /**
   * What the malware check said; off when this haven does not scan.
   */
  scan: string | null;
  /**
   * Too large for the scanner: what was checked instead.
   */
  unscanned: string | null;
  reason: string | null;
  /**
   * Why it is held or quarantined, what was kept, what to do.
   */
  explanation: string | null;
  /**
   * The share that it leaves by; null for a file on its way in.
   */
  share: string | null;
  startedAt: string;
  receivedAt: string | null;
  arrivedAt: string | null;
  releasedAt: string | null;
  collectedAt: string | null;
  /**
   * When it is destroyed.
   */
  expiresAt: string | null;
}
export interface Invitation {
  name: string;
  fullName: string;
}
export interface Gates {
  /**
   * Whether files may be sent, fetched and moved.
   */
  mayTransfer: boolean;
  training: {
    /**
     * Whether this haven asks for it.
     */
    asked: boolean;
    /**
     * Whether nothing is missing of it now.
     */
    open: boolean;
    expiresAt: string | null;
  };
  agreement: {
    /**
     * Whether this haven asks for it.
     */
    asked: boolean;
    /**
     * Whether nothing is missing of it now.
     */
    open: boolean;
    /**
     * The SHA-256 of the text that is in force.
     */
    version: string | null;
    text: string | null;
    /**
     * When you accepted what is in force.
     */
    acceptedAt: string | null;
  };
  induction: {
    /**
     * Whether this haven asks for it.
     */
    asked: boolean;
    /**
     * Whether nothing is missing of it now.
     */
    open: boolean;
    on: string | null;
  };
}
export interface Session {
  id: string;
  /**
   * The address that it was opened from.
   */
  source: string;
  createdAt: string;
  seenAt: string;
  until: string;
  /**
   * The one that asks.
   */
  current: boolean;
}
export interface Token {
  id: string;
  scopes: ('upload' | 'read')[];
  createdAt: string;
  expiresAt: string;
  lastUsedAt: string | null;
}
export interface NewToken {
  id: string;
  token: string;
  expiresAt: string;
}
export interface SshKey {
  id: string;
  algorithm: string;
  fingerprint: string;
  comment: string;
  addedAt: string;
}
export interface Reconnection {
  id: string;
  /**
   * The address that one has to come from.
   */
  source: string;
  /**
   * Fingerprints of keys, or `password`: what has to be proven again.
   */
  proofs: string[];
  /**
   * When a code was given.
   */
  signedInAt: string;
  usedAt: string | null;
  until: string;
}
export interface SecurityKey {
  id: string;
  name: string;
  /**
   * It verifies who holds it, and can be used alone, as a passkey.
   */
  verifiesUser: boolean;
  addedAt: string;
  lastUsedAt: string | null;
}
/**
 * What navigator.credentials.create is asked (WebAuthn Level 3 section 5.4).
 */
export interface KeyCreation {
  challenge: string;
  rp: {
    id: string;
    name: string;
  };
  user: {
    id: string;
    name: string;
    displayName: string;
  };
  pubKeyCredParams: {
    alg: number;
    type: 'public-key';
  }[];
  timeout: number;
  attestation: 'none';
  authenticatorSelection: {
    residentKey: 'preferred';
    userVerification: 'preferred';
  };
  excludeCredentials: {
    id: string;
    type: 'public-key';
    transports: string[];
  }[];
}
export interface KeyRegistration {
  /**
   * Base64url, as all bytes here.
   */
  id: string;
  clientDataJSON: string;
  attestationObject: string;
  transports: string[];
}
export interface HardToken {
  id: string;
  serial: string;
  manufacturer: string;
  assignedAt: string;
  lastUsedAt: string | null;
  expiresAt: string | null;
}
export interface SoftTokenOffer {
  /**
   * Given back when the token is taken into use.
   */
  ticket: string;
  /**
   * The key as people type it, in base32 (RFC 4648).
   */
  secret: string;
  /**
   * The same as an otpauth address, for a QR code.
   */
  uri: string;
  expiresAt: string;
}
export interface ErrorAnswer {
  error: {
    /**
     * Stable; programs may rely on it.
     */
    code: string;
    /**
     * What went wrong, what was kept, what to do next.
     */
    message: string;
  };
}
