import { DualstreamError } from '../../../base/errors.js';
import { Emitter, type Events } from '../../../base/events.js';
import type { Endpoint } from '../../../base/net.js';
import { decode, encode } from '../../asn1/codec.js';
import { MultimediaSystemControlMessage } from '../h245/schema.js';
import { compareEndpoints } from './compare.js';
import type { CallRole, ControlEnd, ControlLink, ControlLinkEvents } from './contract.js';
import type { ControlChannel, ControlPathEffects, ControlTimer, ControlWords } from './control-effects.js';

/** What tunnelling has come to. `offered`: we would, the peer has not said. */
type Tunnelling = 'offered' | 'agreed' | 'off';

/** Messages kept for a listener that has not come, and for a path that is not open. */
const mostKept = 256;
/** Times that a peer is asked for a connection that agreed to tunnelling. */
const mostAsks = 2;
const nothing = Buffer.alloc(0);
const endSession: MultimediaSystemControlMessage = { command: { endSessionCommand: { disconnect: true } } };

/**
 * Finds the way for H.245 of one call (H.323 §8.2.1, §8.2.2): tunnelled where both sides say so in every message, else by
 * a connection that whoever gets an address makes. No sockets.
 *
 * ```
 * waiting ─begin, tunnelling agreed→ open (tunnelled) ─a side says no, startH245→ open (separate)
 *    │                                       └─nothing is tunnelled back→ startH245 by us → open (separate)
 *    └─begin, tunnelling off→ dial theirs, or listen and tell → open (separate)
 * ```
 */
export class ControlPath implements ControlLink {
  state: ControlLink['state'] = 'waiting';
  way: ControlLink['way'] = null;
  readonly on: Events<ControlLinkEvents>;
  private readonly emitter = new Emitter<ControlLinkEvents>();
  private tunnelling: Tunnelling;
  private wanted = false;
  private channel: ControlChannel | null = null;
  /** What waits for a way. */
  private queue: Buffer[] = [];
  /** What went in the Setup: said again where the peer turns out not to have read it. */
  private early: Buffer[] = [];
  /** What was tunnelled before the peer has tunnelled anything: it may not read it. Null when it has. */
  private unheard: Buffer[] | null = [];
  private asks = 0;
  /** Where the peer listens. */
  private theirs: Endpoint | null = null;
  /** Where we listen: null before, and again when it came to nothing. */
  private ours: Endpoint | null = null;
  private listens: 'no' | 'soon' | 'yes' = 'no';
  private dials = false;
  /** We sent startH245. */
  private asked = false;
  private isAnswered = false;
  private readonly onceReady: (() => void)[] = [];
  private held: MultimediaSystemControlMessage[] = [];
  private heard = false;
  private saidEnd = false;

  constructor(
    private readonly role: CallRole,
    tunnelling: boolean,
    /** The peer cannot be connected to. */
    private readonly natPeer: boolean,
    private readonly effects: ControlPathEffects,
  ) {
    this.tunnelling = tunnelling ? 'offered' : 'off';
    this.on = {
      on: (name, listener) => {
        const listening = this.emitter.on(name, listener);
        if (name === 'pdu' && !this.heard) this.hearing();
        return listening;
      },
    };
  }

  get path(): ControlLink['path'] {
    return this.channel && { local: this.channel.local, remote: this.channel.remote };
  }

  /** h245Tunnelling of our messages. A callee says yes only to a yes. */
  get tunnels(): boolean {
    return this.tunnelling === 'agreed' || (this.tunnelling === 'offered' && this.role === 'caller');
  }

  /** Where we listen, for h245Address; null when tunnelled or not listening. */
  get address(): Endpoint | null {
    return this.tunnelling === 'off' && this.channel === null ? this.ours : null;
  }

  send(pdu: MultimediaSystemControlMessage): void {
    if (this.state === 'closed') return;
    let octets: Buffer;
    try {
      octets = encode(MultimediaSystemControlMessage, pdu);
    } catch (error) {
      if (!(error instanceof DualstreamError)) throw error;
      this.effects.count('unencodable_h245');
      this.emitter.emit('fault', { octets: nothing, fault: error });
      return;
    }
    if (pdu.command?.endSessionCommand) this.saidEnd = true;
    this.put([octets]);
  }

  private put(octets: Buffer[]): void {
    if (this.channel) for (const one of octets) this.channel.send(one);
    else if (this.way === 'tunnelled') {
      if (this.tunnelling === 'offered') this.early.push(...octets);
      if (this.unheard && this.unheard.length < mostKept) this.unheard.push(...octets);
      this.effects.tunnel(octets);
    } else if (this.queue.length < mostKept) this.queue.push(...octets);
  }

  // ---- what the call tells -------------------------------------------------------------------------------------

  /** What a message of the peer says of H.245. */
  told({ tunnelling, conclusive, address, startH245 }: ControlWords): void {
    if (this.state === 'closed') return;
    if (this.tunnelling !== 'off') {
      const no = tunnelling === false || (tunnelling === undefined && conclusive && this.tunnelling === 'offered');
      if (no) this.turnOff();
      else if (tunnelling === true) this.tunnelling = 'agreed';
    }
    if (address && !this.natPeer && !this.channel) this.theirs = address;
    // a callee waits until it has decided to answer, a caller wants what it can get
    if (startH245 || (address && this.role === 'caller' && this.tunnelling === 'off')) this.begin();
    if (startH245 && this.way === 'tunnelled') this.dialTheirs();
    this.settle();
  }

  /** As callee without tunnelling: an address for Connect will be needed. */
  prepare(): void {
    if (this.tunnelling === 'off' && this.state === 'waiting' && !this.theirs) this.listen();
  }

  /** Calls back when the address of `prepare` is there, or known not to be. */
  whenPrepared(then: () => void): void {
    if (this.listens === 'soon') this.onceReady.push(then);
    else then();
  }

  /** H.245 may begin. */
  begin(): void {
    if (this.state === 'closed' || this.wanted) return;
    this.wanted = true;
    this.effects.wait('control');
    this.settle();
  }

  /** Connect came or goes: H.245 has to begin now. */
  answered(): void {
    this.isAnswered = true;
    this.begin();
    this.expectTunnelled();
  }

  /** ooh323c says in its Setup that it tunnels when it does not: without a word it is asked for a connection. */
  private expectTunnelled(): void {
    if (this.way === 'tunnelled' && this.unheard && this.isAnswered) this.effects.wait('controlAgain');
  }

  /** H.245 in the Setup: what is sent now goes with it, before the peer has agreed to anything. */
  beginEarly(): void {
    if (this.tunnelling === 'off' || this.state !== 'waiting') return;
    this.wanted = true;
    this.opened('tunnelled');
  }

  /** The callee has answered and said nothing in H.245: it has not read what was in the Setup. */
  repeatEarly(): void {
    const again = this.early.splice(0);
    if (again.length > 0 && this.way === 'tunnelled') this.effects.tunnel(again);
  }

  /** The peer has no H.245. */
  refused(): void {
    if (this.state === 'waiting') this.close('unavailable', 'the peer says that it has no H.245');
  }

  /** h245Control or parallelH245Control of a message. */
  tunnelled(pdus: readonly Buffer[]): void {
    if (this.state === 'closed' || pdus.length === 0) return;
    // once a side has said no, what was tunnelled comes again by the connection
    if (this.tunnelling === 'off') return this.effects.count('tunnelled_ignored');
    this.early = [];
    if (this.unheard && this.way !== null) this.effects.done('controlAgain');
    this.unheard = null;
    if (this.role === 'caller') this.begin();
    for (const pdu of pdus) this.received(pdu);
  }

  /** The call ends. What it returns goes with ReleaseComplete. */
  finish(): Buffer[] {
    const last: Buffer[] = [];
    if (this.state === 'open' && !this.saidEnd) {
      const octets = encode(MultimediaSystemControlMessage, endSession);
      if (this.channel) this.channel.send(octets);
      else if (this.way === 'tunnelled') last.push(octets);
    }
    return last;
  }

  /** After ReleaseComplete. */
  released(): void {
    this.close('released', 'the call is over');
  }

  elapsed(timer: ControlTimer): void {
    if (this.channel || this.state === 'closed') return;
    if (timer === 'control') return this.close('unavailable', 'no H.245 in time');
    if (this.theirs) this.dialTheirs();
    else if (this.ours) this.ask(this.ours);
    else if (this.way === 'tunnelled') this.listen();
  }

  // ---- what the connection tells -------------------------------------------------------------------------------

  /** We listen there; null where no port was to be had. */
  listening(at: Endpoint | null): void {
    this.listens = at ? 'yes' : 'no';
    this.ours = at;
    for (const then of this.onceReady.splice(0)) then();
    if (this.state === 'closed' || this.channel || !this.wanted) return;
    if (at && (this.role === 'caller' || this.way === 'tunnelled')) this.ask(at);
    else if (at) this.effects.wait('controlAgain');
  }

  connected(channel: ControlChannel): void {
    if (this.state === 'closed' || this.channel) return channel.close();
    this.channel = channel;
    this.dials = false;
    this.listens = 'no';
    for (const timer of ['control', 'controlAgain'] as const) this.effects.done(timer);
    this.effects.stop();
    const waiting = [...(this.unheard ?? []), ...this.queue.splice(0)];
    this.unheard = null;
    this.early = [];
    if (this.state === 'waiting') this.opened('separate');
    else this.way = 'separate';
    this.put(waiting);
  }

  /** Our connection was not made. */
  failed(): void {
    this.dials = false;
    this.theirs = null;
    if (this.state === 'closed' || this.channel || this.way === 'tunnelled') return;
    if (this.ours) this.ask(this.ours);
    else this.listen();
  }

  /** One PDU by whatever way; false when it is none. */
  received(octets: Buffer): boolean {
    const read = decode(MultimediaSystemControlMessage, octets);
    if (!read.ok) {
      this.effects.count('fault_h245');
      this.emitter.emit('fault', { octets, fault: read.fault });
      return false;
    }
    const pdu = read.value;
    if (this.heard && this.held.length === 0) this.emitter.emit('pdu', pdu);
    else if (this.held.length < mostKept) this.held.push(pdu);
    else this.effects.count('h245_overflow');
    if (pdu.command?.endSessionCommand) this.effects.ending('endSession');
    return true;
  }

  lost(channel: ControlChannel, why: string): void {
    if (channel !== this.channel || this.state === 'closed') return;
    this.effects.ending('lost');
    this.close('lost', why);
  }

  describe(): string {
    return `h245 ${this.state} ${this.way ?? 'no way'} tunnelling=${this.tunnelling} listens=${this.listens} dials=${this.dials}`;
  }

  // ---- within --------------------------------------------------------------------------------------------------

  private turnOff(): void {
    this.tunnelling = 'off';
    if (this.way !== 'tunnelled' || this.channel) return;
    // the peer that says no has read nothing of it
    this.way = null;
    this.queue = [...(this.unheard ?? []), ...this.queue];
    this.unheard = [];
    this.early = [];
    // a callee that said no to H.245 in the Setup still has to tell its address, in Connect at the latest
    this.wanted = false;
    if (this.isAnswered) this.begin();
  }

  private settle(): void {
    if (this.state === 'closed' || this.way !== null || !this.wanted) return;
    if (this.tunnelling === 'agreed') this.opened('tunnelled');
    else if (this.tunnelling !== 'off') return;
    else if (this.theirs && this.ours && this.asked) this.glare(this.theirs, this.ours);
    else if (this.theirs) this.dialTheirs();
    else if (this.listens === 'no') this.listen();
    else if (this.listens === 'yes') this.effects.wait('controlAgain');
  }

  private listen(): void {
    if (this.listens !== 'no') return;
    this.listens = 'soon';
    this.effects.listen();
  }

  private ask(at: Endpoint): void {
    // who tunnels and is silent may have no H.245 at all
    if (this.way === 'tunnelled' && ++this.asks > mostAsks) return;
    this.asked = true;
    this.effects.startH245(at);
    this.effects.wait('controlAgain');
  }

  private dialTheirs(): void {
    if (this.dials || this.channel || !this.theirs) return;
    this.dials = true;
    this.effects.dial(this.theirs);
  }

  /** Both said startH245: the owner of the smaller one connects (what H323Plus does), and makes sure that somebody does. */
  private glare(theirs: Endpoint, ours: Endpoint): void {
    if (this.dials) return;
    this.effects.count('h245_glare');
    if (compareEndpoints(ours, theirs) < 0) this.dialTheirs();
    else this.effects.wait('controlAgain');
  }

  private opened(way: 'tunnelled' | 'separate'): void {
    const first = this.state === 'waiting';
    this.state = 'open';
    this.way = way;
    this.effects.done('control');
    const waiting = this.queue.splice(0);
    if (waiting.length > 0) this.put(waiting);
    if (first) this.emitter.emit('open', undefined);
    this.expectTunnelled();
  }

  private hearing(): void {
    this.heard = true;
    // not before the listener has been built
    queueMicrotask(() => {
      for (let pdu = this.held.shift(); pdu; pdu = this.held.shift()) this.emitter.emit('pdu', pdu);
    });
  }

  private close(end: ControlEnd, why: string): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    for (const timer of ['control', 'controlAgain'] as const) this.effects.done(timer);
    this.effects.stop();
    this.channel?.close();
    this.queue = [];
    this.early = [];
    for (const then of this.onceReady.splice(0)) then();
    this.emitter.emit('closed', end);
    this.effects.closed(end, why);
  }
}
