import type { Endpoint } from '../../../../base/net.js';
import { endpointText, endpointsOf, sameEndpoint, sameHost, transportOf } from '../../addresses.js';
import { aliasKey, aliasOf, aliasText, aliasTexts } from '../../aliases.js';
import type { RasMessage, RegistrationReject, RegistrationRequest, UnregistrationRequest } from '../../h225/schema.js';
import { signallingTraversal, supporting } from '../features.js';
import { featuresOf, isH225, neededFeatures, protocolIdentifier } from '../messages.js';
import type { Asked, Shared } from './context.js';
import { newIdentifier } from './identifiers.js';
import { isPrivate } from '../../nat.js';
import { prefixesOf, Registration, type Told } from './registration.js';

type RejectReason = RegistrationReject['rejectReason'];

/** How long a device that is asked whether it is still there may think, milliseconds: IRQ is repeated once. */
const probeMs = 7000;
/** Devices whose identifiers are remembered. */
const mostIdentifiers = 2000;

/** A registration is refused. */
class Rejected extends Error {
  constructor(readonly reason: RejectReason) {
    super('registration refused');
  }
}

/** Registration and its end (H.225.0 §7.9, §7.10): RRQ and URQ. */
export class Registering {
  /** Devices that come again get the identifier that they had: some go on to use it. */
  private readonly identifiers = new Map<string, string>();

  constructor(private readonly shared: Shared) {}

  async register(request: RegistrationRequest, asked: Asked): Promise<RasMessage> {
    try {
      this.checkGatekeeper(request);
      const registration = request.keepAlive === true ? this.refresh(request, asked) : await this.full(request, asked);
      return this.confirm(request, registration, asked);
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      return this.reject(request.requestSeqNum, error.reason);
    }
  }

  unregister(request: UnregistrationRequest, asked: Asked): RasMessage {
    const { requestSeqNum, endpointAlias } = request;
    const { registration } = asked;
    if (!registration)
      return { unregistrationReject: { requestSeqNum, rejectReason: { notCurrentlyRegistered: true } } };
    const gone = new Set(aliasTexts(endpointAlias).map(aliasKey));
    const left = registration.aliases.filter((alias) => !gone.has(aliasKey(alias)));
    // Some of its aliases, or all of it.
    if (gone.size > 0 && left.length > 0) {
      registration.aliases = left;
      registration.terminalAlias = registration.terminalAlias.filter(
        (one) => !gone.has(aliasKey(aliasText(one) ?? '')),
      );
      this.shared.store.put(registration);
    } else this.shared.remove(registration, 'asked');
    return { unregistrationConfirm: { requestSeqNum } };
  }

  /** A registration ends by itself; the device is told, in case that it is there after all. */
  expire(registration: Registration): void {
    const reason = { ttlExpired: true } as const;
    this.tell(registration, reason);
    this.shared.remove(registration, 'expired');
  }

  /** URQ of ours. */
  tell(registration: Registration, reason: NonNullable<UnregistrationRequest['reason']>): void {
    const message: RasMessage = {
      unregistrationRequest: {
        requestSeqNum: 1,
        callSignalAddress: registration.signalling.map(transportOf),
        endpointIdentifier: registration.endpointIdentifier,
        gatekeeperIdentifier: this.shared.settings.identifier,
        reason,
      },
    };
    this.shared.ask(registration, message, () => undefined);
  }

  private checkGatekeeper({
    gatekeeperIdentifier,
    protocolIdentifier: version,
    endpointIdentifier,
  }: RegistrationRequest): void {
    if (!isH225(version)) throw new Rejected({ invalidRevision: true });
    const wanted = gatekeeperIdentifier?.replace(/\0+$/, '') ?? '';
    // Somebody else's registration, by an address that is ours now.
    if (wanted !== '' && wanted !== this.shared.settings.identifier)
      throw new Rejected(
        endpointIdentifier === undefined ? { discoveryRequired: true } : { fullRegistrationRequired: true },
      );
  }

  /** "Lightweight": only a sign of life. */
  private refresh(request: RegistrationRequest, asked: Asked): Registration {
    const { registration } = asked;
    if (!registration) throw new Rejected({ fullRegistrationRequired: true });
    this.place(registration, request, asked);
    this.live(registration, request);
    return registration;
  }

  private async full(request: RegistrationRequest, asked: Asked): Promise<Registration> {
    const told = this.told(request, asked);
    await this.checkOwner(told.aliases, asked);
    await this.checkHolders(told, asked);
    // Time has passed; from here on nothing happens in between.
    if (this.shared.ended()) throw new Rejected({ undefinedReason: true });
    const before = this.sameDevice(told, asked);
    const whole = request.additiveRegistration && before ? added(before, told) : told;
    this.checkLimits(whole, before, asked);
    this.refuseHeld(whole.aliases, before);
    const registration = before ?? this.create(told, asked);
    registration.tell(whole);
    registration.proof = asked.proof;
    this.place(registration, request, asked);
    this.shared.store.put(registration);
    this.live(registration, request);
    if (!before) this.shared.on.emit('registered', registration);
    return registration;
  }

  private told(request: RegistrationRequest, asked: Asked): Told {
    const { settings } = this.shared;
    const { terminalType: type, terminalAlias = [], endpointVendor, featureSet } = request;
    const local = endpointsOf(request.callSignalAddress);
    const features = featuresOf(request);
    const traversal =
      features.has(signallingTraversal) && this.isBehindNat(endpointsOf(request.rasAddress), asked.from);
    const lacking = neededFeatures(featureSet).some((one) => one !== signallingTraversal || !traversal);
    if (lacking) throw new Rejected({ neededFeatureNotSupported: true });
    if (type.gatekeeper) throw new Rejected({ invalidTerminalType: true });
    const signalling = reachable(local, asked.from);
    if (signalling.length === 0) throw new Rejected({ invalidCallSignalAddress: true });
    const proved = settings.prefixes === 'all' || (settings.prefixes === 'proved' && asked.proof !== null);
    const prefixes = proved ? prefixesOf(type).slice(0, settings.limits.aliases) : [];
    const aliases = distinct(aliasTexts(terminalAlias));
    return { aliases, terminalAlias, prefixes, local, signalling, type, vendor: endpointVendor, traversal };
  }

  private isBehindNat(told: readonly Endpoint[], from: Endpoint): boolean {
    const { traversal } = this.shared.settings;
    if (traversal === 'nat') return told.length > 0 && !told.some((one) => sameHost(one, from));
    return traversal === 'always';
  }

  /** The device's earlier registration: it may have been restarted and know nothing of it. */
  private sameDevice(told: Told, { registration, from, proof }: Asked): Registration | undefined {
    const { store } = this.shared;
    if (registration && store.byIdentifier(registration.endpointIdentifier) === registration) return registration;
    const candidates = [
      ...told.signalling.map((one) => store.bySignalling(one)),
      ...told.aliases.map((one) => store.byAlias(one)),
    ];
    return candidates.find((one) => {
      if (!one || !one.local.some((address) => told.local.some((other) => sameEndpoint(address, other)))) return false;
      // What a password protects, only the password replaces.
      return one.account === null ? sameHost(one.ras, from) : one.account === proof?.account;
    });
  }

  private checkLimits(told: Told, before: Registration | undefined, { from, proof }: Asked): void {
    const { settings, store } = this.shared;
    const { limits } = settings;
    if (!proof && this.needsPassword(from)) throw this.unproved({ from, proof }, told.aliases);
    if (told.aliases.length > limits.aliases || told.local.length > limits.aliases)
      throw new Rejected({ invalidAlias: true });
    if (before) return;
    if (store.size >= limits.registrations || store.fromSource(from.address) >= limits.perSource)
      throw new Rejected({ resourceUnavailable: true });
  }

  /** Aliases of an account are for who proves its password; those of rooms are for nobody. */
  private async checkOwner(aliases: readonly string[], asked: Asked): Promise<void> {
    const { proof, from } = asked;
    const { host, settings } = this.shared;
    const asker = { address: from.address, account: proof?.account ?? null };
    const taken: string[] = [];
    for (const alias of aliases) {
      const owner = settings.authentication === 'off' ? null : await host.credentialsOf(alias);
      if (owner && owner.account !== proof?.account) throw this.unproved(asked, [alias]);
      // An alias without an owner is anybody's, but not where only owners may come.
      if (!owner && this.needsPassword(from)) throw this.unproved(asked, [alias]);
      if (!owner && (await host.reserved(alias, asker))) taken.push(alias);
    }
    if (taken.length > 0) throw new Rejected({ duplicateAlias: taken.map(aliasOf) });
  }

  private needsPassword({ address }: Endpoint): boolean {
    const { authentication, open } = this.shared.settings;
    return authentication === 'required' && !open(address);
  }

  /** Who did not even try is told to whoever counts such things. */
  private unproved({ from, proof }: Pick<Asked, 'from' | 'proof'>, aliases: readonly string[]): Rejected {
    if (!proof) this.shared.on.emit('unproved', { from, user: aliases[0] ?? '', why: 'absent' });
    return new Rejected({ securityDenial: true });
  }

  /** An alias belongs to the first device that has it, as long as that one is there. */
  private async checkHolders(told: Told, asked: Asked): Promise<void> {
    const holders = new Set(this.heldByOthers(told.aliases, this.sameDevice(told, asked)).map(({ holder }) => holder));
    if (holders.size === 0) return;
    asked.progress(probeMs);
    await Promise.all([...holders].map((holder) => this.probe(holder)));
  }

  private refuseHeld(aliases: readonly string[], before: Registration | undefined): void {
    const held = this.heldByOthers(aliases, before);
    if (held.length > 0) throw new Rejected({ duplicateAlias: held.map(({ alias }) => aliasOf(alias)) });
  }

  private heldByOthers(aliases: readonly string[], own: Registration | undefined) {
    return aliases.flatMap((alias) => {
      const holder = this.shared.store.byAlias(alias);
      return holder && holder !== own ? [{ alias, holder }] : [];
    });
  }

  /** Asks a device whether it is still there; one that is not is taken out. */
  private probe(holder: Registration): Promise<void> {
    return new Promise((resolve) => {
      const message: RasMessage = { infoRequest: { requestSeqNum: 1, callReferenceValue: 0 } };
      this.shared.ask(holder, message, (answer) => {
        if (answer === null) this.shared.remove(holder, 'silent');
        resolve();
      });
    });
  }

  private create(told: Told, { from, way, proof }: Asked): Registration {
    const { clock, chance, store } = this.shared;
    const key = [proof?.account ?? from.address, ...told.local.map(endpointText), ...told.aliases.map(aliasKey)].join(
      ' ',
    );
    const before = this.identifiers.get(key);
    const identifier =
      before !== undefined && !store.byIdentifier(before) ? before : newIdentifier(chance, proof?.user);
    this.identifiers.delete(key);
    this.identifiers.set(key, identifier);
    const [oldest] = this.identifiers.keys();
    if (this.identifiers.size > mostIdentifiers && oldest !== undefined) this.identifiers.delete(oldest);
    return new Registration(clock, identifier, from, way);
  }

  /** Where the device is reached from now on. */
  private place(registration: Registration, request: RegistrationRequest, { from, way }: Asked): void {
    const told = endpointsOf(request.rasAddress).find((one) => sameHost(one, from));
    const ras = registration.traversal ? from : (told ?? from);
    const moved = registration.ras.address !== ras.address;
    registration.ras = ras;
    registration.way = way;
    if (moved && this.shared.store.byIdentifier(registration.endpointIdentifier)) this.shared.store.put(registration);
  }

  private live(registration: Registration, { timeToLive }: RegistrationRequest): void {
    const { settings } = this.shared;
    const { least, usual, most } = settings.timeToLive;
    const granted = Math.min(most, Math.max(least, timeToLive ?? usual));
    const seconds = registration.traversal ? Math.min(settings.traversalTimeToLive, granted) : granted;
    registration.live(seconds, () => this.expire(registration));
  }

  private confirm({ requestSeqNum }: RegistrationRequest, registration: Registration, { from }: Asked): RasMessage {
    const { settings, host } = this.shared;
    const ours = settings.callModel === 'routed' || settings.preGranted || registration.traversal;
    return {
      registrationConfirm: {
        requestSeqNum,
        protocolIdentifier,
        callSignalAddress: ours ? [transportOf(host.signallingFor(from))] : [],
        terminalAlias: registration.terminalAlias.length > 0 ? [...registration.terminalAlias] : undefined,
        gatekeeperIdentifier: settings.identifier,
        endpointIdentifier: registration.endpointIdentifier,
        timeToLive: registration.timeToLive,
        willRespondToIRR: true,
        preGrantedARQ: settings.preGranted
          ? {
              makeCall: true,
              useGKCallSignalAddressToMakeCall: true,
              answerCall: true,
              useGKCallSignalAddressToAnswer: false,
            }
          : undefined,
        maintainConnection: false,
        supportsAdditiveRegistration: true,
        featureSet: registration.traversal ? supporting(signallingTraversal) : undefined,
        genericData: registration.traversal ? [{ id: { standard: signallingTraversal } }] : undefined,
      },
    };
  }

  private reject(requestSeqNum: number, rejectReason: RejectReason): RasMessage {
    const { identifier } = this.shared.settings;
    return {
      registrationReject: { requestSeqNum, protocolIdentifier, rejectReason, gatekeeperIdentifier: identifier },
    };
  }
}

/** An additive registration: what was told before, and this. */
function added(before: Registration, told: Told): Told {
  return {
    ...told,
    aliases: distinct([...before.aliases, ...told.aliases]),
    terminalAlias: [...before.terminalAlias, ...told.terminalAlias],
    local: [...before.local, ...told.local],
    signalling: [...before.signalling, ...told.signalling],
    prefixes: [...before.prefixes, ...told.prefixes],
  };
}

/** Each name once. */
function distinct(aliases: readonly string[]): string[] {
  return [...new Map(aliases.map((alias) => [aliasKey(alias), alias])).values()];
}

/** Addresses as we reach them: a private one that came through NAT has the sender's address outside. */
function reachable(told: readonly Endpoint[], from: Endpoint): Endpoint[] {
  return told.map((one) =>
    isPrivate(one.address) && !isPrivate(from.address) ? { ...one, address: from.address } : one,
  );
}
