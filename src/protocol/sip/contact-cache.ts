import type { Clock } from '../../base/clock.js';
import { Disposables } from '../../base/disposables.js';
import { MalformedSip } from '../sip-values/errors.js';
import { parseNameAddrList } from '../sip-values/name-addr.js';
import { isSipUri, parseSipUri } from '../sip-values/uri.js';
import type { Flow } from './flow.js';
import type { NextHop } from './routing.js';

interface Entry {
  flow: Flow;
  bag: Disposables;
}

/** Far end of a connection. */
type FarEnd = Pick<NextHop, 'transport' | 'host' | 'port'>;

const maxEntries = 20_000;
const maxSeconds = 86_400;

/**
 * Remembers down which connections a registered contact is reached: clients behind NAT or in a browser cannot be called
 * otherwise. The key is user@host of the Contact; devices behind different routers may have the same.
 */
export class ContactCache {
  /** The latest last. */
  private readonly entries = new Map<string, Entry[]>();
  private size = 0;

  constructor(private readonly clock: Clock) {}

  /**
   * Keeps (or with 0 seconds forgets) every contact of a request's Contact header value. `told` is that of the answer: it
   * lists the contacts of other devices too, and says how long each of them lasts. Unreadable values are ignored.
   */
  learn(contacts: string, flow: Flow, seconds: number, told: string | null = null): void {
    if (!flow.reliable || contacts.trim() === '*') return;
    try {
      const granted = told === null ? null : new Map(parseNameAddrList(told).map((one) => [keyOf(one.uri), one]));
      for (const contact of parseNameAddrList(contacts)) {
        const key = keyOf(contact.uri);
        const said = granted ? granted.get(key) : contact;
        const expires = said?.params.get('expires');
        const lasts = said ? (expires && /^\d{1,9}$/.test(expires) ? Number(expires) : seconds) : 0;
        this.set(key, flow, Math.min(lasts, maxSeconds));
      }
    } catch (error) {
      if (!(error instanceof MalformedSip)) throw error;
    }
  }

  /** Open connection of a URI, or null: the latest, or only the one with this far end. */
  find(uri: string, far: FarEnd | null = null): Flow | null {
    const key = isSipUri(uri) ? keyOf(uri) : null;
    const open = ((key !== null && this.entries.get(key)) || []).filter(({ flow }) => flow.open);
    const found = far ? open.find(({ flow }) => isAt(flow, far)) : open.at(-1);
    return found?.flow ?? null;
  }

  /** Whether a registered contact is reached by this connection. */
  leadsTo(flow: Flow): boolean {
    for (const entries of this.entries.values()) if (entries.some((entry) => entry.flow === flow)) return true;
    return false;
  }

  dispose(): void {
    for (const [key, entries] of this.entries) for (const entry of [...entries]) this.remove(key, entry);
  }

  private set(key: string | null, flow: Flow, seconds: number): void {
    if (key === null) return;
    const known = this.entries.get(key)?.find((entry) => entry.flow === flow);
    if (known) this.remove(key, known);
    if (seconds <= 0 || this.size >= maxEntries) return;
    const entry = { flow, bag: new Disposables() };
    const entries = this.entries.get(key);
    if (entries) entries.push(entry);
    else this.entries.set(key, [entry]);
    this.size += 1;
    const timer = this.clock.after(seconds * 1000, () => this.remove(key, entry));
    entry.bag.defer(() => timer.cancel());
    entry.bag.add(flow.onClose(() => this.remove(key, entry)));
  }

  private remove(key: string, entry: Entry): void {
    if (entry.bag.disposed) return;
    entry.bag.dispose();
    this.size -= 1;
    const rest = (this.entries.get(key) ?? []).filter((one) => one !== entry);
    if (rest.length > 0) this.entries.set(key, rest);
    else this.entries.delete(key);
  }
}

function isAt({ transport, remote }: Flow, far: FarEnd): boolean {
  // a proxy in between may end the TLS of a WebSocket, which its far end does not know
  const plain = (name: string): string => name.replace(/^wss$/, 'ws');
  const same = plain(transport) === plain(far.transport);
  return same && remote.port === far.port && remote.address.toLowerCase() === far.host.toLowerCase();
}

function keyOf(uri: string): string | null {
  if (!isSipUri(uri)) return null;
  const { user, host } = parseSipUri(uri);
  return `${user ?? ''}@${host.toLowerCase()}`;
}
