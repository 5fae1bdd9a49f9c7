import type { SrtpPolicy } from '../../../src/media/keying.js';
import type { CallerKeys } from '../../../src/legs/h323/call-keys.js';
import type { ClearToken } from '../../../src/protocol/h323/h235/schema.js';
import { messageOf } from '../../../src/base/errors.js';
import { Disposables } from '../../../src/base/disposables.js';
import { systemChance } from '../../../src/base/ids.js';
import { endpointText } from '../../../src/protocol/h323/addresses.js';
import { aliasOf, aliasTexts } from '../../../src/protocol/h323/aliases.js';
import type { Release, SignalledCall } from '../../../src/protocol/h323/call/contract.js';
import type { CapabilitySet, ControlSession } from '../../../src/protocol/h323/control/contract.js';
import { receives } from '../../../src/protocol/h323/control/capabilities.js';
import { createControlSession } from '../../../src/protocol/h323/control/session.js';
import { causes } from '../../../src/protocol/h323/q931-names.js';
import type { Happening, VideoLineName } from '../events.js';
import type { EndpointMedia } from '../media.js';
import type { FullOptions } from '../options.js';
import type { Agreed, CallSide, IncomingCall, OpenSide, SideListener } from '../side.js';
import { CallFailed } from '../sip/call.js';
import { deviceNamed, type Device } from './devices.js';
import { Encryption } from './encryption.js';
import { adoptAnswers, proposalsOf, takeProposals } from './fast-start.js';
import { H323Lines, placesOf } from './lines.js';
import { capabilitiesOf, keysNumber } from './media.js';
import { clientFeatures, LinesBehindNat } from './nat.js';
import { register } from './registration.js';
import { addressOf, openSignalling, readTarget } from './signalling.js';
import { gated, TokenFloor, type Gate } from './token-floor.js';

/** From Connect on a call stands at the latest after this, ms: H.245 may never come. */
const settleMs = 5000;
/** A terminal without a multipoint controller, H.245 table 3. */
const terminal = 50;
/** Length of one pressed key, ms. */
const keyMs = 160;

/** A call of ours by H.323. */
export const dialH323: OpenSide = async (options, media, listener) => {
  const { name, bind, kbps, h323 } = options;
  const target = readTarget(options.uri);
  const device = deviceNamed(options.vendor);
  const signalling = openSignalling(options);
  const { gatekeeper, nat } = h323;
  const registration = gatekeeper
    ? await register(options, gatekeeper, signalling, { address: bind, port: 1720 })
    : null;
  const numbers = signalling.numbers();
  const to = registration ? await registration.admit(target.alias ?? '', numbers, kbps) : await addressOf(target);
  const encryption = encryptionOf(options);
  const keys = encryption === 'off' ? null : Encryption.offer(encryption);
  const fastStart = h323.start === 'fast' && !keys ? proposalsOf(device, placesOf(media, options.bind), options) : [];
  const call = signalling.dial(to, {
    numbers,
    ...(nat === undefined ? {} : { features: clientFeatures(nat) }),
    source: [name, ...(h323.number === undefined ? [] : [h323.number])].map(aliasOf),
    destination: target.alias === null ? [] : [aliasOf(target.alias)],
    display: name,
    bearerKbps: kbps,
    tunnelling: h323.h245 !== 'separate',
    early: h323.early,
    fastStart,
    ...(keys ? { tokens: keys.tokens } : {}),
  });
  return new H323Side(options, media, listener, { call, keys }, async () => {
    await registration?.close();
    await signalling.close();
  });
};

/** A call that came in by H.323 and is not answered. */
export function incomingByH323(call: SignalledCall): IncomingCall {
  const at = call.path === null ? '' : endpointText(call.path.remote);
  const [alias] = aliasTexts(call.peer.aliases);
  return {
    from: `h323:${alias === undefined ? '' : `${encodeURIComponent(alias)}@`}${at}`,
    open: (options, media, listener) =>
      Promise.resolve(new H323Side(options, media, listener, { call, keys: null }, () => Promise.resolve())),
    refuse: (why) => call.release(why === 'busy' ? { reason: 'inConf' } : { reason: 'undefinedReason' }),
  };
}

/** One call by H.323: logical channels of H.245 for the lines, the token of H.239 for the floor. */
class H323Side implements CallSide {
  readonly floor: TokenFloor;
  private readonly device: Device;
  private readonly lines: H323Lines;
  private readonly session: ControlSession;
  private readonly call: SignalledCall;
  private readonly encryption: Encryption;
  private own: CapabilitySet;
  private readonly bag = new Disposables();
  private fastStarted = false;
  /** Of `begin`; null before it and when the call stands. */
  private waiting: { resolve(): void; reject(error: Error): void } | null = null;
  private released: Release | null = null;
  private told = '';

  constructor(
    private readonly options: FullOptions,
    private readonly media: EndpointMedia,
    private readonly listener: SideListener,
    made: { call: SignalledCall; keys: CallerKeys | null },
    private readonly free: () => Promise<void>,
  ) {
    const { clock, vendor, name, bind, kbps, h323 } = options;
    const device = (this.device = deviceNamed(vendor));
    const gate: Gate = { shut: false };
    const call = (this.call = made.call);
    const link = gated(call.control, gate);
    const { terminalType = terminal } = h323;
    const session = (this.session = createControlSession({ link, clock, chance: systemChance, terminalType }));
    const encryption = new Encryption(encryptionOf(options), made.keys, () => session.role);
    this.encryption = encryption;
    const events = {
      tell: (what: Happening) => listener.tell(what),
      keyframe: (line: VideoLineName) => listener.keyframe(line, 'h245'),
      changed: () => this.linesChanged(),
    };
    const at = placesOf(media, bind);
    const nat = h323.nat === undefined ? null : new LinesBehindNat(h323.nat, media, at);
    const lines = (this.lines = new H323Lines(session, device, options, media, at, nat, encryption, events));
    const names = { own: name, other: () => call.peer.display || 'the other side' };
    this.floor = new TokenFloor({ session, lines, device, gate, listener, names });
    this.own = capabilitiesOf(device, kbps);
    session.on.on('remoteCapabilities', (set) => {
      const [events] = set ? receives(set, 'events') : [];
      media.audio.keys.numbers = { receive: keysNumber, send: events?.capability.payloadType ?? null };
    });
    this.follow();
  }

  get descriptions(): { local: string; remote: string } {
    return { local: JSON.stringify(this.own), remote: JSON.stringify(this.session.remote) };
  }

  async begin(): Promise<Agreed> {
    const { call, options } = this;
    const { uri, vendor, name, clock } = options;
    if (this.encryption.policy === 'off') this.session.start(this.own);
    if (call.role === 'caller') this.listener.tell({ event: 'calling', to: uri, vendor, transport: 'h323' });
    else this.pickUp(uri, name);
    await new Promise<void>((resolve, reject) => {
      this.waiting = { resolve, reject };
      const timer = clock.after(settleMs, () => this.stands(true));
      call.on.on('connected', () => {
        if (this.encryption.policy !== 'off' && call.role === 'caller') this.agree();
        this.stands(false);
      });
      this.bag.defer(() => timer.cancel());
      if (this.released) reject(failureOf(this.released));
      else this.stands(false);
    });
    return this.agreed();
  }

  direct(direction: 'sendrecv' | 'sendonly' | 'inactive'): Promise<void> {
    this.session.changeCapabilities(direction === 'sendrecv' ? this.own : null);
    this.lines.rest(direction === 'inactive');
    return Promise.resolve();
  }

  take(kbps: number): Promise<void> {
    this.session.limit(null, kbps * 1000);
    return Promise.resolve();
  }

  mute(on: boolean): void {
    this.lines.mute('audio', on);
  }

  press(keys: string): Promise<void> {
    if (this.options.h323.keys === 'rtp' && this.media.audio.keys.press(keys)) return Promise.resolve();
    const taken = [...keys].every((key) => this.session.press(key, keyMs));
    return taken ? Promise.resolve() : Promise.reject(new Error(`these keys cannot be pressed: ${keys}`));
  }

  renewKeys(): void {
    this.lines.renewKeys();
  }

  async hangup(): Promise<void> {
    this.call.release();
    await this.free();
  }

  close(): void {
    this.bag.dispose();
    this.call.release();
    this.free().catch(() => undefined);
  }

  /** H.245 begins when it is known what keys there are; ours for the answer. A call without keys that needs some is released. */
  private agree(): ClearToken[] {
    try {
      const { tokens } = this.encryption.agree(this.call);
      this.own = this.encryption.said(this.own);
      this.session.start(this.own);
      return tokens;
    } catch (error) {
      this.call.release({ reason: 'securityDenied', why: messageOf(error) });
      return [];
    }
  }

  private pickUp(from: string, name: string): void {
    const { call, device, lines } = this;
    this.listener.tell({ event: 'called', from });
    const sealed = this.encryption.policy !== 'off';
    const tokens = sealed ? this.agree() : [];
    const fast = this.options.h323.start === 'fast' && !sealed ? takeProposals(call.proposals, device, lines) : [];
    this.fastStarted = fast.length > 0;
    const { nat } = this.options.h323;
    const features = nat === undefined ? undefined : clientFeatures(nat);
    call.connect({
      features,
      tokens,
      display: name,
      aliases: [aliasOf(name)],
      ...(this.fastStarted ? { fastStart: fast } : {}),
    });
  }

  private follow(): void {
    const { call, session, listener } = this;
    call.on.on('fastStart', (accepted) => {
      this.fastStarted = accepted.length > 0;
      listener.tell({ event: 'fast-start', channels: accepted.length });
      adoptAnswers(accepted, this.lines);
    });
    call.on.on('released', (release) => {
      this.released = release;
      this.waiting?.reject(failureOf(release));
      if (release.by !== 'us') listener.ended(reasonOf(release));
    });
    call.on.on('keypad', (keys) => listener.tell({ event: 'keys', keys }));
    session.on.on('userInput', ({ text }) => listener.tell({ event: 'keys', keys: text }));
  }

  /** The call stands when it is answered and its first channels are open or refused; `late`: whatever they are. */
  private stands(late: boolean): void {
    if (this.call.state !== 'active') return;
    if (!late && !this.fastStarted && !this.lines.settled) return;
    this.waiting?.resolve();
    this.waiting = null;
  }

  private linesChanged(): void {
    if (this.waiting) return this.stands(false);
    const agreed = this.agreed();
    const text = JSON.stringify(agreed);
    if (text === this.told) return;
    this.told = text;
    this.listener.changed(agreed);
  }

  private agreed(): Agreed {
    return { lines: this.lines.lines, floor: this.floor.capable ? 'H.239' : null };
  }
}

function encryptionOf({ h323 }: FullOptions): SrtpPolicy {
  return h323.encryption ?? 'off';
}

function reasonOf({ reason, cause, why }: Release): string {
  return cause === causes.normalCallClearing ? 'the other side hung up' : `${reason ?? 'cause'} ${cause}: ${why}`;
}

/** With the Q.850 cause in the place of a status. */
function failureOf(release: Release): CallFailed {
  return new CallFailed(release.cause, release.reason ?? release.why, release.reason === null ? '' : release.why);
}
