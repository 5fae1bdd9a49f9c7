import type { Clock } from '../../base/clock.js';
import type { Disposable } from '../../base/disposables.js';
import type { MiscellaneousCommand } from '../../protocol/h323/h245/schema.js';
import type {
  ControlRole,
  ControlSession,
  IncomingChannel,
  MultimediaSystemControlMessage,
  OutgoingChannel,
} from '../../protocol/h323/control/contract.js';
import type { MadeKey } from '../../protocol/h323/h235/media-keys.js';
import type { ChannelKeys, ChannelSeal } from './channel-keys.js';
import type { LineSeals } from './line-seals.js';

/** New keys that a peer may ask for in one call: each costs us a key and a message. */
const mostAsked = 200;
/** Each key of encrypted media is used for so long, ms: at 10 Mbit/s for less than 2^32 blocks. */
const keyLifeMs = 12 * 3_600_000;
const firstDynamic = 96;
const lastDynamic = 127;

/** A line whose channels may be encrypted. */
export interface KeyedLine {
  readonly seals: LineSeals;
  readonly out: OutgoingChannel | null;
  readonly incoming: IncomingChannel | null;
  /** A channel of ours is open, and can be used. */
  readonly sends: boolean;
  /** Numbers that packets without a key's number have. */
  readonly otherNumbers: readonly number[];
}

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
  /** As slave: the payload number that the next key of a channel of ours was asked to have, by the channel's number. */
  private readonly wished = new Map<number, number>();

  constructor(
    private readonly keys: ChannelKeys,
    private readonly lines: readonly KeyedLine[],
    private readonly session: Pick<ControlSession, 'send'>,
    private readonly changed: (line: KeyedLine) => void,
  ) {}

  /** Changes keys before they have enciphered too much. */
  regularly(clock: Pick<Clock, 'every'>): Disposable {
    const timer = clock.every(keyLifeMs, () => this.begin());
    return { dispose: () => timer.cancel() };
  }

  /** Begins to change the key of each channel of ours. */
  begin(): void {
    for (const line of this.lines) {
      const { out, seals } = line;
      if (!line.sends || !out || !seals.out) continue;
      if (this.keys.master) this.command(line, null);
      else this.wish(line, out.number);
    }
  }

  private wish(line: KeyedLine, number: number): void {
    const synchFlag = this.freeNumber(line, null);
    this.wished.set(number, synchFlag);
    this.tell(number, 'slave', { encryptionUpdateRequest: { synchFlag } });
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
    const { line, ours } = this.channelOf(told) ?? {};
    if (!line) return;
    if (ours) return this.command(line, wish);
    const made = this.make(line, line.seals.in, wish);
    if (!made) return;
    line.seals.addKey(made.key);
    this.changed(line);
    this.tell(told.logicalChannelNumber, 'slave', { encryptionUpdateCommand: { encryptionSync: made.sync } });
  }

  private commanded(told: MiscellaneousCommand, sync: MadeKey['sync']): void {
    const { line, ours } = this.channelOf(told, sync.synchFlag) ?? {};
    const seal = ours ? line?.seals.out : line?.seals.in;
    const key = seal && this.keys.read(seal, sync);
    if (!line || !key) return;
    if (ours) {
      line.seals.outKey = key;
      this.wished.delete(told.logicalChannelNumber);
    } else line.seals.addKey(key);
    this.changed(line);
    if (ours) return;
    const { synchFlag } = sync;
    this.tell(told.logicalChannelNumber, 'master', { encryptionUpdateAck: { synchFlag } });
  }

  private acknowledged(number: number, synchFlag: number): void {
    const line = this.lines.find(({ out }) => out?.number === number);
    if (line?.seals.nextKey?.payloadType !== synchFlag) return;
    line.seals.outKey = line.seals.nextKey;
    line.seals.nextKey = null;
    this.changed(line);
  }

  /** As master: a new key for a channel of ours, which is used when it is acknowledged. */
  private command(line: KeyedLine, wish: number | null): void {
    const made = this.make(line, line.seals.out, wish);
    if (!made || !line.out) return;
    line.seals.nextKey = made.key;
    this.tell(line.out.number, 'master', { encryptionUpdateCommand: { encryptionSync: made.sync } });
  }

  private make(line: KeyedLine, seal: ChannelSeal | null, wish: number | null): MadeKey | null {
    return seal && this.keys.make({ ...seal, payloadType: this.freeNumber(line, wish) });
  }

  /** A number that no key of the session has, and nothing else: the one that was wished for, or the next. */
  private freeNumber({ seals, otherNumbers }: KeyedLine, wish: number | null): number {
    const { outKey, nextKey, inKeys } = seals;
    const used = [...[outKey, nextKey, ...inKeys].map((key) => key?.payloadType), ...otherNumbers];
    const free = (number: number): boolean => number >= firstDynamic && number <= lastDynamic && !used.includes(number);
    if (wish !== null && free(wish)) return wish;
    let number = outKey?.payloadType ?? inKeys.at(-1)?.payloadType ?? firstDynamic;
    do number = number >= lastDynamic ? firstDynamic : number + 1;
    while (!free(number));
    return number;
  }

  /**
   * Numbers are each opener's own: `direction` tells whose channel it is. Some leave it out of answers (GNU Gatekeeper), which
   * are known by what was asked for then.
   */
  private channelOf({ direction, logicalChannelNumber: number }: MiscellaneousCommand, synchFlag?: number) {
    const mine = this.lines.find(({ out }) => out?.number === number);
    const theirs = this.lines.find(({ incoming }) => incoming?.number === number);
    const ofMaster = direction?.masterToSlave ? true : direction?.slaveToMaster ? false : null;
    const answers = synchFlag !== undefined && this.wished.get(number) === synchFlag;
    const ours = ofMaster === null ? answers || !theirs : ofMaster === this.keys.master;
    const line = ours ? mine : theirs;
    return line ? { line, ours } : null;
  }

  /** `owner` of the channel. */
  private tell(number: number, owner: ControlRole, type: MiscellaneousCommand['type']): void {
    const direction = owner === 'master' ? { masterToSlave: true as const } : { slaveToMaster: true as const };
    this.session.send({ command: { miscellaneousCommand: { logicalChannelNumber: number, type, direction } } });
  }
}
