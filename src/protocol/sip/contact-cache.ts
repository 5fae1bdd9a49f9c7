import type { Clock, Timer } from '../../base/clock.js';
import { MalformedSip } from '../sip-values/errors.js';
import { parseNameAddrList } from '../sip-values/name-addr.js';
import { isSipUri, parseSipUri } from '../sip-values/uri.js';
import type { Flow } from './flow.js';

interface Entry {
  flow: Flow;
  timer: Timer;
}

const maxEntries = 20_000;
const maxSeconds = 86_400;

/**
 * Remembers down which connection a registered contact is reached: clients behind NAT or in a browser cannot be called
 * otherwise. The key is user@host of the Contact.
 */
export class ContactCache {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly clock: Clock) {}

  /** Keeps (or with 0 seconds forgets) every contact of a Contact header value. Unreadable values are ignored. */
  learn(contacts: string, flow: Flow, seconds: number): void {
    if (!flow.reliable) return;
    try {
      for (const contact of parseNameAddrList(contacts)) {
        const expires = contact.params.get('expires');
        const lasts = Math.min(expires && /^\d{1,9}$/.test(expires) ? Number(expires) : seconds, maxSeconds);
        this.set(keyOf(contact.uri), flow, lasts);
      }
    } catch (error) {
      if (!(error instanceof MalformedSip)) throw error;
    }
  }

  /** Open connection of a URI, or null. */
  find(uri: string): Flow | null {
    const key = isSipUri(uri) ? keyOf(uri) : null;
    const flow = key === null ? undefined : this.entries.get(key)?.flow;
    return flow?.open ? flow : null;
  }

  /** Whether a registered contact is reached by this connection. */
  leadsTo(flow: Flow): boolean {
    for (const entry of this.entries.values()) if (entry.flow === flow) return true;
    return false;
  }

  dispose(): void {
    for (const { timer } of this.entries.values()) timer.cancel();
    this.entries.clear();
  }

  private set(key: string | null, flow: Flow, seconds: number): void {
    if (key === null) return;
    this.entries.get(key)?.timer.cancel();
    this.entries.delete(key);
    if (seconds <= 0 || this.entries.size >= maxEntries) return;
    const timer = this.clock.after(seconds * 1000, () => this.entries.delete(key));
    const entry = { flow, timer };
    this.entries.set(key, entry);
    flow.onClose(() => {
      timer.cancel();
      if (this.entries.get(key) === entry) this.entries.delete(key);
    });
  }
}

function keyOf(uri: string): string | null {
  if (!isSipUri(uri)) return null;
  const { user, host } = parseSipUri(uri);
  return `${user ?? ''}@${host.toLowerCase()}`;
}
