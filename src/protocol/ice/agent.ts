import { sameSecret, type Chance } from '../../base/ids.js';
import type { Endpoint } from '../../base/net.js';
import {
  decodeStun,
  encodeStun,
  hasSignature,
  isIntact,
  isSigned,
  stunMessage,
  type StunMessage,
} from '../stun/message.js';
import { CheckList, type Pair } from './check-list.js';

/** Short-term credentials, RFC 8445 §5.3. */
export interface IceCredentials {
  ufrag: string;
  pwd: string;
}

/** Where the peer may be reached. */
export interface IcePlace extends Endpoint {
  priority: number;
}

/** What an exchange of descriptions brought. */
export interface IceTerms {
  ours: IceCredentials;
  theirs: IceCredentials;
  places: readonly IcePlace[];
  /** We nominate: the peer is lite, or began as the controlled side (RFC 8445 §6.1.1). */
  controlling: boolean;
}

/** Where an agent puts what it finds. */
export interface IceSink {
  send(bytes: Uint8Array, to: Endpoint): void;
  /** There is a way, the first one, or another one was agreed on. */
  path(to: Endpoint): void;
  /** A way that was asked for is open now: what came from there may be taken. */
  valid(at: Endpoint): void;
  /** No check came through. */
  failed(): void;
  /** Whether somebody at this address, who proved nothing, gets an error for an answer. */
  answersStranger(address: string): boolean;
}

/** Where a datagram comes from: a way both have tried, somebody who knows the password, or anybody. */
export type IceSource = 'valid' | 'authentic' | 'stranger';

/** RFC 8445 §14.2: between two new checks, milliseconds. */
const paceMs = 50;
/** A way that works is used when a better one was given this long, milliseconds. */
const nominateMs = 300;
/** RFC 8445 §11. */
const keepAliveMs = 15_000;
/** RFC 8445 §5.1.2: host, and what a check would find us to be (110), both of component 1. */
const priorityOf = (preference: number): number => preference * 2 ** 24 + 65535 * 256 + 255;
/** Priority of our candidate. */
export const hostPriority = priorityOf(126);
const peerReflexive = priorityOf(110);

/**
 * ICE of one component with one host candidate (RFC 8445), of a full agent: it answers checks and makes its own, as the
 * controlled side or, with a peer that is lite, as the controlling one. No sockets and no clock: give it datagrams, and call
 * `tick` when `due` has come.
 *
 *     waiting -- both checked one way --> valid -- nominated --> selected
 *     selected -- nominated another way --> selected
 *     waiting, selected -- credentials of a restart --> waiting; the old way is used until there is a new one
 */
export class IceAgent {
  private terms: IceTerms | null = null;
  /** Of the generation before a restart: its checks are answered and its way used until the new one has one. */
  private earlier: { terms: IceTerms; path: Endpoint | null } | null = null;
  private readonly list = new CheckList();
  private selected: Pair | null = null;
  private controlling = false;
  private readonly tieBreaker: bigint;
  private paceAt = 0;
  private nominateAt: number | null = null;
  private keepAt: number | null = null;
  private hasFailed = false;

  constructor(
    private readonly chance: Chance,
    private readonly sink: IceSink,
  ) {
    this.tieBreaker = BigInt(`0x${chance.hex(8)}`);
  }

  /** Where to send; null while nothing is known to work. */
  get path(): Endpoint | null {
    return (this.selected ?? this.list.bestValid)?.at ?? this.earlier?.path ?? null;
  }

  get due(): number | null {
    if (!this.terms) return null;
    const next = this.list.triggered || (!this.selected && this.list.waiting) ? [this.paceAt] : [];
    const times = [...next, this.list.due, this.nominateAt, this.keepAt].filter((at): at is number => at !== null);
    return times.length > 0 ? Math.min(...times) : null;
  }

  /** What was agreed, after each exchange. Other credentials of the peer are a restart (RFC 8445 §9). */
  begin(terms: IceTerms, now: number): void {
    const { terms: before } = this;
    const same = before && before.ours.ufrag === terms.ours.ufrag && before.theirs.ufrag === terms.theirs.ufrag;
    if (!same) {
      this.earlier = before ? { terms: before, path: this.path } : null;
      this.list.clear();
      this.selected = null;
      this.nominateAt = this.keepAt = null;
      this.controlling = before ? this.controlling : terms.controlling;
      this.paceAt = now;
      this.hasFailed = false;
    }
    this.terms = terms;
    for (const place of terms.places) this.list.add(place, place.priority);
  }

  /** Forgets the peer. */
  end(): void {
    this.terms = this.earlier = this.selected = null;
    this.list.clear();
    this.nominateAt = this.keepAt = null;
  }

  /** What led there is no more; true when that was the only way. */
  gone(at: Endpoint): boolean {
    const pair = this.list.at(at);
    if (!pair) return false;
    const had = this.path !== null;
    this.list.remove(pair);
    if (this.selected === pair) this.selected = this.keepAt = null;
    if (this.selected === null && this.path) this.sink.path(this.path);
    return had && this.path === null;
  }

  sourceOf(from: Endpoint): IceSource {
    const pair = this.list.at(from);
    if (pair?.state === 'valid') return 'valid';
    const { earlier } = this;
    if (earlier?.path?.port === from.port && earlier.path.address === from.address) return 'valid';
    return pair?.authentic ? 'authentic' : 'stranger';
  }

  /** Takes a datagram that looks like STUN. */
  receive(data: Uint8Array, from: Endpoint, now: number): void {
    const message = this.terms && decodeStun(data);
    if (!message) return;
    if (message.kind === 'request') this.request(message, data, from, now);
    else if (message.kind !== 'indication') this.response(message, data, from, now);
  }

  /** Repeats checks, begins the next one, nominates, keeps the way open. */
  tick(now: number): void {
    const { terms } = this;
    if (!terms) return;
    for (const { check, at } of this.list.repeat(now)) this.sink.send(check, at);
    if (now >= this.paceAt) {
      const next = this.list.next(this.selected === null);
      if (next) this.check(next, false, now);
    }
    if (this.nominateAt !== null && now >= this.nominateAt) this.nominate(now);
    if (this.keepAt !== null && now >= this.keepAt) this.keep(now);
    if (this.hasFailed || this.path || !this.list.exhausted) return;
    this.hasFailed = true;
    this.sink.failed();
  }

  describe(): string {
    const { path } = this;
    const role = this.controlling ? 'controlling' : 'controlled';
    return `ice ${role} ${path ? `${path.address}:${path.port}` : 'no way yet'} (${this.list.describe()})`;
  }

  private request(message: StunMessage, data: Uint8Array, from: Endpoint, now: number): void {
    if (!isIntact(data)) return;
    const { username, strange } = message;
    if (username === null || !hasSignature(data)) return this.turnAway(message, data, from, 400);
    const terms = this.termsOf(username);
    if (!terms || !isSigned(data, terms.ours.pwd)) return this.turnAway(message, data, from, 401);
    const { transaction } = message;
    const refuse = (code: number): void => {
      const answer = { ...stunMessage('error', transaction), error: { code, reason: '' }, unknown: strange };
      this.sink.send(encodeStun(answer, terms.ours.pwd), from);
    };
    if (strange.length > 0) return refuse(420);
    if (!this.agreesOnRoles(message)) return refuse(487);
    const answer = { ...stunMessage('success', transaction), mapped: from };
    this.sink.send(encodeStun(answer, terms.ours.pwd), from);
    if (terms === this.terms) this.learn(message, from, now);
  }

  /** Who has not shown the password gets no more octets than it sent, and not often: its address may be forged. */
  private turnAway({ transaction }: StunMessage, data: Uint8Array, from: Endpoint, code: number): void {
    const answer = encodeStun({ ...stunMessage('error', transaction), error: { code, reason: '' } }, null);
    if (answer.length <= data.length && this.sink.answersStranger(from.address)) this.sink.send(answer, from);
  }

  private termsOf(username: string): IceTerms | null {
    const [ours = ''] = username.split(':', 1);
    const all = [this.terms, this.earlier?.terms ?? null];
    return all.find((one) => one && sameSecret(one.ours.ufrag, ours)) ?? null;
  }

  /** RFC 8445 §7.3.1.1. */
  private agreesOnRoles({ role }: StunMessage): boolean {
    if (role?.controlling !== this.controlling) return true;
    const weHaveMore = this.tieBreaker >= role.tieBreaker;
    if (weHaveMore === this.controlling) return false;
    this.controlling = !this.controlling;
    return true;
  }

  /** A check of the peer: we try the same way, and take it when it is nominated (RFC 8445 §7.3.1.4, §7.3.1.5). */
  private learn({ priority, useCandidate }: StunMessage, from: Endpoint, now: number): void {
    const pair = this.list.add({ ...from }, priority ?? peerReflexive, this.selected);
    if (!pair) return;
    pair.authentic = true;
    if (useCandidate && !this.controlling) pair.nominated = true;
    if (pair.state === 'valid') {
      if (pair.nominated) this.select(pair, now);
    } else {
      if (!this.list.triggered) this.paceAt = Math.min(this.paceAt, now);
      this.list.trigger(pair);
    }
  }

  private response(message: StunMessage, data: Uint8Array, from: Endpoint, now: number): void {
    const pair = this.list.awaiting(message.transaction);
    // symmetric: the answer comes from where the check went (RFC 8445 §7.2.5.2.1)
    if (!pair || !this.terms || pair.at.port !== from.port || pair.at.address !== from.address) return;
    // errors may come from who could not know the password of the answer
    const { asControlling = false, nominating = false } = pair.check ?? {};
    if (!isSigned(data, this.terms.theirs.pwd)) return;
    this.list.settle(pair, message.kind === 'success');
    if (message.kind === 'error') {
      if (message.error?.code !== 487) return;
      if (this.controlling === asControlling) this.controlling = !asControlling;
      this.list.trigger(pair);
      return;
    }
    const first = this.list.bestValid === pair && !this.selected;
    this.hasFailed = false;
    if ((nominating && this.controlling) || (pair.nominated && !this.controlling)) this.select(pair, now);
    else if (first) this.sink.path(pair.at);
    if (this.controlling && !this.selected) this.nominateAt ??= now + nominateMs;
    this.sink.valid(pair.at);
  }

  private check(pair: Pair, nominating: boolean, now: number): void {
    const { terms } = this;
    if (!terms) return;
    this.paceAt = now + paceMs;
    const transaction = Buffer.from(this.chance.hex(12), 'hex');
    const message: StunMessage = {
      ...stunMessage('request', transaction),
      username: `${terms.theirs.ufrag}:${terms.ours.ufrag}`,
      priority: peerReflexive,
      role: { controlling: this.controlling, tieBreaker: this.tieBreaker },
      useCandidate: nominating,
    };
    const bytes = encodeStun(message, terms.theirs.pwd);
    this.list.started(pair, { transaction, bytes, nominating, asControlling: this.controlling }, now);
    this.sink.send(bytes, pair.at);
  }

  private nominate(now: number): void {
    this.nominateAt = null;
    const best = this.list.bestValid;
    if (!best || this.selected || !this.controlling) return;
    this.check(best, true, now);
    this.nominateAt = now + 10 * nominateMs;
  }

  private select(pair: Pair, now: number): void {
    this.nominateAt = null;
    if (this.selected === pair) return;
    this.selected = pair;
    this.earlier = null;
    this.list.stopOrdinary();
    this.keepAt = now + keepAliveMs;
    this.sink.path(pair.at);
  }

  /** RFC 8445 §11: an indication, which nobody answers. */
  private keep(now: number): void {
    this.keepAt = now + keepAliveMs;
    const { selected } = this;
    const transaction = Buffer.from(this.chance.hex(12), 'hex');
    if (selected) this.sink.send(encodeStun(stunMessage('indication', transaction), null), selected.at);
  }
}
