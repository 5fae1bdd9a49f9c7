import type { Timer } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { Framer } from '../../base/framer.js';
import type { ByteStream, Endpoint, Listener } from '../../base/net.js';
import { tlsOver } from '../../base/tls-over-stream.js';
import { bfcpFrames, streamLimit } from '../../protocol/bfcp/framing.js';
import type { Fingerprint } from '../../protocol/sdp/fingerprint.js';
import type { BfcpParty, BfcpPartyOptions, FloorTls, HowToMeet } from './contract.js';
import { DialogParty } from './dialog-party.js';
import { Dialling } from './dialling.js';
import { floorTlsRules, wrongCertificate } from './fingerprints.js';
import { wantingTls } from './plain-talk.js';
import { bindNext } from './ports.js';
import { isReachable, SourceGuard } from './source-guard.js';

const maxCandidates = 4;
/** How long a connection may stay without showing the right ids, milliseconds. */
const proofMs = 30_000;
const handshakeMs = 10_000;

/** A connection that has not shown yet that it is the peer's. */
interface Candidate {
  timer: Timer;
  /** We opened it. */
  called: boolean;
  /** With TLS: `held` until the negotiation says how it is spoken, then `shaking`. */
  stage: 'held' | 'shaking' | 'ready';
}

/**
 * BFCP over TCP, plain or encrypted. Endpoints confuse who connects, so this listens always and connects where that makes
 * sense; the first connection with a message that shows the right ids is the association, the others are closed. As a
 * client we speak first, so there the first connection that we opened, or that came from the signalled host, is it. A lost
 * connection may come back within a grace time.
 */
export class TcpParty extends DialogParty implements BfcpParty {
  private readonly guard = new SourceGuard();
  private readonly dialling: Dialling;
  private readonly candidates = new Map<ByteStream, Candidate>();
  private expectsNew = false;
  private current: ByteStream | null = null;
  private listener: Listener | null = null;
  private tls: FloorTls | null = null;
  /** Certificates (DER) that peers showed. */
  private readonly shown = new WeakMap<ByteStream, Uint8Array>();

  static async open(options: BfcpPartyOptions, transport: 'TCP' | 'TLS' = 'TCP'): Promise<TcpParty> {
    const { net, bind, ports } = options;
    const party = new TcpParty(options, transport);
    party.listener = await bindNext(ports, (port) =>
      net.listen({ address: bind, port }, { type: 'tcp' }, (stream) => party.take(stream, false)),
    );
    return party;
  }

  private constructor(
    options: BfcpPartyOptions,
    private readonly transport: 'TCP' | 'TLS',
  ) {
    super(options, {
      carriage: 'reliable',
      label: transport.toLowerCase(),
      send: (bytes) => this.send(bytes),
      broken: (why) => this.makesNoSense(why),
    });
    this.dialling = new Dialling(options, {
      needed: () => !this.current && !this.closed,
      connected: (stream) => this.take(stream, true),
      failed: (error, last) => {
        this.end.count('connect_failed');
        const why = messageOf(error);
        options.log.debug({ peer: this.dialling.remote?.address, why }, 'BFCP connection not possible');
        if (last) this.end.lost(`no connection to the peer: ${why}`);
      },
    });
  }

  get local(): { transport: 'TCP' | 'TLS'; port: number } {
    return { transport: this.transport, port: this.listener?.local.port ?? 0 };
  }

  get fingerprint(): Fingerprint | null {
    return this.transport === 'TLS' ? (this.options.identity?.fingerprint ?? null) : null;
  }

  setRemote(remote: Endpoint | null, how: HowToMeet): void {
    if (this.closed) return;
    const other = this.takeRole(how);
    this.tls = how.tls ?? null;
    this.check();
    for (const [stream, { stage, called }] of [...this.candidates]) if (stage === 'held') this.secure(stream, called);
    if (other && this.current) this.end.regained();
    const place = isReachable(remote) ? remote : how.host === undefined ? null : { address: how.host, port: 0 };
    const moved = place !== null && this.guard.expect(place);
    for (const [stream, { stage, called }] of [...this.candidates]) {
      if (stage === 'ready') this.chooseEarly(stream, called);
    }
    // the old connection is used until the peer is there by the one it announced
    this.expectsNew = how.isNew === true && this.current !== null;
    if (!isReachable(remote)) return;
    if (!moved && !(how.isNew && !this.current)) return;
    this.dialling.remote = remote;
    this.dialling.ours = how.setup !== 'passive';
    if (!this.current) this.dialling.begin();
  }

  /** RFC 8122 §6.2: what is established ends when the negotiation tells another certificate. */
  private check(): void {
    const { tls } = this;
    if (!tls || this.transport !== 'TLS') return;
    const ready = [...this.candidates].flatMap(([stream, { stage }]) => (stage === 'ready' ? [stream] : []));
    for (const stream of this.current ? [this.current, ...ready] : ready) {
      const why = wrongCertificate(this.shown.get(stream) ?? null, tls.fingerprints);
      if (why !== null) this.drop(stream, why);
    }
  }

  describe(): string {
    const peer = this.current ? `${this.current.remote.address}:${this.current.remote.port}` : 'nobody';
    const { transport, port } = this.local;
    return `${transport.toLowerCase()} ${port} <-> ${peer} (+${this.candidates.size}): ${this.end.describe()}`;
  }

  close(): void {
    if (this.closed) return;
    this.end.close();
    this.closed = true;
    this.dialling.stop();
    this.listener?.dispose();
    for (const [stream, { timer }] of this.candidates) {
      timer.cancel();
      stream.destroy();
    }
    this.candidates.clear();
    // RFC 8855 §6.1: over TCP a graceful close is the goodbye.
    this.current?.end();
    this.current = null;
  }

  private take(stream: ByteStream, called: boolean): void {
    if (this.closed || !this.makeRoom(stream)) {
      stream.destroy();
      return;
    }
    this.register(stream, called, this.transport === 'TLS' ? 'held' : 'ready');
    stream.onClose(() => this.gone(stream));
    if (this.transport === 'TCP') this.listenTo(stream, called);
    else if (this.tls) this.secure(stream, called);
  }

  private register(stream: ByteStream, called: boolean, stage: Candidate['stage']): void {
    const timer = this.options.clock.after(proofMs, () => {
      if (stage !== 'ready' || !this.guard.signalledHost(stream.remote.address))
        this.drop(stream, 'no valid message in time');
    });
    this.candidates.set(stream, { timer, called, stage });
  }

  /** RFC 8856 §8: the roles of TLS are those of offer and answer, whoever opened the connection. */
  private secure(raw: ByteStream, called: boolean): void {
    const { tls, options } = this;
    const candidate = this.candidates.get(raw);
    if (!tls || !candidate || !options.identity) return;
    candidate.stage = 'shaking';
    let shown: Uint8Array | null = null;
    const refusal = (certificate: Uint8Array | null): string | null => {
      shown = certificate;
      // the negotiation may have told another since the handshake began
      return wrongCertificate(certificate, this.tls?.fingerprints ?? []);
    };
    // who opened the connection as the client of TLS has the first word
    const below = tls.server ? wantingTls(raw, ({ address }) => this.guard.signalledHost(address)) : raw;
    tlsOver(below, {
      server: tls.server,
      own: options.identity,
      refusal,
      timeoutMs: handshakeMs,
      rules: floorTlsRules,
    }).then(
      (stream) => {
        if (!this.candidates.has(raw)) return void stream.destroy();
        if (shown) this.shown.set(stream, shown);
        candidate.timer.cancel();
        this.candidates.delete(raw);
        this.register(stream, called, 'ready');
        stream.onClose(() => this.gone(stream));
        this.listenTo(stream, called);
      },
      (error: unknown) => {
        this.end.count('tls_failed');
        this.drop(raw, messageOf(error));
        // a stranger's failure says nothing about the peer
        const peers = called || this.guard.signalledHost(raw.remote.address);
        if (!this.current && peers) this.end.lost(`TLS failed: ${messageOf(error)}`);
      },
    );
  }

  private listenTo(stream: ByteStream, called: boolean): void {
    const framer = new Framer(bfcpFrames, streamLimit);
    stream.onData((data) => {
      try {
        for (const frame of framer.push(data)) this.frame(stream, frame);
      } catch (error) {
        this.end.count('fault_framing');
        this.drop(stream, messageOf(error), false);
      }
    });
    this.chooseEarly(stream, called);
  }

  /** Who has to speak first cannot wait for the peer to show its ids. */
  private chooseEarly(stream: ByteStream, called: boolean): void {
    if (!this.end.opens || this.current) return;
    if (called || this.guard.signalledHost(stream.remote.address)) this.choose(stream);
  }

  /** Strangers cannot keep the signalled peer out by connecting often. */
  private makeRoom(stream: ByteStream): boolean {
    if (this.candidates.size < maxCandidates) return true;
    this.end.count('stranger');
    if (!this.guard.signalledHost(stream.remote.address)) return false;
    const [oldest] = [...this.candidates.keys()];
    if (oldest) this.drop(oldest, 'too many connections');
    return true;
  }

  private frame(stream: ByteStream, frame: Buffer): void {
    if (this.closed) return;
    if (stream !== this.current && !this.candidates.has(stream)) return;
    const proof = this.end.proof(frame);
    if (this.expectsNew && stream !== this.current && proof === 'both') this.guard.forget();
    const admitted = this.guard.admit(stream.remote, proof, this.options.clock.now());
    if (stream === this.current || (admitted && proof !== 'none')) {
      this.choose(stream);
      this.note(false, frame, stream.local, stream.remote);
      this.end.receive(frame);
      return;
    }
    this.end.count('stranger');
    this.drop(stream, 'wrong ids');
  }

  private send(bytes: Uint8Array): void {
    const { current } = this;
    if (!current) return;
    this.note(true, bytes, current.local, current.remote);
    current.write(bytes);
  }

  private choose(stream: ByteStream): void {
    if (stream === this.current) return;
    const old = this.current;
    this.current = stream;
    this.expectsNew = false;
    old?.destroy();
    this.candidates.get(stream)?.timer.cancel();
    this.candidates.delete(stream);
    this.dialling.stop();
    for (const other of [...this.candidates.keys()]) this.drop(other, 'another connection is in use');
    this.end.regained();
  }

  private drop(stream: ByteStream, why: string, sense = true): void {
    this.options.log.debug({ peer: stream.remote.address, why }, 'BFCP connection closed');
    stream.destroy();
    this.gone(stream, sense ? 'loss' : 'nonsense');
  }

  /** RFC 8855 §6.1: what cannot be read ends the connection, which may be made anew. */
  private makesNoSense(why: string): void {
    if (this.current) this.drop(this.current, why, false);
  }

  private gone(stream: ByteStream, after: 'loss' | 'nonsense' = 'loss'): void {
    this.candidates.get(stream)?.timer.cancel();
    this.candidates.delete(stream);
    if (stream !== this.current) return;
    this.current = null;
    this.guard.forget();
    if (this.closed) return;
    this.end.lost('the connection is gone');
    this.dialling.begin(after);
  }
}
