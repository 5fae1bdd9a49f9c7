import { Buckets } from '../../base/buckets.js';
import type { Clock, Timer } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Datagrams, Endpoint } from '../../base/net.js';
import { IceAgent, type IceCredentials, type IceTerms } from '../../protocol/ice/agent.js';
import { looksLikeStun } from '../../protocol/stun/message.js';

/** What stands for the peer while ICE says where it is. */
export const icePeer: Readonly<Endpoint> = { address: 'ice', port: 0 };

/** Errors that one address may get for checks without the right password at once; then one a second. */
const errorsAtOnce = 4;
/** Datagrams kept that came before our own check was through; the longest of them, octets. */
const mostHeld = 4;
const longestHeld = 2048;

/** What comes of ICE. */
export interface IceEvents {
  /** There is a way to the peer, the first one or another one. */
  path(): void;
  failed(): void;
  /** A datagram of somebody who has shown nothing was dropped. */
  stranger(): void;
}

/**
 * Datagrams with a peer that ICE finds: to those above it is one place, `icePeer`, whatever way is used. Only what comes by
 * a way that both have checked passes, so a datagram that proves nothing neither moves the peer nor costs a handshake.
 * Without ICE it is the socket itself.
 */
export class IceDatagrams implements Datagrams {
  private readonly agent: IceAgent;
  private readonly strangers: Buckets;
  private ours: { current: IceCredentials; next: IceCredentials };
  private on = false;
  private held: { data: Buffer; from: Endpoint }[] = [];
  private timer: Timer | null = null;
  private listener: (data: Buffer, from: Endpoint) => void = () => undefined;

  constructor(
    private readonly options: { clock: Clock; chance: Chance; socket: Datagrams },
    private readonly events: IceEvents,
  ) {
    const { clock, chance, socket } = options;
    this.strangers = new Buckets(clock, errorsAtOnce, 1);
    this.ours = { current: this.fresh(), next: this.fresh() };
    this.agent = new IceAgent(chance, {
      send: (bytes, to) => socket.send(bytes, to),
      path: () => events.path(),
      valid: (at) => this.release(at),
      failed: () => events.failed(),
      answersStranger: (address) => this.strangers.take(address),
    });
    socket.onMessage((data, from) => this.take(data, from));
  }

  get local(): Endpoint {
    return this.options.socket.local;
  }

  /** For the description; `next` where the peer restarts ICE. */
  get credentials(): { current: IceCredentials; next: IceCredentials } {
    return this.ours;
  }

  get active(): boolean {
    return this.on;
  }

  /** Whether something that is sent to the peer can reach it. */
  get ready(): boolean {
    return !this.on || this.agent.path !== null;
  }

  /** Where a peer of those above really is. */
  whereIs(peer: Endpoint): Endpoint | null {
    return this.on ? this.agent.path : peer;
  }

  /** What an exchange agreed; null is without ICE. */
  agree(terms: IceTerms | null): void {
    this.on = terms !== null;
    if (!terms) {
      this.agent.end();
      this.held = [];
    } else {
      if (terms.ours.ufrag === this.ours.next.ufrag) this.ours = { current: this.ours.next, next: this.fresh() };
      const ipv6 = this.local.address.includes(':');
      const places = terms.places.filter(({ address }) => address.includes(':') === ipv6);
      this.agent.begin({ ...terms, places }, this.options.clock.now());
    }
    this.arm();
  }

  send(data: Uint8Array, to: Endpoint): void {
    const place = to.address === icePeer.address ? this.whereIs(to) : to;
    if (place && place.address !== icePeer.address) this.options.socket.send(data, place);
  }

  /** The connection to there is gone (ICE over TCP). */
  lost(at: Endpoint): void {
    if (this.on && this.agent.gone(at)) this.events.failed();
  }

  onMessage(listener: (data: Buffer, from: Endpoint) => void): void {
    this.listener = listener;
  }

  onError(listener: (error: Error) => void): void {
    this.options.socket.onError(listener);
  }

  describe(): string {
    return this.on ? `${this.agent.describe()} ` : '';
  }

  /** Closes the socket too. */
  close(): void {
    this.stop();
    this.options.socket.close();
  }

  /** Nothing more is tried; the socket stays. */
  stop(): void {
    this.on = false;
    this.agent.end();
    this.held = [];
    this.timer?.cancel();
    this.timer = null;
  }

  private fresh(): IceCredentials {
    const { chance } = this.options;
    return { ufrag: chance.hex(4), pwd: chance.hex(16) };
  }

  private take(data: Buffer, from: Endpoint): void {
    if (!this.on) return this.listener(data, from);
    if (looksLikeStun(data)) {
      this.agent.receive(data, from, this.options.clock.now());
      return this.arm();
    }
    const source = this.agent.sourceOf(from);
    if (source === 'valid') this.listener(data, icePeer);
    else if (source === 'stranger') this.events.stranger();
    else if (this.held.length < mostHeld && data.length <= longestHeld) this.held.push({ data, from });
  }

  private release(at: Endpoint): void {
    const ready = this.held.filter(({ from }) => from.port === at.port && from.address === at.address);
    this.held = this.held.filter((one) => !ready.includes(one));
    for (const { data } of ready) this.listener(data, icePeer);
  }

  private arm(): void {
    this.timer?.cancel();
    this.timer = null;
    const { due } = this.agent;
    if (!this.on || due === null) return;
    const { clock } = this.options;
    this.timer = clock.after(Math.max(0, due - clock.now()), () => {
      this.agent.tick(clock.now());
      this.arm();
    });
  }
}
