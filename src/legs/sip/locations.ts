import type { Clock, Timer } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import type { Metrics } from '../../base/metrics.js';
import { sameUri } from '../../protocol/sip-values/same-uri.js';
import { pageOf, type Registration, type Registrations } from '../../rooms/registrations.js';
import type { Binding } from '../../rooms/store.js';
import type { KeptBindings } from './kept-bindings.js';
import { isFlowBound, reachOf, type Reach, type WayOfPaths } from './reach.js';
import { IntervalTooBrief, RegisterOutOfOrder, TooManyContacts } from './register-errors.js';
import type { AskedContact, RegisterRequest } from './register-request.js';

/** Bounds of registrations. Seconds. */
export interface RegistrationLimits {
  least: number;
  most: number;
  /** Where the device does not say. */
  usual: number;
  contactsPerUser: number;
}

/** A binding that lives now. */
export interface Held {
  binding: Binding;
  /** Monotonic end of its life: a step of the wall clock neither ends nor prolongs it. */
  until: number;
  /** False when the way to the device is known to be gone. */
  reachable: boolean;
}

const sweepMs = 5000;

/**
 * Where users are reached now: the bindings of every user, by the rules of RFC 3261 §10.3 and RFC 5626 §6. Held in memory
 * and written through, so that they outlive the process; a connection does not, and its device counts as unreachable
 * until it registers again.
 */
export class Locations implements Registrations {
  private readonly byUser = new Map<string, Held[]>();
  private readonly sweeper: Timer;

  constructor(
    private readonly limits: RegistrationLimits,
    private readonly tools: { clock: Clock; chance: Chance; metrics: Metrics },
    private readonly kept: KeptBindings,
    private readonly way: WayOfPaths = 'route',
  ) {
    this.sweeper = tools.clock.every(sweepMs, () => void this.sweep());
  }

  /** Takes up what an earlier life of the gateway left. */
  async restore(): Promise<void> {
    const [wall, now] = [this.tools.clock.wall(), this.tools.clock.now()];
    const over: string[] = [];
    for (const binding of await this.kept.load()) {
      // a clock that was set back must not make it last longer than it was granted
      const left = Math.min(binding.expiresAt - wall, binding.expiresAt - binding.registeredAt);
      if (left > 0) this.listOf(binding.user).push({ binding, until: now + left, reachable: !isFlowBound(binding) });
      else over.push(binding.id);
    }
    this.count();
    if (over.length > 0) await this.kept.save([], over);
  }

  get size(): number {
    let n = 0;
    for (const held of this.byUser.values()) n += held.length;
    return n;
  }

  /** Every live binding. */
  *all(): Iterable<Held> {
    for (const held of this.byUser.values()) yield* held.filter((one) => this.isLive(one));
  }

  of(user: string): Held[] {
    return (this.byUser.get(user) ?? []).filter((one) => this.isLive(one));
  }

  /**
   * Where to call a user, the best first: reachable before not, then by preference, then the latest. Of several with the
   * same `instance` only one may be called at a time, the next when its way fails (RFC 5626 §4.2.2).
   */
  bindingsOf(user: string): Reach[] {
    const rank = (held: Held): number => (held.reachable ? 10_000 : 0) + held.binding.q;
    const held = this.of(user).sort((a, b) => rank(b) - rank(a) || b.binding.registeredAt - a.binding.registeredAt);
    return held.map((one) => this.reachOf(one));
  }

  reachOf({ binding, reachable }: Held): Reach {
    return reachOf(binding, reachable, this.way);
  }

  secondsLeft({ until }: Held): number {
    return Math.max(0, Math.round((until - this.tools.clock.now()) / 1000));
  }

  /**
   * Does what a REGISTER of this user asks, all of it or nothing; resolves when it is kept.
   * @throws IntervalTooBrief, RegisterOutOfOrder, TooManyContacts
   */
  async register(user: string, asked: RegisterRequest): Promise<Held[]> {
    const before = this.of(user);
    const after = asked.contacts === '*' ? this.allBack(before, asked) : this.changed(before, asked, user);
    const put = after.filter((held) => !before.includes(held)).map((held) => held.binding);
    const stay = new Set(after.map(({ binding }) => binding.id));
    const gone = (this.byUser.get(user) ?? []).map(({ binding }) => binding.id).filter((id) => !stay.has(id));
    this.put(user, after);
    if (put.length + gone.length > 0) await this.kept.save(put, gone);
    return after;
  }

  list({ user, after, limit }: Parameters<Registrations['list']>[0]): ReturnType<Registrations['list']> {
    const all = [...(user === undefined ? this.all() : this.of(user))].map(viewOf);
    return pageOf(all, { limit, ...(after === undefined ? {} : { after }) });
  }

  async remove(id: string): Promise<boolean> {
    for (const [user, held] of this.byUser) {
      if (!held.some(({ binding }) => binding.id === id)) continue;
      this.put(
        user,
        held.filter(({ binding }) => binding.id !== id),
      );
      await this.kept.save([], [id]);
      return true;
    }
    return false;
  }

  /** Stops; what is registered stays in the store. */
  async close(): Promise<void> {
    this.sweeper.cancel();
    await this.kept.close();
  }

  /** `Contact: *`: bindings of this very device only go by a later request. */
  private allBack(before: readonly Held[], asked: RegisterRequest): Held[] {
    for (const { binding } of before) checkOrder(binding, asked);
    return [];
  }

  private changed(before: readonly Held[], asked: RegisterRequest, user: string): Held[] {
    const { clock, chance } = this.tools;
    let held = [...before];
    const touched = new Set<Held>();
    for (const contact of asked.contacts as AskedContact[]) {
      const seconds = this.granted(contact.expires);
      const flow = asked.outbound === 'yes' && contact.instance !== null ? contact.regId : null;
      const same = held.find(({ binding }) => isSame(binding, contact, flow));
      if (same && !touched.has(same)) checkOrder(same.binding, asked);
      held = held.filter((one) => one !== same);
      if (seconds === 0) continue;
      const registeredAt = clock.wall();
      const binding: Binding = {
        ...{ id: same?.binding.id ?? chance.hex(8), user, contact: contact.uri, params: contact.params, q: contact.q },
        ...{ instance: contact.instance, regId: flow, path: asked.path, agent: asked.agent, ...asked.from },
        ...{ callId: asked.callId, cseq: asked.cseq, registeredAt, expiresAt: registeredAt + seconds * 1000 },
      };
      const one = { binding, until: clock.now() + seconds * 1000, reachable: true };
      touched.add(one);
      held.push(one);
    }
    return this.atMost(held, touched);
  }

  /** A device that comes with a new contact at every start must not lock its user out: the one that ends first goes. */
  private atMost(held: Held[], asked: ReadonlySet<Held>): Held[] {
    const { contactsPerUser } = this.limits;
    if (asked.size > contactsPerUser) throw new TooManyContacts(contactsPerUser);
    const others = held.filter((one) => !asked.has(one)).sort((a, b) => b.until - a.until);
    const keep = new Set([...asked, ...others.slice(0, contactsPerUser - asked.size)]);
    if (keep.size < held.length)
      this.tools.metrics.count('dualstream_sip_bindings_displaced_total', {}, held.length - keep.size);
    return held.filter((one) => keep.has(one));
  }

  /** @throws IntervalTooBrief */
  private granted(asked: number | null): number {
    const { least, most, usual } = this.limits;
    if (asked === 0) return 0;
    if (asked !== null && asked < least) throw new IntervalTooBrief(least);
    return Math.min(asked ?? usual, most);
  }

  private listOf(user: string): Held[] {
    let held = this.byUser.get(user);
    if (!held) this.byUser.set(user, (held = []));
    return held;
  }

  private put(user: string, held: Held[]): void {
    if (held.length === 0) this.byUser.delete(user);
    else this.byUser.set(user, held);
    this.count();
  }

  private count(): void {
    this.tools.metrics.gauge('dualstream_sip_bindings', this.size);
  }

  private isLive({ until }: Held): boolean {
    return until > this.tools.clock.now();
  }

  private async sweep(): Promise<void> {
    const over: string[] = [];
    for (const [user, held] of this.byUser) {
      const live = held.filter((one) => this.isLive(one));
      if (live.length === held.length) continue;
      for (const one of held) if (!live.includes(one)) over.push(one.binding.id);
      this.put(user, live);
    }
    if (over.length > 0) await this.kept.save([], over);
  }
}

/** RFC 3261 §10.3 step 7: of one Call-ID, only a later request changes anything. */
function checkOrder(binding: Binding, { callId, cseq }: RegisterRequest): void {
  if (binding.callId === callId && cseq <= binding.cseq) throw new RegisterOutOfOrder();
}

/** A flow of an outbound device is known by its numbers, anything else by its URI (RFC 5626 §6). */
function isSame(binding: Binding, contact: AskedContact, regId: number | null): boolean {
  if (regId !== null) return binding.regId === regId && binding.instance === contact.instance;
  return binding.regId === null && sameUri(binding.contact, contact.uri);
}

function viewOf({ binding, reachable }: Held): Registration {
  const { id, user, contact, address, port, transport, agent, instance, path, registeredAt, expiresAt, q } = binding;
  return {
    id,
    user,
    contact,
    address,
    port,
    transport,
    agent,
    instance,
    path,
    q: q / 1000,
    registeredAt,
    expiresAt,
    reachable,
  };
}
