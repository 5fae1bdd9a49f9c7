import type { Clock } from '../../../base/clock.js';
import { messageOf } from '../../../base/errors.js';
import type { Chance } from '../../../base/ids.js';
import type { Log } from '../../../base/log.js';
import type { Metrics } from '../../../base/metrics.js';
import type { Endpoint, Net } from '../../../base/net.js';
import type { Seen } from '../../../base/seen.js';
import { sameFamily } from '../../../base/addressing.js';
import { sameHost } from '../../../protocol/h323/addresses.js';
import type { DialOptions, SignalledCall, SignallingEndpoint } from '../../../protocol/h323/call/contract.js';
import { causes } from '../../../protocol/h323/q931-names.js';
import type { FeatureSet } from '../../../protocol/h323/h225/schema.js';
import type { Elsewhere, GatekeeperEvents, Location, Registered, Sought } from '../../../protocol/h323/ras/contract.js';
import { discoveryGroup } from '../../../protocol/h323/ras/discovery.js';
import { openGatekeeper, type OpenGatekeeper, type RasPlace } from '../../../protocol/h323/ras/edge.js';
import { RasSilent } from '../../../protocol/h323/ras/errors.js';
import { neighboursFor } from '../../../protocol/h323/ras/gatekeeper/neighbours.js';
import type { Registrations } from '../../../rooms/registrations.js';
import type { Defence } from '../../admission/defence.js';
import { gatekeeperHost, type HostParts } from './host.js';
import { NeighbourStates } from './neighbour-states.js';
import { gatekeeperSettings, type DeviceSettings } from './settings.js';
import { deviceView } from './view.js';

/** What devices are registered with. */
export interface DeviceParts extends Omit<HostParts, 'rasFor'> {
  net: Net;
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
  endpoint: Pick<SignallingEndpoint, 'dial' | 'dialBack' | 'numbers'>;
  /** What calls to devices behind NAT say that we can. */
  features?: FeatureSet | undefined;
  /** What a peer is told as our address; `local` is where it reached us. */
  advertise: (peer: string, local: string) => string;
  /** Told of every message. */
  seen?: Seen | undefined;
  /** Without it nothing is held against anybody. */
  defence?: Defence | undefined;
}

/** These show that somebody does not know a password; the others may be a clock's fault or somebody else's doing. */
const offences = new Set(['absent', 'unknown_user', 'wrong', 'other_gatekeeper']);

/** Devices of H.323 that registered with us: our gatekeeper with its sockets, and the way to each device. */
export class Devices {
  /** For administrators. */
  readonly view: Registrations;
  readonly neighbours: NeighbourStates;
  private open: OpenGatekeeper | null = null;
  private trouble: { places: readonly RasPlace[]; error: unknown } | null = null;

  constructor(
    private readonly settings: DeviceSettings,
    private readonly parts: DeviceParts,
  ) {
    this.neighbours = new NeighbourStates(settings.neighbours, parts);
    this.view = deviceView(() => this.open?.gatekeeper ?? null, parts.clock);
  }

  /** Where devices register. */
  get listening(): readonly Endpoint[] {
    return this.open?.locals.slice(0, this.settings.listen.length) ?? [];
  }

  /** What went wrong with which places, or null. */
  get problem(): { places: readonly RasPlace[]; error: unknown } | null {
    return this.trouble;
  }

  /** Opens the places. One that cannot be had is told, and ends nothing. */
  async listen(): Promise<void> {
    const { defence } = this.parts;
    const hears = defence && ((from: Endpoint): boolean => !defence.silences(from.address));
    const host = gatekeeperHost({ ...this.parts, rasFor: (peer) => this.rasFor(peer) });
    const places = this.places();
    try {
      this.open = await openGatekeeper({ ...this.parts, hears }, places, gatekeeperSettings(this.settings), host);
    } catch (error) {
      this.trouble = { places, error };
      this.parts.log.error({ error: messageOf(error) }, 'Devices of H.323 cannot register');
      return;
    }
    this.open.gatekeeper.on.on('unproved', (claim) => this.unproved(claim));
    this.open.gatekeeper.on.on('neighbour', (what) => this.neighbours.told(what));
    this.open.gatekeeper.on.on('registered', (device) => {
      if (device.account !== null) defence?.proved(device.ras.address);
    });
  }

  /** The device of this name or number, or the one with the longest prefix of it. */
  locate(alias: string): Location | null {
    return this.open?.gatekeeper.locate(alias) ?? null;
  }

  /** Devices that registered as this user, by name or alias. Rejects with StoreUnavailable. */
  async ofUser(name: string): Promise<readonly Registered[]> {
    const account = (await this.parts.passwords.of(name))?.user;
    if (account === undefined) return [];
    return this.open?.gatekeeper.registrations().filter((one) => one.account === account) ?? [];
  }

  /** Whether gatekeepers beside ours are asked for this name or number. */
  asksFor(name: string): boolean {
    return this.open !== null && neighboursFor(name, this.settings.neighbours).length > 0;
  }

  /** Asks them where it is. Rejects with RasRefused, RasSilent. */
  seek(sought: Sought): Promise<Elsewhere> {
    const { open } = this;
    if (!open) return Promise.reject(new RasSilent('locationRequest'));
    const asked = neighboursFor(sought.name, this.settings.neighbours).flatMap((neighbour) => {
      const way = open.wayTo(neighbour.at);
      return way ? [{ neighbour, way }] : [];
    });
    return open.gatekeeper.seek(sought, asked);
  }

  /**
   * The device that makes this call: the gatekeeper admitted it, or it names the identifier that it was given. Either is
   * worth something only from where that device is.
   */
  callerOf({
    callIdentifier,
    setup,
    path,
  }: Pick<SignalledCall, 'callIdentifier' | 'setup' | 'path'>): Registered | null {
    const gatekeeper = this.open?.gatekeeper;
    if (!gatekeeper || !path) return null;
    const named = gatekeeper.registrations().find((one) => one.endpointIdentifier === setup?.endpointIdentifier);
    const device = gatekeeper.callOf(callIdentifier)?.caller ?? named;
    const places = device ? [device.ras, ...device.signalling] : [];
    return device && places.some((place) => isThere(place, path.remote)) ? device : null;
  }

  /** Calls a device: at its address, or by the connection that it makes when it is asked to (H.460.18). */
  call({ device, address }: Location, how: DialOptions): SignalledCall {
    const { endpoint, signallingFor } = this.parts;
    if (address) return endpoint.dial(address, how);
    const numbers = how.numbers ?? endpoint.numbers();
    const { callIdentifier } = numbers;
    const call = endpoint.dialBack(callIdentifier, { ...how, numbers, features: this.parts.features });
    const ringing = this.open?.gatekeeper.ring(device, { address: signallingFor(device.ras), callIdentifier });
    ringing?.catch((error: unknown) => call.release({ cause: causes.noUserResponding, why: messageOf(error) }));
    return call;
  }

  /** Tells every device, and frees the sockets; idempotent. */
  close(): void {
    this.open?.close();
  }

  private places(): RasPlace[] {
    const { listen, discovery } = this.settings;
    if (!discovery) return [...listen];
    const group = { address: discoveryGroup.address, interfaces: discovery.interfaces };
    return [...listen, { address: '0.0.0.0', port: discoveryGroup.port, group }];
  }

  private rasFor(peer: Endpoint): Endpoint {
    const { advertise } = this.parts;
    const local = this.listening.find((one) => sameFamily(one.address, peer.address)) ?? this.listening[0];
    return { address: advertise(peer.address, local?.address ?? ''), port: local?.port ?? 0 };
  }

  private unproved({ from, why }: GatekeeperEvents['unproved']): void {
    // anybody may write anybody's address on a datagram
    if (offences.has(why)) this.parts.defence?.offence(from.address, 'wrong_password', true);
  }
}

/** On the same host; this machine has many addresses, of which programs use any. */
function isThere(place: Endpoint, from: Endpoint): boolean {
  const [here, there] = [place, from].map(({ address }) => /^(?:::ffff:)?127\.|^::1$/i.test(address));
  return sameHost(place, from) || (here === true && there === true);
}
