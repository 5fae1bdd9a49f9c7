import type { Endpoint } from '../../../../src/base/net.js';
import type { Chance } from '../../../../src/base/ids.js';
import { silentLog } from '../../../../src/base/log.js';
import { createMetrics, type Metrics } from '../../../../src/base/metrics.js';
import { endpointText } from '../../../../src/protocol/h323/addresses.js';
import { aliasOf } from '../../../../src/protocol/h323/aliases.js';
import type { RasMessage } from '../../../../src/protocol/h323/h225/schema.js';
import { RegistrationClient } from '../../../../src/protocol/h323/ras/client/client.js';
import type {
  AdmissionAsk,
  ClientSettings,
  Credentials,
  GatekeeperHost,
} from '../../../../src/protocol/h323/ras/contract.js';
import { OwnGatekeeper } from '../../../../src/protocol/h323/ras/gatekeeper/gatekeeper.js';
import { usualSettings, type GatekeeperSettings } from '../../../../src/protocol/h323/ras/gatekeeper/settings.js';
import { readRas, writeRas } from '../../../../src/protocol/h323/ras/messages.js';
import type { ManualClock } from '../../../support/manual-clock.js';
import { seeded } from '../../../support/seeded.js';

/** Chance that is the same in every run. */
export function steadyChance(seed: number): Chance {
  const roll = seeded(seed);
  const hex = (bytes: number): string =>
    Array.from({ length: bytes }, () => roll(256).toString(16).padStart(2, '0')).join('');
  return { int: (min, max) => min + roll(max - min + 1), hex, uuid: () => hex(16) };
}

/** What is on its way. */
export interface Packet {
  octets: Buffer;
  from: Endpoint;
  to: Endpoint;
}

type Receive = (octets: Buffer, from: Endpoint, send: (octets: Uint8Array, to: Endpoint) => void) => void;

/** A network of datagrams in manual time. */
export class RasNet {
  private readonly places = new Map<string, Receive>();
  /** Every datagram that was sent, with its message. */
  readonly sent: (Packet & { message: RasMessage })[] = [];
  /** How often a datagram arrives: 0 is loss, 2 is a duplicate. */
  copies: (packet: Packet) => number = () => 1;

  constructor(readonly clock: ManualClock) {}

  attach(at: Endpoint, receive: Receive): void {
    this.places.set(endpointText(at), receive);
  }

  detach(at: Endpoint): void {
    this.places.delete(endpointText(at));
  }

  sender(from: Endpoint): (octets: Uint8Array, to: Endpoint) => void {
    return (octets, to) => this.send({ octets: Buffer.from(octets), from, to });
  }

  send(packet: Packet): void {
    const read = readRas(packet.octets);
    if (read.ok) this.sent.push({ ...packet, message: read.message });
    for (let copy = this.copies(packet); copy > 0; copy--) {
      this.clock.after(5 * copy, () => {
        const receive = this.places.get(endpointText(packet.to));
        receive?.(Buffer.from(packet.octets), packet.from, this.sender(packet.to));
      });
    }
  }

  /** Messages of this name that were sent so far. */
  named<K extends keyof RasMessage>(name: K): NonNullable<RasMessage[K]>[] {
    return this.sent.flatMap(({ message }) => (message[name] === undefined ? [] : [message[name]]));
  }

  /** Lets time pass, and what was promised meanwhile happen. */
  async run(ms: number): Promise<void> {
    const step = ms > 5000 ? 250 : 50;
    for (let left = ms; left > 0; left -= step) {
      this.clock.advance(Math.min(step, left));
      await idle();
    }
  }
}

/** Everything that waits for nothing but its turn has had it. */
export function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export const gatekeeperAt: Endpoint = { address: '192.0.2.1', port: 1719 };
export const gatewaySignalling: Endpoint = { address: '192.0.2.1', port: 1720 };

export interface GatekeeperRig {
  gatekeeper: OwnGatekeeper;
  metrics: Metrics;
  host: GatekeeperHost;
}

/** A gatekeeper with users `alice` (also 1001) and `bob` (1002), and rooms 2000 to 2999. */
export function gatekeeperOn(
  net: RasNet,
  settings: Partial<GatekeeperSettings> = {},
  host: Partial<GatekeeperHost> = {},
  at = gatekeeperAt,
): GatekeeperRig {
  const passwords: Record<string, Credentials> = {
    alice: { account: 'alice', secret: { password: 'secret1' } },
    1001: { account: 'alice', secret: { password: 'secret1' } },
    bob: { account: 'bob', secret: { password: 'secret2' } },
    1002: { account: 'bob', secret: { password: 'secret2' } },
  };
  const whole: GatekeeperHost = {
    credentialsOf: (alias) => passwords[alias] ?? null,
    answersFor: (alias) => /^2\d{3}$/.test(alias),
    reserved: (alias) => /^2\d{3}$/.test(alias),
    signallingFor: () => gatewaySignalling,
    rasFor: () => at,
    ...host,
  };
  const metrics = createMetrics();
  const gatekeeper = new OwnGatekeeper({ ...usualSettings, ...settings }, whole, {
    clock: net.clock,
    chance: steadyChance(7),
    log: silentLog,
    metrics,
  });
  net.attach(at, (octets, from, send) => gatekeeper.receive(octets, from, { local: at, send }));
  return { gatekeeper, metrics, host: whole };
}

let hosts = 10;

/** A client with these names, somewhere. */
export function clientOn(
  net: RasNet,
  names: readonly string[],
  settings: Partial<ClientSettings> = {},
): { client: RegistrationClient; ras: Endpoint; signalling: Endpoint; metrics: Metrics } {
  const address = `192.0.2.${hosts++ % 250}`;
  const ras = { address, port: 1719 };
  const signalling = { address, port: 1720 };
  const metrics = createMetrics();
  const client = new RegistrationClient(
    {
      gatekeeper: gatekeeperAt,
      discover: true,
      aliases: names.map(aliasOf),
      kind: 'terminal',
      vendor: { vendor: { t35CountryCode: 181, t35Extension: 0, manufacturerCode: 0 } },
      signalling: [signalling],
      ras,
      timeToLive: 60,
      ...settings,
    },
    { clock: net.clock, chance: steadyChance(hosts), log: silentLog, metrics, send: net.sender(ras) },
  );
  net.attach(ras, (octets, from) => client.receive(octets, from));
  return { client, ras, signalling, metrics };
}

/** Settings of a password. */
export function password(user: string, text: string, form: 'hmac-sha1-96' | 'md5' = 'hmac-sha1-96') {
  return { password: { user, secret: { password: text }, form } } satisfies Partial<ClientSettings>;
}

let calls = 0;

/** A call to be asked for. */
export function callOf(destination: readonly string[], more: Partial<AdmissionAsk> = {}): AdmissionAsk {
  const number = ++calls;
  return {
    callReference: number,
    callIdentifier: number.toString(16).padStart(32, '0'),
    conferenceID: number.toString(16).padStart(32, 'c'),
    answerCall: false,
    destination: destination.map(aliasOf),
    source: [aliasOf('somebody')],
    kbps: 1920,
    dropped: () => undefined,
    ...more,
  };
}

/** Sends a message from somewhere and gives what comes back there in that time. */
export async function exchange(
  net: RasNet,
  from: Endpoint,
  message: RasMessage | Buffer,
  ms = 1000,
  to = gatekeeperAt,
): Promise<RasMessage[]> {
  const back: RasMessage[] = [];
  net.attach(from, (octets) => {
    const read = readRas(octets);
    if (read.ok) back.push(read.message);
  });
  net.send({ octets: Buffer.isBuffer(message) ? message : writeRas(message), from, to });
  await net.run(ms);
  net.detach(from);
  return back;
}
