import { Buckets } from '../../base/buckets.js';
import type { Clock, Timer } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Datagrams, Endpoint } from '../../base/net.js';
import { DtlsClient } from '../../protocol/dtls/client.js';
import type { DtlsConfig, DtlsPeer, DtlsSink } from '../../protocol/dtls/peer.js';
import { beginsHandshake, looksLikeDtls } from '../../protocol/dtls/records.js';
import { Cookies, DtlsServer } from '../../protocol/dtls/server.js';
import { Signer } from '../../protocol/dtls/signatures.js';
import type { FloorIdentity, FloorTls } from './contract.js';
import { wrongCertificate } from './fingerprints.js';

const maxMachines = 4;
/** Handshakes that one address may begin at once; then one a second. */
const handshakesAtOnce = 8;
/** How long a cookie is given out; it is taken for as long again (RFC 6347 §4.2.1). */
const cookieMs = 60_000;
/** Wait before a client shakes hands again after it failed, milliseconds. */
const againMs = 2000;

/** What a channel is built from. */
export interface DtlsChannelOptions {
  clock: Clock;
  chance: Chance;
  socket: Datagrams;
  identity: FloorIdentity;
}

/** What a channel tells. */
export interface DtlsChannelSink {
  connected(): void;
  data(bytes: Uint8Array): void;
  lost(why: string): void;
  /** A stranger's handshake failed. */
  refused?(why: string): void;
  /** A datagram that is not DTLS. */
  other(data: Buffer, from: Endpoint): void;
}

/** One end of an association from one source. */
interface Machine {
  peer: DtlsPeer;
  at: Endpoint;
  /** Tells the handshake that it was made for from others of the same source; empty where we began it. */
  random: string;
  /** The certificate that it was shown (DER). */
  shown: Uint8Array | null;
}

/**
 * DTLS on one socket, with the one peer whose certificate the negotiation told. Who comes from where does not matter, the
 * certificate does. A handshake beside a running association replaces it when it is through (RFC 6347 §4.2.8).
 */
export class DtlsChannel {
  private readonly signer: Signer;
  private cookieKeys: { key: Uint8Array; earlier: Uint8Array; since: number };
  /** Each costs a signature. */
  private readonly handshakes: Buckets;
  private machines: Machine[] = [];
  private current: Machine | null = null;
  private tls: FloorTls | null = null;
  private remote: Endpoint | null = null;
  private timer: Timer | null = null;
  private again: Timer | null = null;
  private closed = false;

  constructor(
    private readonly options: DtlsChannelOptions,
    private readonly sink: DtlsChannelSink,
  ) {
    this.signer = new Signer(options.identity);
    this.handshakes = new Buckets(options.clock, handshakesAtOnce, 1);
    const key = this.freshKey();
    this.cookieKeys = { key, earlier: key, since: options.clock.now() };
    options.socket.onMessage((data, from) => this.take(data, from));
  }

  /** Where the peer of the association is, or null. */
  get peer(): Endpoint | null {
    return this.current?.at ?? null;
  }

  /** What the negotiation said; `anew` begins an association whatever there is. */
  expect(tls: FloorTls | null, remote: Endpoint | null, anew: boolean): void {
    this.tls = tls;
    this.remote = remote;
    if (tls) this.check(tls);
    if (tls && !tls.server && remote && (anew || !this.current)) this.shake();
  }

  send(bytes: Uint8Array): void {
    this.current?.peer.write(bytes);
  }

  /** The peer of the association is called something else from now on. */
  rename(to: Endpoint): void {
    if (this.current) this.current.at = { ...to };
  }

  /** What carried datagrams from there is gone. */
  broken(at: Endpoint, why: string): void {
    for (const machine of this.machines.filter((one) => same(one.at, at))) this.gone(machine, why);
    this.arm();
  }

  /** Idempotent; the socket is its owner's. */
  close(): void {
    if (this.closed) return;
    this.current?.peer.close();
    this.closed = true;
    this.machines = [];
    this.timer?.cancel();
    this.again?.cancel();
  }

  /** RFC 8122 §6.2: what is established ends when the negotiation tells another certificate. */
  private check({ fingerprints }: FloorTls): void {
    const { current } = this;
    if (!current || wrongCertificate(current.shown, fingerprints) === null) return;
    current.peer.close();
    this.gone(current, 'the negotiation tells another certificate');
  }

  private shake(): void {
    this.again?.cancel();
    this.again = null;
    const { remote } = this;
    if (this.closed || !remote || this.tls?.server !== false) return;
    this.machines = this.machines.filter((machine) => machine === this.current);
    const client = this.add(remote, '', (config, sink) => new DtlsClient(config, sink));
    client?.start(this.options.clock.now());
    this.arm();
  }

  private add<T extends DtlsPeer>(
    at: Endpoint,
    random: string,
    make: (config: DtlsConfig, sink: DtlsSink) => T,
  ): T | null {
    if (!this.tls) return null;
    const { chance, socket } = this.options;
    const refusal = (shown: Uint8Array | null): string | null => {
      machine.shown = shown;
      // the negotiation may have told another since the handshake began
      return wrongCertificate(shown, this.tls?.fingerprints ?? []);
    };
    const peer: T = make(
      { own: this.signer, refusal, chance },
      {
        send: (datagram) => socket.send(datagram, machine.at),
        connected: () => this.connected(machine),
        data: (bytes) => {
          if (machine === this.current) this.sink.data(bytes);
        },
        closed: (why) => this.gone(machine, why),
      },
    );
    const machine: Machine = { peer, at, random, shown: null };
    if (this.machines.length >= maxMachines) this.makeRoom();
    this.machines.push(machine);
    return peer;
  }

  private take(data: Buffer, from: Endpoint): void {
    if (this.closed) return;
    if (!looksLikeDtls(data)) return this.sink.other(data, from);
    const begins = beginsHandshake(data);
    if (begins && !(this.tls?.server && this.begin(data, from))) return;
    for (const { peer, at } of [...this.machines]) {
      if (!same(at, from) || (begins && peer.open)) continue;
      peer.receive(data, this.options.clock.now());
    }
    this.arm();
  }

  /** Whether somebody who is there begins a handshake, or says again how it began. */
  private begin(data: Buffer, from: Endpoint): boolean {
    const cookies = this.cookiesFor(from);
    const screened = cookies.screen(data);
    if (screened === 'junk') return false;
    if ('reply' in screened) {
      // nothing is kept of a source before it has shown that it is there
      this.options.socket.send(screened.reply, from);
      return false;
    }
    const { random } = screened;
    const mine = this.machines.filter(({ at }) => same(at, from));
    const known = mine.find((machine) => machine.random === random);
    if (known) return !known.peer.open;
    if (!this.handshakes.take(from.address)) return false;
    // who begins anew has forgotten the handshake before
    this.machines = this.machines.filter((machine) => machine === this.current || !mine.includes(machine));
    this.add({ ...from }, random, (config, sink) => new DtlsServer(config, sink, cookies));
    return true;
  }

  private cookiesFor({ address, port }: Endpoint): Cookies {
    const now = this.options.clock.now();
    const { key, since } = this.cookieKeys;
    if (now - since >= cookieMs) {
      const earlier = now - since < 2 * cookieMs ? key : this.freshKey();
      this.cookieKeys = { key: this.freshKey(), earlier, since: now };
    }
    return new Cookies(this.cookieKeys.key, `${address} ${port}`, this.cookieKeys.earlier);
  }

  private freshKey(): Uint8Array {
    return Buffer.from(this.options.chance.hex(32), 'hex');
  }

  /** The oldest handshake of a stranger goes, before one of the signalled host; what is established stays. */
  private makeRoom(): void {
    const shaking = this.machines.filter((machine) => machine !== this.current);
    const victim = shaking.find(({ at }) => at.address !== this.remote?.address) ?? shaking[0];
    this.machines = this.machines.filter((machine) => machine !== victim);
  }

  private connected(machine: Machine): void {
    this.current = machine;
    this.machines = [machine];
    this.sink.connected();
  }

  private gone(machine: Machine, why: string): void {
    this.machines = this.machines.filter((one) => one !== machine);
    if (this.closed || (this.current && machine !== this.current)) return;
    if (machine !== this.current && machine.at.address !== this.remote?.address) return this.sink.refused?.(why);
    this.current = null;
    this.sink.lost(why);
    if (this.tls?.server === false) this.again ??= this.options.clock.after(againMs, () => this.shake());
  }

  private arm(): void {
    this.timer?.cancel();
    this.timer = null;
    const due = this.machines.flatMap(({ peer }): number[] => (peer.due === null ? [] : [peer.due]));
    if (due.length === 0 || this.closed) return;
    const { clock } = this.options;
    this.timer = clock.after(Math.max(0, Math.min(...due) - clock.now()), () => {
      for (const { peer } of [...this.machines]) peer.tick(clock.now());
      this.arm();
    });
  }
}

function same(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}
