import './native-binding.ts';
import ssh2, { type AuthContext, type KeyboardAuthContext, type PublicKeyAuthContext } from 'ssh2';
import {
  beginSignIn,
  type Entrance,
  giveProof,
  type HeldBack,
  type KeptOut,
  type Proof,
  type Session,
  type SignInAttempt,
  type SignIns,
  wouldAcceptKey,
} from '../../core/accounts/sign-in.ts';
import type { SignInPolicy } from '../../core/accounts/sign-in-policy.ts';
import type { Logger } from '../../core/kit/logger.ts';
import { type Method, methodsFor, PROMPTS, type PromptedProof, promptsFor } from './sign-in-prompts.ts';

/** What a sign-in over SSH works with. */
export interface SshSignInParts {
  readonly signIns: SignIns;
  readonly entrance: Entrance;
  readonly policy: SignInPolicy;
  readonly log: Logger;
  /** Proofs that may fail before the connection ends. */
  readonly attempts: number;
  /** Whether the connection has ended, so that nobody waits for an answer. */
  readonly isOver: () => boolean;
  /** Ends the connection: the client has tried too often. */
  readonly onTooMany: () => void;
  /** Ends the connection in words: who proved to be themselves is kept out by a freeze, or by gates. */
  readonly onKeptOut: (keptOut: KeptOut) => void;
  /** Ends the connection: nothing more of this name, or from here, is looked at for a while. */
  readonly onHeldBack: (heldBack: HeldBack) => void;
}

/** Given after a method's own proof: the methods of a program that connects once more ask for no code. */
const COMES_BACK: Proof = { kind: 'reconnection' };

/** How one authentication request ends. */
type Outcome =
  | { readonly kind: 'granted'; readonly session: Session }
  | { readonly kind: 'key-known' }
  | { readonly kind: 'partial' }
  | { readonly kind: 'asked' }
  | { readonly kind: 'kept-out'; readonly keptOut: KeptOut }
  | { readonly kind: 'denied'; readonly heldBack?: HeldBack };

/** Requests that prove nothing (`none`, key queries) may be this many times as often as proofs may fail. */
const QUERIES_PER_ATTEMPT = 10;

/**
 * One connection's sign-in: brings SSH's authentication requests (RFC 4252) before the core's one authentication
 * function, one at a time. Any exception means denied. A public key counts only with a signature that was verified
 * here, over this connection's session id; a query about a key proves nothing.
 */
export class SshSignIn {
  readonly #parts: SshSignInParts;
  #attempt: SignInAttempt | null = null;
  #typedName: string | null = null;
  #session: Session | null = null;
  #failed = 0;
  #queries = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: SshSignInParts) {
    this.#parts = parts;
  }

  /** Who signed in; null before the connection is ready. */
  get session(): Session | null {
    return this.#session;
  }

  /** Takes ssh2's `authentication` event. */
  handle(context: AuthContext): void {
    this.#turn = this.#turn.then(() => this.#decide(context));
  }

  /** Resolves when everything that was asked so far is decided on, also where nobody waits for it any more. */
  settled(): Promise<void> {
    return this.#turn;
  }

  async #decide(context: AuthContext): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = await this.#answer(context);
    } catch (error) {
      this.#parts.log.error('sign-in-failed', { door: 'sftp', error });
      outcome = { kind: 'denied' };
    }
    // ssh2 would begin to keep the connection alive, and never end that: its end has been told already.
    if (this.#parts.isOver()) return this.#parts.log.debug('sign-in-unanswered', { door: 'sftp' });
    try {
      this.#conclude(context, outcome);
    } catch (error) {
      this.#parts.log.debug('sign-in-unanswered', { door: 'sftp', error });
    }
  }

  #conclude(context: AuthContext, outcome: Outcome): void {
    const methods = this.#methods();
    switch (outcome.kind) {
      case 'granted':
        this.#session = outcome.session;
        context.accept();
        return;
      case 'key-known':
        this.#queries++;
        context.accept();
        return;
      case 'partial':
        context.reject(methods, true);
        return;
      case 'kept-out':
        // Unanswered: after a refusal, clients give up before they read why.
        this.#parts.onKeptOut(outcome.keptOut);
        return;
      case 'asked':
      case 'denied': {
        const tries = outcome.kind === 'denied' ? ++this.#failed : this.#failed;
        if (outcome.kind === 'asked') this.#queries++;
        const { attempts, onTooMany, onHeldBack } = this.#parts;
        context.reject(methods);
        if (outcome.kind === 'denied' && outcome.heldBack !== undefined) onHeldBack(outcome.heldBack);
        else if (tries >= attempts || this.#queries >= attempts * QUERIES_PER_ATTEMPT) onTooMany();
      }
    }
  }

  #methods(): Method[] {
    const { policy, entrance } = this.#parts;
    return methodsFor(policy, this.#attempt?.given ?? [], entrance.uploadTokens === true);
  }

  async #answer(context: AuthContext): Promise<Outcome> {
    const { entrance, policy, attempts } = this.#parts;
    if (this.#session !== null || this.#failed >= attempts) return { kind: 'denied' };
    this.#attempt ??= beginSignIn(entrance, policy, context.username);
    this.#typedName ??= context.username;
    if (this.#typedName !== context.username) return { kind: 'denied' };
    switch (context.method) {
      case 'publickey':
        return this.#publicKey(context, this.#attempt);
      case 'password':
        if (typeof context.password !== 'string') return { kind: 'denied' };
        return this.#give(this.#attempt, [{ kind: 'password', password: context.password }, COMES_BACK]);
      case 'keyboard-interactive':
        return this.#ask(context, this.#attempt);
      case 'none':
        return { kind: 'asked' };
      default:
        return { kind: 'denied' };
    }
  }

  async #publicKey(context: PublicKeyAuthContext, attempt: SignInAttempt): Promise<Outcome> {
    const key = parsePublicKey(context);
    if (key === null) return { kind: 'asked' };
    if (context.signature === undefined || context.blob === undefined) {
      const isKnown = await wouldAcceptKey(this.#parts.signIns, attempt, context.key.data);
      return { kind: isKnown ? 'key-known' : 'asked' };
    }
    if (context.hashAlgo === undefined && key.type === 'ssh-rsa') return { kind: 'denied' };
    // ssh2 returns errors here instead of throwing them: only `true` itself is a verified signature.
    const isVerified = key.verify(context.blob, context.signature, context.hashAlgo);
    if (isVerified !== true) {
      const { side, source } = this.#parts.entrance;
      this.#parts.log.warn('sign-in-signature-wrong', { door: 'sftp', side, source });
      this.#parts.signIns.guard.misbehaved(source, 'garbage');
      return { kind: 'denied' };
    }
    return this.#give(attempt, [{ kind: 'publickey', blob: context.key.data }, COMES_BACK]);
  }

  async #ask(context: KeyboardAuthContext, attempt: SignInAttempt): Promise<Outcome> {
    const proofs = promptsFor(attempt.policy, attempt.given);
    if (proofs.length === 0) return { kind: 'denied' };
    const answers = await prompt(context, proofs);
    if (answers === null) return { kind: 'asked' };
    return this.#give(
      attempt,
      proofs.flatMap((kind, i): Proof[] => {
        const text = answers[i] ?? '';
        if (kind === 'password') return [{ kind, password: text }];
        // Who types a code wants to be let in fully; who types none may come back.
        return text === '' ? [COMES_BACK, { kind, code: text }] : [{ kind, code: text }];
      }),
    );
  }

  /** Gives proofs that belong together: all of them count, or none. */
  async #give(attempt: SignInAttempt, proofs: readonly Proof[]): Promise<Outcome> {
    let current = attempt;
    for (const proof of proofs) {
      const step = await giveProof(this.#parts.signIns, current, proof);
      if (step.outcome === 'denied') {
        const { heldBack, keptOut } = step;
        if (keptOut !== undefined) return { kind: 'kept-out', keptOut };
        return { kind: 'denied', ...(heldBack !== undefined && { heldBack }) };
      }
      if (step.outcome === 'granted') return { kind: 'granted', session: step.session };
      current = step.attempt;
    }
    this.#attempt = current;
    return { kind: 'partial' };
  }
}

/** The key of a request, when it can be read and is of the type that the request says. */
function parsePublicKey({ key }: PublicKeyAuthContext): ssh2.ParsedKey | null {
  const parsed = ssh2.utils.parseKey(key.data);
  return parsed instanceof Error || parsed.type !== key.algo ? null : parsed;
}

/** Asks; null when the client gave the exchange up (RFC 4256 section 3.1). */
function prompt(context: KeyboardAuthContext, proofs: readonly PromptedProof[]): Promise<string[] | null> {
  const prompts = proofs.map((proof) => ({ prompt: PROMPTS[proof], echo: false }));
  return new Promise((resolve) => {
    context.prompt(prompts, (answers: unknown) =>
      resolve(Array.isArray(answers) ? answers.map(String) : null),
    );
  });
}
