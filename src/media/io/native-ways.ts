import { getSystemErrorName } from 'node:util';
import { MOST_TOLD, TOLD, type UdpModule } from '../native/udp-module.js';
import type { ShortTraffic, ShortWay, ShortWayTerms } from './short-way.js';

/** What goes before the words of an address in what a packet is to be like. */
const LIKE = 6;
const WORDS = 5;

/** Short ways of sound by the native module, of all sockets of a hub. */
export class NativeWays {
  /** Number by which the mixer's thread hands its frames in. */
  readonly desk: number;
  readonly told = new Float64Array(MOST_TOLD * TOLD);
  readonly like = new Int32Array(LIKE + WORDS);
  readonly ways: (NativeWay | null)[] = [];

  constructor(
    readonly native: UdpModule,
    readonly hub: object,
    terms: ShortWayTerms,
    /** Sends what waits. */
    readonly flush: () => void,
    private readonly onError: (code: string) => void,
  ) {
    const [toMixer, fromMixer] = [new Uint8Array(terms.toMixer), new Uint8Array(terms.fromMixer)];
    const origin = terms.now() - native.now();
    this.desk = native.desk(hub, toMixer, fromMixer, this.told, origin, terms.frameOrigin);
  }

  /** Tells of what came and went. */
  settle(): void {
    this.settleHeard();
    const { told, ways } = this;
    let count: number;
    do {
      count = this.native.departed(this.hub);
      for (let at = 0; at < count * TOLD; at += TOLD) {
        if (told[at]! < 0) for (let i = told[at + 2]!; i > 0; i--) this.onError(getSystemErrorName(told[at + 1]!));
        else ways[told[at]!]?.traffic?.sent(told[at + 1]!, told[at + 2]!, told[at + 3]!, told[at + 4]!);
      }
    } while (count === MOST_TOLD);
  }

  settleHeard(): void {
    const { told, ways } = this;
    const count = this.native.heard(this.hub);
    for (let at = 0; at < count * TOLD; at += TOLD)
      ways[told[at]!]?.traffic?.heard(told[at + 1]!, told[at + 2]!, told[at + 3]!, told[at + 4]!);
  }
}

/** That of one socket, which says where an address is. */
export class NativeWay implements ShortWay {
  traffic: ShortTraffic | null = null;
  private listening = false;
  private handed = false;

  constructor(
    private readonly ways: NativeWays,
    private readonly index: number,
    private readonly wordsOf: (address: string) => Int32Array | null,
  ) {
    ways.ways[index] = this;
  }

  listen({ slot, ssrc }: { slot: number; ssrc: number }, pt: number, seq: number, address: string, port: number): void {
    const { native, hub, like } = this.ways;
    if (!this.describe(address, port)) return;
    like[1] = slot;
    like[2] = pt;
    like[3] = (seq + 1) & 0xffff;
    like[4] = ssrc;
    native.listen(hub, like);
    this.listening = true;
  }

  deafen(): void {
    if (!this.listening) return;
    this.listening = false;
    this.ways.native.deafen(this.ways.hub, this.index);
    this.ways.settleHeard();
  }

  hand(
    { slot, ssrc }: { slot: number; ssrc: number },
    seq: number,
    base: number,
    address: string,
    port: number,
  ): boolean {
    const { native, hub, like } = this.ways;
    if (this.handed || !this.describe(address, port)) return false;
    like[1] = slot;
    like[2] = seq;
    like[3] = ssrc;
    like[4] = base;
    // what was sent before goes out before
    this.ways.flush();
    this.handed = native.hand(hub, like) === 1;
    return this.handed;
  }

  takeBack(): number | null {
    if (!this.handed) return null;
    this.handed = false;
    const { native, hub, told } = this.ways;
    // the same memory tells of what came
    this.ways.settleHeard();
    const seq = native.takeBack(hub, this.index);
    if (seq >= 0 && told[1]! > 0) this.traffic?.sent(told[1]!, told[2]!, told[3]!, told[4]!);
    return seq >= 0 ? seq : null;
  }

  /** The socket is closed; the module has taken back what it had. */
  close(): void {
    this.deafen();
    this.takeBack();
    this.ways.ways[this.index] = null;
  }

  private describe(address: string, port: number): boolean {
    const words = this.wordsOf(address);
    if (!words || !(port > 0 && port <= 0xffff)) return false;
    const { like } = this.ways;
    like[0] = this.index;
    like[5] = port;
    for (let i = 0; i < WORDS; i++) like[LIKE + i] = words[i]!;
    return true;
  }
}
