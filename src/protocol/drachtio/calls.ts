import { tagOf, type Envelope } from '../sip/envelope.js';
import type { Flow } from '../sip/flow.js';
import type { Call } from './call.js';

/** `<Call-ID>;from-tag=<tag>`: the identifier applications know a dialog by. */
export function dialogIdOf(callId: string, fromTag: string): string {
  return `${callId};from-tag=${fromTag}`;
}

/** All dialogs, by the identifier of applications and by the three parts of RFC 3261 §12. */
export class Calls {
  private readonly byId = new Map<string, Call>();
  private readonly byTags = new Map<string, Call>();

  add(call: Call): void {
    this.byId.set(call.id, call);
    this.byTags.set(keyOf(call), call);
  }

  remove(call: Call): void {
    call.end();
    if (this.byId.get(call.id) === call) this.byId.delete(call.id);
    if (this.byTags.get(keyOf(call)) === call) this.byTags.delete(keyOf(call));
  }

  find(id: string): Call | null {
    return this.byId.get(id) ?? null;
  }

  /** Dialog a received request belongs to: To names us, From the peer. */
  match({ callId, from, to }: Envelope): Call | null {
    return this.byTags.get(`${callId}|${tagOf(to) ?? ''}|${tagOf(from) ?? ''}`) ?? null;
  }

  /** Dialog by both tags. */
  exact(callId: string, localTag: string, remoteTag: string): Call | null {
    return this.byTags.get(`${callId}|${localTag}|${remoteTag}`) ?? null;
  }

  /** Whether a dialog goes by this connection. */
  uses(flow: Flow): boolean {
    for (const { dialog } of this.byTags.values()) if (dialog.flow === flow) return true;
    return false;
  }

  all(): Call[] {
    return [...new Set(this.byTags.values())];
  }

  dispose(): void {
    for (const call of this.all()) call.end();
    this.byId.clear();
    this.byTags.clear();
  }

  describe(): string[] {
    return this.all().map((call) => call.describe());
  }
}

function keyOf({ dialog }: Call): string {
  return `${dialog.callId}|${dialog.localTag}|${dialog.remoteTag}`;
}
