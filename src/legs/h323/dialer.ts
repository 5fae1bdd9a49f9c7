import type { Timer } from '../../base/clock.js';
import { Disposables } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import { isIP } from 'node:net';
import { aliasOf } from '../../protocol/h323/aliases.js';
import type { Release, SignalledCall, SignallingEndpoint } from '../../protocol/h323/call/contract.js';
import { causes } from '../../protocol/h323/q931-names.js';
import { DialFailed, type Dialer, type Dialling, type DialRequest } from '../../rooms/dialer.js';
import type { EndReason } from '../../rooms/leg.js';
import { readH323Target, type H323DialRules, type H323Target } from './dial-target.js';
import type { H323Gateway } from './gateway.js';
import { NotEncrypted } from './errors.js';
import { peerInfoOf } from './peer-info.js';
import { releaseOf, statusOf } from './reasons.js';

/** What calls of ours are made with. */
export interface H323DialerOptions {
  endpoint: Pick<SignallingEndpoint, 'dial'>;
  gateway: Pick<H323Gateway, 'legOf' | 'keep' | 'seating'>;
  rules: H323DialRules;
  /** An address of a host; the name itself when none is found. */
  lookup: (host: string) => Promise<string>;
  /** Longest ringing, milliseconds. */
  ringMs: number;
  /** What the bearer of our calls says, kbit/s. */
  kbps: number;
  clock: { after(ms: number, fn: () => void): Timer };
}

/** Places calls of rooms by H.323. */
export class H323Dialer implements Dialer {
  readonly schemes = ['h323'];

  constructor(private readonly options: H323DialerOptions) {}

  /** @throws BadTarget, TargetNotAllowed, LoopDetected, NotEncrypted */
  dial(request: DialRequest): Dialling {
    const { room, to } = request;
    if (room.settings.srtp === 'required') throw new NotEncrypted(room.name);
    const target = readH323Target(to, this.options.rules);
    const attempt = new Attempt(this.options, request);
    return { done: attempt.run(target), cancel: (why) => attempt.cancel(why) };
  }
}

/** One call of ours until it is answered. */
class Attempt {
  private call: SignalledCall | null = null;
  private given: EndReason | null = null;
  private readonly bag = new Disposables();

  constructor(
    private readonly options: H323DialerOptions,
    private readonly request: DialRequest,
  ) {}

  /** Resolves when the leg is seated. Rejects with DialFailed, RoomFull and the like. */
  async run({ user, host, port }: H323Target): Promise<void> {
    const { endpoint, lookup, kbps } = this.options;
    const { room } = this.request;
    const address = isIP(host) === 0 ? await lookup(host) : host;
    if (this.given) throw new DialFailed(487, 'given up');
    if (isIP(address) === 0) throw new DialFailed(404, `${host} has no address`);
    const call = endpoint.dial(
      { address, port },
      {
        source: [aliasOf(room.name)],
        destination: user === null ? [] : [aliasOf(user)],
        display: room.name,
        bearerKbps: kbps,
      },
    );
    this.call = call;
    try {
      await this.answered(call);
    } finally {
      this.bag.dispose();
    }
  }

  /** Gives up; an answer that crosses is hung up. */
  cancel(why: EndReason): void {
    this.given ??= why;
    this.call?.release(releaseOf(why));
  }

  private answered(call: SignalledCall): Promise<void> {
    const { clock, ringMs } = this.options;
    return new Promise((resolve, reject) => {
      const timer = clock.after(this.request.ringMs ?? ringMs, () => {
        reject(new DialFailed(408, 'nobody answered'));
        call.release({ cause: causes.noAnswer, why: 'nobody answered' });
      });
      this.bag.defer(() => timer.cancel());
      this.bag.add(call.on.on('alerting', () => this.request.ringing()));
      this.bag.add(call.on.on('released', (release) => reject(this.failure(release))));
      this.bag.add(
        call.on.on('connected', () => {
          try {
            this.seat(call);
            resolve();
          } catch (error) {
            reject(error instanceof Error ? error : new Error(messageOf(error)));
          }
        }),
      );
    });
  }

  private seat(call: SignalledCall): void {
    const { gateway } = this.options;
    this.bag.dispose();
    const leg = gateway.legOf(call, peerInfoOf(call, null));
    try {
      gateway.seating.check(leg, this.request.room);
      gateway.keep(leg);
      gateway.seating.seated(leg, this.request.room, this.request.seat(leg));
    } catch (error) {
      void leg.end({ kind: 'failed', why: messageOf(error) });
      throw error;
    }
  }

  private failure(release: Release): DialFailed {
    return this.given ? new DialFailed(487, 'given up') : new DialFailed(statusOf(release), release.why);
  }
}
