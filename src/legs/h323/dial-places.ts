import { isIP } from 'node:net';
import type { Endpoint } from '../../base/net.js';
import { aliasOf } from '../../protocol/h323/aliases.js';
import type { CallNumbers, DialOptions, SignalledCall, SignallingEndpoint } from '../../protocol/h323/call/contract.js';
import type { AliasAddress } from '../../protocol/h323/h225/schema.js';
import type { Location, Registered } from '../../protocol/h323/ras/contract.js';
import { DialFailed, LoopDetected } from '../../rooms/dialer.js';
import type { H323Address, H323DialRules, H323Target } from './dial-target.js';
import type { Devices } from './devices/devices.js';
import type { ForeignGatekeepers } from './gatekeepers/foreign-gatekeepers.js';
import { KeptCall } from './gatekeepers/kept-call.js';

/** What finds the places of calls. */
export interface PlaceParts {
  endpoint: Pick<SignallingEndpoint, 'dial' | 'numbers'>;
  rules: H323DialRules;
  /** Devices that registered with us; by default none. */
  devices?: Pick<Devices, 'locate' | 'call' | 'asksFor' | 'seek' | 'neighbours'> | undefined;
  /** Gatekeepers elsewhere that we are registered with; by default none. */
  gatekeepers?: Pick<ForeignGatekeepers, 'get'> | undefined;
  /** An address of a host; the name itself when none is found. */
  lookup: (host: string) => Promise<string>;
}

/** One way to a place. */
export interface WayThere {
  /** An IP literal. */
  host: string;
  /** It connects to us (H.460.18). */
  hidden?: boolean;
  dial(how: DialOptions): SignalledCall;
}

/** Where a call goes. */
export interface Place {
  /** What is asked for there; null for nothing in particular. */
  asked: string | null;
  /** Tried one after the other, as long as nobody is reached. */
  ways: readonly WayThere[];
  /** Under which gatekeepers know the call, where they were asked. */
  numbers?: CallNumbers;
  /** The leave of a gatekeeper, where there was one to ask. */
  kept?: KeptCall;
}

/** A registered device itself, besides what can be written. */
export type PlaceTarget = H323Target | { kind: 'device'; device: Registered };

/** Finds where a call goes: a device of ours, by leave of a gatekeeper, by question to those beside ours, or an address. */
export class Places {
  constructor(private readonly parts: PlaceParts) {}

  /** `source` is who calls; `signal` ends questions. Rejects with DialFailed, LoopDetected, RasRefused, RasSilent and the like. */
  async of(target: PlaceTarget, source: readonly AliasAddress[], signal: AbortSignal): Promise<Place> {
    switch (target.kind) {
      case 'name':
        return this.named(target.name);
      case 'device':
        return this.device(target.device);
      case 'elsewhere':
        return this.elsewhere(target.registration, target.to, signal);
      case 'beside':
        return this.beside(target.name, source, signal);
      case 'address':
        return this.address(target);
    }
  }

  /** By leave of a gatekeeper elsewhere, which says where the call goes. */
  private async elsewhere(registration: string, to: string, signal: AbortSignal): Promise<Place> {
    const { endpoint, gatekeepers } = this.parts;
    const owner = gatekeepers?.get(registration);
    if (!owner) throw new DialFailed(503, `there is no registration ${registration}`);
    const kept = new KeptCall(owner.take());
    // who gives up while it is asked holds nothing; leave that comes later goes back
    const given = (): void => kept.end();
    signal.addEventListener('abort', given, { once: true });
    try {
      const numbers = endpoint.numbers();
      const asked = await owner.admit({
        ...{ ...numbers, ...kept.hooks, answerCall: false, destination: [aliasOf(to)] },
      });
      kept.admitted(asked);
      const { address, alternates, destination, remoteExtension, endpointIdentifier } = asked.admission;
      if (!address) throw new DialFailed(404, 'the gatekeeper gave no address');
      const setup = endpointIdentifier === null ? {} : { endpointIdentifier };
      const ways = this.waysTo([address, ...alternates], { destination, extension: remoteExtension, setup });
      return { asked: to, ways, numbers, kept };
    } catch (error) {
      kept.end();
      throw error;
    } finally {
      signal.removeEventListener('abort', given);
    }
  }

  /** Where a gatekeeper beside ours has it. */
  private async beside(name: string, source: readonly AliasAddress[], signal: AbortSignal): Promise<Place> {
    const { devices, endpoint, rules } = this.parts;
    const numbers = endpoint.numbers();
    const { callIdentifier } = numbers;
    const found = await devices?.seek({ name, source, callIdentifier, signal });
    if (!found) throw nobody(name);
    const { address, alternates, by, destination, extension } = found;
    if (rules.isOwn(address.address, address.port)) throw new LoopDetected(`${name} is sent back to this gateway`);
    const ways = this.waysTo([address, ...alternates], { destination, extension });
    return { asked: name, ways, numbers, kept: new KeptCall(devices?.neighbours.take(by)) };
  }

  private waysTo(
    addresses: readonly Endpoint[],
    { destination, extension, setup }: Pick<DialOptions, 'destination' | 'setup'> & { extension: AliasAddress | null },
  ): WayThere[] {
    const { endpoint, rules } = this.parts;
    const to = { destination, ...(extension ? { extension } : {}) };
    // nobody's word leads a call back to us but that of a gatekeeper that routes it
    const [first, ...others] = addresses;
    const usable = [first, ...others.filter(({ address, port }) => !rules.isOwn(address, port))];
    return usable.flatMap((address) =>
      address
        ? [
            {
              host: address.address,
              dial: (how: DialOptions) => endpoint.dial(address, { ...how, ...to, setup: { ...how.setup, ...setup } }),
            },
          ]
        : [],
    );
  }

  /** A device that registered with us, or the one with a prefix of it. */
  private named(name: string): Place {
    const location = this.parts.devices?.locate(name);
    if (!location) throw nobody(name);
    return this.located(location);
  }

  private device(device: Registered): Place {
    const [address = null] = device.traversal ? [] : device.signalling;
    const [dialled = ''] = device.aliases;
    return this.located({ device, address, dialled, byPrefix: false });
  }

  private located(location: Location): Place {
    const { devices } = this.parts;
    if (!devices) throw nobody(location.dialled);
    const host = (location.address ?? location.device.ras).address;
    const hidden = location.address === null;
    return { asked: location.dialled, ways: [{ host, hidden, dial: (how) => devices.call(location, how) }] };
  }

  private async address({ user, host, port }: H323Address): Promise<Place> {
    const { endpoint, lookup } = this.parts;
    const address = isIP(host) === 0 ? await lookup(host) : host;
    if (isIP(address) === 0) throw new DialFailed(404, `${host} has no address`);
    return { asked: user, ways: [{ host: address, dial: (how) => endpoint.dial({ address, port }, how) }] };
  }
}

function nobody(name: string): DialFailed {
  return new DialFailed(480, `nobody is registered as ${name}`);
}
