import type { Clock } from '../../../../base/clock.js';
import type { Chance } from '../../../../base/ids.js';
import type { Log } from '../../../../base/log.js';
import type { Metrics } from '../../../../base/metrics.js';
import type { Endpoint } from '../../../../base/net.js';
import { endpointText } from '../../addresses.js';
import { Freshness } from '../../h235/freshness.js';
import { claimsOf } from '../../h235/password.js';
import type { RasMessage } from '../../h225/schema.js';
import type { ClientSettings } from '../contract.js';
import { Exchanges, type Answered } from '../exchanges.js';
import { bodyOf, largestDatagram, nameOf, readRas, rejectReason, type RasName } from '../messages.js';
import { Stamps, type Names } from '../stamps.js';
import { Tally } from '../tally.js';

export interface ClientTools {
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  send(octets: Buffer, to: Endpoint): void;
}

/** Seconds by which the gatekeeper's clock may differ from ours: clocks of an hour's mistake exist. */
const clockWindow = 7200;

/** Messages that gatekeepers send without a password although they have one: they can spoil a request, not forge it. */
const mayBeOpen = new Set<RasName>(['gatekeeperConfirm', 'requestInProgress', 'unknownMessageResponse']);

/** Sends and takes messages of one registration, with the password where there is one. */
export class Courier {
  readonly tally: Tally;
  private readonly exchanges: Exchanges;
  private readonly stamps: Stamps;
  private readonly fresh = new Freshness();

  constructor(
    private readonly tools: ClientTools,
    private readonly password: ClientSettings['password'],
    /** Who we are and whom we talk to at the moment. */
    private readonly names: () => { endpointIdentifier: string | null; gatekeeperIdentifier: string | null },
    /** A message that should have been proved by the password and was not. */
    private readonly doubted: (name: RasName, from: Endpoint) => void,
  ) {
    this.exchanges = new Exchanges(tools.clock, tools.chance);
    this.stamps = new Stamps(tools.clock, tools.chance);
    this.tally = new Tally(tools.metrics);
  }

  /** Requests that wait for an answer. */
  get waiting(): number {
    return this.exchanges.size;
  }

  ask(message: RasMessage, to: Endpoint, done: Answered, anybody = false): void {
    this.exchanges.ask(message, to, (one, where) => this.send(one, where), this.logged(message, done), anybody);
  }

  /** Sends what is not answered. */
  send(message: RasMessage, to: Endpoint): void {
    this.tally.message('out', nameOf(message));
    this.tools.send(this.write(message), to);
  }

  nextNumber(): number {
    return this.exchanges.nextNumber();
  }

  /** A datagram: what is left for us when it is neither rubbish nor an answer. */
  receive(octets: Uint8Array, from: Endpoint): RasMessage | null {
    if (octets.length > largestDatagram) return this.drop('oversize');
    const read = readRas(octets);
    if (!read.ok || !bodyOf(read.message)) return this.drop('malformed');
    const { message } = read;
    this.tally.message('in', nameOf(message));
    if (!this.isProved(message, octets)) {
      this.tools.log.debug({ from: endpointText(from), message: nameOf(message) }, 'not proved by the password');
      this.doubted(nameOf(message), from);
      return this.drop('unproved');
    }
    return this.exchanges.take(message, from) ? null : message;
  }

  end(): void {
    this.exchanges.end();
  }

  private drop(reason: 'oversize' | 'malformed' | 'unproved'): null {
    this.tally.dropped(reason);
    return null;
  }

  private logged(request: RasMessage, done: Answered): Answered {
    return (answer, from) => {
      const reason = answer && rejectReason(answer);
      if (reason !== null) this.tally.refused(nameOf(request), reason);
      if (answer === null) this.tally.refused(nameOf(request), 'silence');
      done(answer, from);
    };
  }

  private write(message: RasMessage): Buffer {
    // Whether and how passwords are wanted is only then agreed.
    if (!this.password || message.gatekeeperRequest) return this.stamps.write(message, this.nobody, null);
    const { user, secret, form } = this.password;
    const { endpointIdentifier, gatekeeperIdentifier } = this.names();
    // A full registration is the user's, whatever was registered before.
    const asUser = form === 'md5' || (message.registrationRequest && !message.registrationRequest.keepAlive);
    const sendersID = asUser ? user : (endpointIdentifier ?? user);
    return this.stamps.write(message, { sendersID, generalID: gatekeeperIdentifier }, secret, form);
  }

  private readonly nobody: Names = { sendersID: '', generalID: null };

  private isProved(message: RasMessage, octets: Uint8Array): boolean {
    if (this.password?.form !== 'hmac-sha1-96') return true;
    const { user, secret } = this.password;
    const { endpointIdentifier } = this.names();
    const claim = claimsOf(bodyOf(message)?.cryptoTokens, octets).find(({ form }) => form === 'hmac-sha1-96');
    if (!claim) return mayBeOpen.has(nameOf(message)) || rejectReason(message) !== null;
    // Our own messages, sent back to us, are no gatekeeper's.
    if (claim.user === user || claim.user === endpointIdentifier || !claim.provedBy(secret)) return false;
    return this.fresh.fault(claim, this.stamps.now(), clockWindow) === null;
  }
}
