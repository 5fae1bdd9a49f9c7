import { isIP } from 'node:net';
import type { Endpoint } from '../../../../base/net.js';
import { endpointOf, sameEndpoint, transportOf } from '../../addresses.js';
import { aliasOf, aliasTexts } from '../../aliases.js';
import type { AdmissionRequest, LocationRequest, RasMessage } from '../../h225/schema.js';
import type { Location } from '../contract.js';
import type { Asked, Shared } from './context.js';
import type { Registration } from './registration.js';

/** Where a call goes. */
export interface Found {
  address: Endpoint;
  callModel: 'direct' | 'gatekeeperRouted';
  /** What is to be dialled there; null for an address without a name. */
  dialled: string | null;
}

/** Finds who is called: registered devices, our own rooms and people, addresses. */
export class Directory {
  constructor(private readonly shared: Shared) {}

  /** The device of this alias, or the one with the longest prefix of it. */
  locate(text: string): Location | null {
    return this.exact(text) ?? this.byPrefix(text);
  }

  /** ARQ: where the caller is to send its Setup. */
  async find(request: AdmissionRequest, caller: Registration): Promise<Found | 'nowhere' | 'unnamed'> {
    const names = aliasTexts(request.destinationInfo);
    const address = endpointOf(request.destCallSignalAddress);
    if (names.length === 0 && !address) return 'unnamed';
    for (const name of names) {
      const found = (await this.named(name, caller, caller.ras)) ?? this.literal(name, caller);
      if (found) return found;
    }
    return (address && this.addressed(address, names, caller)) ?? 'nowhere';
  }

  /** LRQ, of a device or of a gatekeeper beside us. */
  async answer(request: LocationRequest, asked: Asked): Promise<RasMessage> {
    const { requestSeqNum, destinationInfo } = request;
    const { host, settings } = this.shared;
    const deny = (rejectReason: LocationDenial): RasMessage => ({ locationReject: { requestSeqNum, rejectReason } });
    if (!asked.registration && !settings.neighbours(asked.from.address)) return deny({ requestDenied: true });
    for (const name of aliasTexts(destinationInfo)) {
      const found = await this.named(name, asked.registration, asked.from);
      if (!found) continue;
      return {
        locationConfirm: {
          requestSeqNum,
          callSignalAddress: transportOf(found.address),
          rasAddress: transportOf(host.rasFor(asked.from)),
          destinationInfo: found.dialled === null ? undefined : [aliasOf(found.dialled)],
          destinationType: this.exact(name)?.device.type,
        },
      };
    }
    return deny({ requestDenied: true });
  }

  /** A device first, for its own name; then us; then whoever has a prefix of it. */
  private async named(name: string, caller: Registration | null, from: Endpoint): Promise<Found | null> {
    const device = this.exact(name);
    if (device && device.device !== caller) return this.toDevice(device, caller, from);
    const local = this.withoutDomain(name);
    const asker = { address: from.address, account: caller?.account ?? null };
    if (await this.shared.host.answersFor(local, asker)) return this.toUs(local, from);
    const gateway = this.byPrefix(name);
    if (gateway && gateway.device !== caller) return this.toDevice(gateway, caller, from);
    return null;
  }

  private toDevice({ address, dialled }: Location, caller: Registration | null, from: Endpoint): Found {
    const routed = this.shared.settings.callModel === 'routed' || !address || caller?.traversal === true;
    return routed ? this.toUs(dialled, from) : { address, callModel: 'direct', dialled };
  }

  private toUs(dialled: string | null, from: Endpoint): Found {
    const address = this.shared.host.signallingFor(from);
    return { address, callModel: 'gatekeeperRouted', dialled };
  }

  /** People dial addresses: `192.0.2.1`, `2005@192.0.2.1`, with a port or without. */
  private literal(name: string, caller: Registration): Found | null {
    const [, user, bracketed, bare, port] = /^(?:(.+)@)?(?:\[([^\]]+)\]|([^\s:@]+))(?::(\d{1,5}))?$/.exec(name) ?? [];
    const address = bracketed ?? bare ?? '';
    if (isIP(address) === 0) return null;
    return this.addressed({ address, port: Number(port ?? 1720) }, user === undefined ? [] : [user], caller);
  }

  private addressed(address: Endpoint, names: readonly string[], caller: Registration): Found | null {
    const { host, store, settings } = this.shared;
    const dialled = names[0] ?? null;
    if (sameEndpoint(address, host.signallingFor(caller.ras))) return this.toUs(dialled, caller.ras);
    const device = store.bySignalling(address);
    if (device)
      return this.toDevice(
        { device, address, dialled: dialled ?? device.aliases[0] ?? '', byPrefix: false },
        caller,
        caller.ras,
      );
    return settings.outside ? { address, callModel: 'direct', dialled } : null;
  }

  private exact(text: string): Location | null {
    const { store } = this.shared;
    for (const name of [text, this.withoutDomain(text)]) {
      const device = store.byAlias(name);
      if (device) return this.locationOf(device, name, false);
    }
    return null;
  }

  private byPrefix(text: string): Location | null {
    const device = this.shared.store.byPrefix(text);
    return device ? this.locationOf(device, text, true) : null;
  }

  private locationOf(device: Registration, dialled: string, byPrefix: boolean): Location {
    return { device, address: device.traversal ? null : (device.signalling[0] ?? null), dialled, byPrefix };
  }

  /** `bob@our.domain` is `bob`. */
  private withoutDomain(text: string): string {
    const [, user, domain] = /^(.+)@([^@]+)$/.exec(text) ?? [];
    const ours = this.shared.settings.domains.some((one) => one.toLowerCase() === domain?.toLowerCase());
    return user !== undefined && ours ? user : text;
  }
}

type LocationDenial = NonNullable<RasMessage['locationReject']>['rejectReason'];
