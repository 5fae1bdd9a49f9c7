import { Emitter } from '../../../src/base/events.js';
import type { Line } from '../../../src/media/plane.js';
import type { Direction, LineName } from '../../../src/media/vocabulary.js';
import type { FloorParty, FloorTicket } from '../../../src/rooms/floor-party.js';
import type { EndReason, Leg, LegAbilities, LegEvents, PartyStatus } from '../../../src/rooms/leg.js';
import { FakeLine } from './fake-line.js';

let legs = 0;

/** Writes down what the floor says. */
export class FakeParty implements FloorParty {
  readonly heard: string[] = [];
  onChanged: ((ticket: FloorTicket) => void) | null = null;

  changed(ticket: FloorTicket): void {
    this.heard.push(`${ticket.state} ${ticket.id}`);
    this.onChanged?.(ticket);
  }

  queueMoves = 0;

  queueChanged(): void {
    this.queueMoves += 1;
  }

  holderChanged(holder: FloorTicket | null): void {
    this.heard.push(`holder ${holder?.name ?? 'nobody'}`);
  }
}

/** What a fake leg has and can. */
export interface FakeLegOptions {
  name?: string;
  audio?: Direction | null;
  video?: Direction | null;
  content?: Direction | null;
  can?: Partial<LegAbilities>;
  /** How `open` ends. */
  opens?: 'yes' | 'no' | 'never';
  floor?: boolean;
  fecc?: boolean;
}

/** A call without signalling. */
export class FakeLeg implements Leg {
  readonly id: string;
  readonly who;
  readonly can: LegAbilities;
  readonly lines: Record<LineName, Line | null>;
  fecc: Line | null = null;
  low: Record<'video' | 'content', Line | null> = { video: null, content: null };
  readonly floor: FakeParty | null;
  readonly events = new Emitter<LegEvents>();
  readonly on = this.events;
  readonly told: PartyStatus[] = [];
  readonly asked: LineName[] = [];
  readonly limits: string[] = [];
  pressed = '';
  opened = 0;
  ended: EndReason | null = null;

  constructor(private readonly options: FakeLegOptions = {}) {
    this.id = `leg${++legs}`;
    const name = options.name ?? this.id;
    this.fecc = options.fecc ? new FakeLine(`${this.id}/fecc`, 'data') : null;
    this.who = { name, uri: `sip:${name}@test`, agent: 'Fake/1' };
    this.floor = options.floor === false ? null : new FakeParty();
    this.lines = {
      audio: this.line('audio', options.audio),
      video: this.line('video', options.video),
      content: this.line('content', options.content),
    };
    this.can = { audio: true, video: true, content: 'separate', renegotiate: true, floor: true, ...options.can };
  }

  at(line: LineName): FakeLine {
    return this.lines[line] as FakeLine;
  }

  async open(_line: 'content', how: Direction): Promise<Line> {
    this.opened++;
    await Promise.resolve();
    if (this.options.opens === 'never') return new Promise(() => undefined);
    if (this.options.opens === 'no') {
      this.can.content = 'in-main';
      throw new Error('refused');
    }
    return this.add('content', how);
  }

  /** A line appears by the peer's doing. */
  add(name: LineName, how: Direction): Line {
    const line = this.line(name, how) as FakeLine;
    this.lines[name] = line;
    this.events.emit('lines', undefined);
    return line;
  }

  drop(name: LineName): void {
    this.lines[name]?.close();
    this.lines[name] = null;
    this.events.emit('lines', undefined);
  }

  close(): Promise<void> {
    this.drop('content');
    return Promise.resolve();
  }

  limit(line: LineName, kbps: number): void {
    this.limits.push(`${line} ${kbps}`);
  }

  refresh(line: LineName): void {
    this.asked.push(line);
  }

  tell(status: PartyStatus): void {
    this.told.push(status);
  }

  press(digits: string): Promise<void> {
    this.pressed += digits;
    return Promise.resolve();
  }

  end(why: EndReason): Promise<void> {
    this.hangUp(why);
    return Promise.resolve();
  }

  hangUp(reason: EndReason = { kind: 'left' }): void {
    if (this.ended) return;
    this.ended = reason;
    for (const line of Object.values(this.lines)) line?.close();
    this.events.emit('ended', { reason });
  }

  private line(name: LineName, how: Direction | null | undefined): FakeLine | null {
    const direction = how === undefined && name !== 'content' ? 'sendrecv' : how;
    return direction ? new FakeLine(`${this.id}/${name}`, name === 'audio' ? 'audio' : 'video', direction) : null;
  }
}
