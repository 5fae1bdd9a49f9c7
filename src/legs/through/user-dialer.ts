import { messageOf } from '../../base/errors.js';
import { DialFailed, type Dialer, type Dialling, type DialRequest } from '../../rooms/dialer.js';
import type { EndReason } from '../../rooms/leg.js';
import { mostTelling } from './failures.js';

/** A way to call one device. @throws DualstreamError when it may not be called; nothing was sent then */
export type Branch = (request: DialRequest) => Dialling;

/**
 * Calls users wherever they are registered: their SIP devices and browsers by one dialer, their other devices beside it. All
 * ring at once, the first that answers has the call, and the others are told that it was answered elsewhere.
 */
export class UserDialer implements Dialer {
  readonly schemes = ['user'];

  constructor(
    private readonly sip: Dialer,
    /** Devices of other protocols that this user, by name or alias, has registered. */
    private readonly devicesOf: (user: string) => Promise<readonly Branch[]>,
  ) {}

  /** @throws what the dialer for SIP throws */
  dial(request: DialRequest): Dialling {
    const fork = new Fork(request);
    // who may not be called at all is not called in any way
    const first = fork.begin((one) => this.sip.dial(one));
    return { done: fork.run(first, this.others(request)), cancel: (why) => fork.cancel(why), lose: () => fork.lose() };
  }

  private others({ to, passed }: DialRequest): Promise<readonly Branch[]> {
    // call signalling of H.323 is in the clear
    if (passed?.secure === true) return Promise.resolve([]);
    return this.devicesOf(to.replace(/^user:/i, ''));
  }
}

/** One call on several ways at once. */
class Fork {
  private readonly branches = new Set<Dialling>();
  private answered = false;
  private given: EndReason | null = null;

  constructor(private readonly request: DialRequest) {}

  begin(branch: Branch): Dialling {
    const holder: { dialling?: Dialling } = {};
    const dialling = branch({
      ...this.request,
      seat: (leg) => {
        if (this.answered || this.given) throw new DialFailed(487, 'answered elsewhere');
        const participant = this.request.seat(leg);
        this.answered = true;
        for (const other of this.branches) if (other !== holder.dialling) lose(other);
        return participant;
      },
    });
    holder.dialling = dialling;
    this.branches.add(dialling);
    return dialling;
  }

  /** Resolves when one answered. Rejects with the failure that says most when all came to nothing. */
  async run(first: Dialling, finding: Promise<readonly Branch[]>): Promise<void> {
    const ends = [this.follow(first)];
    // before the first one: that nobody registered by SIP says least
    for (const branch of await finding.catch(() => [])) ends.unshift(this.tried(branch));
    const failures = (await Promise.all(ends)).filter((one) => one !== null);
    if (this.answered) return;
    throw mostTelling(failures) ?? new DialFailed(480, 'there is nobody to call');
  }

  cancel(why: EndReason): void {
    this.given ??= why;
    for (const one of this.branches) one.cancel(why);
  }

  lose(): void {
    this.given ??= { kind: 'left' };
    for (const one of this.branches) lose(one);
  }

  private tried(branch: Branch): Promise<Error | null> {
    if (this.answered || this.given) return Promise.resolve(new DialFailed(487, 'given up'));
    try {
      return this.follow(this.begin(branch));
    } catch (error) {
      return Promise.resolve(errorOf(error));
    }
  }

  /** The failure of a branch, or null where it answered. */
  private async follow(dialling: Dialling): Promise<Error | null> {
    try {
      await dialling.done;
      return null;
    } catch (error) {
      // nobody else is to be disturbed after a global refusal (RFC 3261 §16.7)
      if (error instanceof DialFailed && error.status >= 600)
        for (const other of this.branches) if (other !== dialling) lose(other);
      return errorOf(error);
    } finally {
      this.branches.delete(dialling);
    }
  }
}

function lose(dialling: Dialling): void {
  if (dialling.lose) dialling.lose();
  else dialling.cancel({ kind: 'left' });
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}
