import type { RemoteMedia } from '../../media/h245-capabilities.js';
import { isH264 } from '../../media/h245-formats.js';
import { chooseMode } from '../../media/h245-modes.js';
import type { Abilities } from '../../media/negotiate.js';
import type { Format } from '../../media/vocabulary.js';
import type { ModeAsked, OutgoingChannel } from '../../protocol/h323/control/contract.js';
import type { LineSlot } from './line-slot.js';

/** Lines that modes are about: slides come and go with the token. */
type ModeLine = 'audio' | 'video';

/** The lines of a leg, for its modes. */
export interface ModeHost {
  slots: Readonly<Record<ModeLine, LineSlot>>;
  abilities(): Abilities;
  /** What the peer takes; null while channels cannot be opened. */
  remote(): RemoteMedia | null;
  /** Opens the channel of a line in this format, sooner or later. */
  open(name: ModeLine, format: Format): void;
}

/**
 * The peer asks us to send in another way (H.245 §7.9): by another codec, or without pictures. A mode is all that is sent, so
 * what it does not name is closed until another mode names it, or a capability set after an empty one begins anew.
 */
export class ModeRequests {
  private readonly off = new Set<ModeLine>();
  /** Channels that were closed for a mode. */
  private leaving: OutgoingChannel[] = [];

  constructor(private readonly host: ModeHost) {}

  /** Whether the line may send, as far as modes say. */
  allows(name: ModeLine): boolean {
    return !this.off.has(name);
  }

  /** No mode was asked for. */
  forget(): void {
    this.off.clear();
  }

  asked(request: ModeAsked): void {
    const remote = this.host.remote();
    this.leaving = this.leaving.filter(({ state }) => state === 'closing');
    // a peer that does not let the old channels go gets no more new ones
    if (!remote || this.leaving.length > 0) return request.reject('requestDenied');
    const choice = chooseMode(request.modes, this.host.abilities(), remote);
    if (typeof choice === 'string') return request.reject(choice);
    request.accept(choice.which);
    this.follow('audio', choice.audio);
    this.follow('video', choice.video);
  }

  private follow(name: ModeLine, format: Format | null): void {
    const slot = this.host.slots[name];
    const { out } = slot;
    if (format === null) this.off.add(name);
    else this.off.delete(name);
    if (format && out && slot.sending && alike(slot.sending.format, format)) return;
    if (out) this.leaving.push(out);
    if (format === null) return out?.close();
    slot.replaceOut();
    this.host.open(name, format);
  }
}

/** Another channel would carry the same. */
function alike(one: Format, other: Format): boolean {
  if (!isH264(one) || !isH264(other)) return one.name === other.name;
  const facts = ['profileIdc', 'levelIdc', 'mode', 'maxFs', 'maxMbps'] as const;
  return facts.every((fact) => one[fact] === other[fact]);
}
