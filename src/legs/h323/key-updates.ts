import type { MiscellaneousCommand } from '../../protocol/h323/h245/schema.js';
import type {
  ControlRole,
  ControlSession,
  MultimediaSystemControlMessage,
} from '../../protocol/h323/control/contract.js';
import type { MadeKey } from '../../protocol/h323/h235/media-keys.js';
import type { LineName } from '../../media/vocabulary.js';
import type { ChannelKeys, ChannelSeal } from './channel-keys.js';
import type { LineSlot } from './line-slot.js';

/** New keys that a peer may ask for in one call: each costs us a key and a message. */
const mostAsked = 200;
const firstDynamic = 96;
const lastDynamic = 127;

/**
 * Changes the keys of channels that are open (H.235.6). The master makes the new ones:
 *
 *   its channel:      encryptionUpdateCommand -> slave, which acknowledges; then the master sends by it
 *   the slave's:      (encryptionUpdateRequest -> master) encryptionUpdateCommand -> slave, which sends by it from then on
 *
 * Packets say by their payload number (synchFlag) which key they have, so that no packet is lost on the way.
 */
export class KeyUpdates {
  private asked = 0;

  constructor(
    private readonly keys: ChannelKeys,
    private readonly slots: readonly LineSlot[],
    private readonly session: Pick<ControlSession, 'send'>,
    private readonly changed: (name: LineName) => void,
  ) {}

  /** Begins to change the key of each channel of ours. */
  begin(): void {
    for (const slot of this.slots) {
      const { out, outSeal } = slot;
      if (!slot.sends || !out || !outSeal) continue;
      if (this.keys.master) this.command(slot, null);
      else this.tell(out.number, 'slave', { encryptionUpdateRequest: { synchFlag: this.freeNumber(slot, null) } });
    }
  }

  /** A command of the peer about keys. */
  take({ command }: MultimediaSystemControlMessage): void {
    const told = command?.miscellaneousCommand;
    if (!told || ++this.asked > mostAsked) return;
    const { encryptionUpdateRequest, encryptionUpdateCommand, encryptionUpdateAck, encryptionUpdate } = told.type;
    const sync = encryptionUpdateCommand?.encryptionSync ?? encryptionUpdate;
    if (encryptionUpdateAck) this.acknowledged(told.logicalChannelNumber, encryptionUpdateAck.synchFlag);
    else if (encryptionUpdateRequest && this.keys.master)
      this.requested(told, encryptionUpdateRequest.synchFlag ?? null);
    else if (sync && !this.keys.master) this.commanded(told, sync);
  }

  private requested(told: MiscellaneousCommand, wish: number | null): void {
    const { slot, ours } = this.channelOf(told) ?? {};
    if (!slot) return;
    if (ours) return this.command(slot, wish);
    const made = this.make(slot, slot.inSeal, wish);
    if (!made) return;
    slot.addKey(made.key);
    this.changed(slot.name);
    this.tell(told.logicalChannelNumber, 'slave', { encryptionUpdateCommand: { encryptionSync: made.sync } });
  }

  private commanded(told: MiscellaneousCommand, sync: MadeKey['sync']): void {
    const { slot, ours } = this.channelOf(told) ?? {};
    const seal = ours ? slot?.outSeal : slot?.inSeal;
    const key = seal && this.keys.read(seal, sync);
    if (!slot || !key) return;
    if (ours) slot.outKey = key;
    else slot.addKey(key);
    this.changed(slot.name);
    if (ours) return;
    const { synchFlag } = sync;
    this.tell(told.logicalChannelNumber, 'master', { encryptionUpdateAck: { synchFlag } });
  }

  private acknowledged(number: number, synchFlag: number): void {
    const slot = this.slots.find(({ out }) => out?.number === number);
    if (slot?.nextKey?.payloadType !== synchFlag) return;
    slot.outKey = slot.nextKey;
    slot.nextKey = null;
    this.changed(slot.name);
  }

  /** As master: a new key for a channel of ours, which is used when it is acknowledged. */
  private command(slot: LineSlot, wish: number | null): void {
    const made = this.make(slot, slot.outSeal, wish);
    if (!made || !slot.out) return;
    slot.nextKey = made.key;
    this.tell(slot.out.number, 'master', { encryptionUpdateCommand: { encryptionSync: made.sync } });
  }

  private make(slot: LineSlot, seal: ChannelSeal | null, wish: number | null): MadeKey | null {
    return seal && this.keys.make({ ...seal, payloadType: this.freeNumber(slot, wish) });
  }

  /** A number that no key of the session has: the one that was wished for, or the next. */
  private freeNumber({ outKey, nextKey, inKeys }: LineSlot, wish: number | null): number {
    const used = [outKey, nextKey, ...inKeys].map((key) => key?.payloadType);
    const free = (number: number): boolean => number >= firstDynamic && number <= lastDynamic && !used.includes(number);
    if (wish !== null && free(wish)) return wish;
    let number = outKey?.payloadType ?? inKeys.at(-1)?.payloadType ?? firstDynamic;
    do number = number >= lastDynamic ? firstDynamic : number + 1;
    while (!free(number));
    return number;
  }

  /** Numbers are each opener's own: `direction` tells whose channel it is; some leave it out of answers. */
  private channelOf({ direction, logicalChannelNumber: number }: MiscellaneousCommand) {
    const mine = this.slots.find(({ out }) => out?.number === number);
    const theirs = this.slots.find(({ incoming }) => incoming?.number === number);
    const ofMaster = direction?.masterToSlave ? true : direction?.slaveToMaster ? false : null;
    const ours = ofMaster === null ? !theirs : ofMaster === this.keys.master;
    const slot = ours ? mine : theirs;
    return slot ? { slot, ours } : null;
  }

  /** `owner` of the channel. */
  private tell(number: number, owner: ControlRole, type: MiscellaneousCommand['type']): void {
    const direction = owner === 'master' ? { masterToSlave: true as const } : { slaveToMaster: true as const };
    this.session.send({ command: { miscellaneousCommand: { logicalChannelNumber: number, type, direction } } });
  }
}
