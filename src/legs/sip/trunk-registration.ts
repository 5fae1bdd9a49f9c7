import type { Clock, Timer } from '../../base/clock.js';
import { parseNameAddrList } from '../../protocol/sip-values/name-addr.js';
import { isReached, retryAfterMs, type TrunkServer } from './trunk-server.js';
import type { Answered } from './trunk-requests.js';
import type { SipResponse } from './srf.js';

/** What a registration is made with. */
export interface RegistrationOptions {
  clock: Clock;
  /** What we ask for, seconds. */
  expires: number;
  /** Servers in the order in which they are tried now. */
  servers(): readonly TrunkServer[];
  /** Sends one REGISTER, answers challenges included. */
  register(server: TrunkServer, expires: number): Promise<Answered>;
  changed(registered: boolean, why: string): void;
}

const firstBackOffMs = 5000;
const longestBackOffMs = 600_000;
/** Longest time that we let a registrar make us wait. */
const longestExpires = 86_400;

/**
 * Keeps us registered at a trunk.
 *
 *   idle --start--> registering --2xx--> registered --four fifths of the time--> registering
 *   registering --423--> registering with the time wanted
 *   registering --not reached--> registering at the next server; after the last: waiting --back-off--> registering
 *   registering --refused--> waiting
 */
export class TrunkRegistration {
  private state: 'idle' | 'registering' | 'registered' | 'waiting' = 'idle';
  private timer: Timer | null = null;
  private failures = 0;
  private told: boolean | null = null;
  private at: TrunkServer | null = null;
  private least = 0;
  private closed = false;

  constructor(private readonly options: RegistrationOptions) {}

  get registered(): boolean {
    return this.told === true;
  }

  describe(): string {
    return this.state;
  }

  start(): void {
    if (this.state === 'idle') void this.attempt();
  }

  /** Takes the registration back, as far as somebody is there for it; idempotent. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.timer?.cancel();
    const { at } = this;
    if (at && this.state !== 'idle' && this.told === true) await this.options.register(at, 0);
    this.state = 'idle';
  }

  private async attempt(): Promise<void> {
    this.state = 'registering';
    const servers = this.options.servers();
    // the one that knows us comes first as long as it is there
    const order = this.at && !this.at.down ? [this.at, ...servers.filter((one) => one !== this.at)] : servers;
    let failure = 'no server';
    for (const server of order) {
      const answer = await this.ask(server);
      if (this.closed) return;
      if (answer.status >= 200 && answer.status < 300) return this.succeeded(server, answer.response);
      failure = `${answer.status} ${answer.reason}`;
      if (isReached(answer.status) && answer.status < 500) break;
      server.failed(failure, retryAfterMs(answer.response));
    }
    this.failed(failure);
  }

  private async ask(server: TrunkServer): Promise<Answered> {
    const wanted = Math.max(this.options.expires, this.least);
    const answer = await this.options.register(server, wanted);
    const least = Number.parseInt(answer.response?.get('Min-Expires') ?? '', 10);
    // RFC 3261 §10.2.8
    if (answer.status !== 423 || !(least > wanted && least <= longestExpires)) return answer;
    this.least = least;
    return this.options.register(server, least);
  }

  private succeeded(server: TrunkServer, response: SipResponse | null): void {
    this.at = server;
    this.failures = 0;
    this.state = 'registered';
    server.reached();
    this.tell(true, server.uri);
    const granted = grantedSeconds(response) ?? Math.max(this.options.expires, this.least);
    const seconds = Math.max(10, Math.min(granted, longestExpires));
    this.again(seconds * 800);
  }

  private failed(why: string): void {
    this.state = 'waiting';
    this.tell(false, why);
    const wait = Math.min(longestBackOffMs, firstBackOffMs * 2 ** this.failures);
    this.failures += 1;
    this.again(wait);
  }

  private again(ms: number): void {
    this.timer?.cancel();
    this.timer = this.options.clock.after(ms, () => void this.attempt());
  }

  private tell(registered: boolean, why: string): void {
    if (this.told === registered) return;
    this.told = registered;
    this.options.changed(registered, why);
  }
}

/** How long a 200 says that we are registered, seconds (RFC 3261 §10.2.4); null when it does not say. */
function grantedSeconds(response: SipResponse | null): number | null {
  const texts = [contactExpires(response?.get('Contact') ?? ''), response?.get('Expires')];
  const found = texts.map((text) => Number.parseInt(text ?? '', 10)).find((seconds) => Number.isFinite(seconds));
  return found ?? null;
}

function contactExpires(text: string): string | undefined {
  try {
    // ours is the one that lasts longest: it was renewed just now
    const all = parseNameAddrList(text).map(({ params }) => Number(params.get('expires') ?? Number.NaN));
    const known = all.filter((seconds) => Number.isFinite(seconds));
    return known.length > 0 ? String(Math.max(...known)) : undefined;
  } catch {
    return undefined;
  }
}
