import { createHash } from 'node:crypto';
import { LoopDetected, type Passage } from '../../rooms/dialer.js';
import type { SipMessage } from './srf.js';

/** Header in which calls of ours carry the gateways they passed. */
export const pathHeader = 'X-Dualstream-Path';

/** Gateways one call may pass. */
const mostPassed = 20;
/** Where a request says nothing (RFC 3261 §8.1.1.6, RFC 5393 §5.3.1). */
const defaultForwards = 70;
const defaultBreadth = 60;

/** Where a call goes, for recognising that it was there: `room:demo`, `trunk:main:+4912345`. */
export type Place = string;

/** Headers that a call passes on. */
export type PassedOn = Record<string, string>;

/**
 * Recognises calls that come back. Every call of ours carries a list of `instance.place`, both hashed so that they tell
 * nobody anything; B2BUAs that pass unknown headers on keep it, and through those that do not the hops still run out.
 */
export class LoopMark {
  constructor(
    /** Random, of this process. */
    private readonly instance: string,
    /** Whether this is where we take SIP. */
    private readonly isOurs: (host: string, port: number) => boolean = () => false,
  ) {}

  /** Headers of a call that a room makes by itself. */
  begin(place: Place): PassedOn {
    return { [pathHeader]: this.entry(place), 'Max-Forwards': String(defaultForwards) };
  }

  /**
   * Headers of the outgoing half of a call that came in.
   * @throws LoopDetected when it may not go on
   */
  passOn(request: SipMessage, place: Place): PassedOn {
    return this.headersOf(this.passageOf(request), place);
  }

  /** Where a call that came in has been. @throws LoopDetected when it may not go on */
  passageOf(request: SipMessage): Passage {
    const hops = numberIn(request, 'Max-Forwards', defaultForwards);
    const breadth = numberIn(request, 'Max-Breadth', defaultBreadth);
    if (hops <= 0) throw new LoopDetected('it passed too many places (Max-Forwards)');
    if (breadth < 1) throw new LoopDetected('it was spread too far (Max-Breadth)');
    const path = entriesOf(request);
    if (path.length >= mostPassed) throw new LoopDetected('it passed too many gateways');
    return { hops: Math.min(hops, 255) - 1, breadth: Math.min(breadth, defaultBreadth), path };
  }

  /** What the outgoing half says of where the call was. */
  headersOf({ hops, breadth, path }: Passage, place: Place): PassedOn {
    return {
      [pathHeader]: [...path, this.entry(place)].join(', '),
      'Max-Forwards': String(hops),
      'Max-Breadth': String(breadth),
    };
  }

  /**
   * A call arrives that is to go to this place. One that we made may come back to another room, but is never sent out
   * again, and never to where it was before.
   * @throws LoopDetected
   */
  arrive(request: SipMessage, place: Place, goesOut: boolean): void {
    const entries = entriesOf(request);
    if (entries.includes(this.entry(place))) throw new LoopDetected('it was here before');
    const ours = entries.some((entry) => entry.startsWith(`${this.instanceMark}.`)) || this.viaUs(request);
    if (goesOut && ours) throw new LoopDetected('it was sent out from here');
  }

  /** A Via below the top names us: a proxy sent our own request back. */
  private viaUs(request: SipMessage): boolean {
    const [, ...below] = (request.get('Via') ?? '').split(/,(?=\s*SIP\s*\/)/i);
    return below.some((via) => {
      const [, host, port] = /^\s*SIP\s*\/\s*2\.0\s*\/\s*\w+\s+(\[[^\]]+\]|[^\s:;]+)\s*(?::\s*(\d+))?/i.exec(via) ?? [];
      return host !== undefined && this.isOurs(host.replace(/^\[|\]$/g, ''), Number(port ?? 5060));
    });
  }

  private get instanceMark(): string {
    return this.hash('');
  }

  private entry(place: Place): string {
    return `${this.instanceMark}.${this.hash(place.toLowerCase())}`;
  }

  private hash(text: string): string {
    return createHash('sha256').update(`${this.instance}|${text}`).digest('hex').slice(0, 12);
  }
}

function entriesOf(request: SipMessage): string[] {
  const entries = (request.get(pathHeader) ?? '').split(',').map((entry) => entry.trim());
  return entries.filter((entry) => /^[0-9a-f]{12}\.[0-9a-f]{12}$/.test(entry)).slice(0, mostPassed);
}

function numberIn(request: SipMessage, name: string, otherwise: number): number {
  const text = request.get(name)?.trim() ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}
