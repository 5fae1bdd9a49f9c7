import type { Clock, Timer } from '../../base/clock.js';
import { Disposables } from '../../base/disposables.js';
import { DualstreamError, messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { AudioBridge } from '../../rooms/audio-bridge.js';
import { checkEntry } from '../../rooms/entry.js';
import { PinRequired, RoomNotFound, WrongPin } from '../../rooms/errors.js';
import type { Leg } from '../../rooms/leg.js';
import { isNearby } from '../../rooms/policy.js';
import type { Role } from '../../rooms/rights.js';
import { RoomAudio } from '../../rooms/room-audio.js';
import type { Room } from '../../rooms/room.js';
import { ivrStart, ivrStep, type IvrEffect, type IvrInput, type IvrState } from './ivr.js';
import type { Prompts } from './prompts.js';
import type { RoomDoor } from './room-door.js';
import type { CallFacts, Decide, PromptLanguage, Verdict } from './verdict.js';

/** What the lobby works with. */
export interface LobbyOptions {
  bridge: AudioBridge;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** How long the audio bridge may take to confirm, milliseconds. */
  confirmMs: number;
  prompts: Prompts;
  /** Where no rule says which. */
  language: PromptLanguage;
  door: RoomDoor;
  /** Finds the room of a number that was entered. */
  decide: Decide;
  /** Somebody there entered a number or a PIN that is wrong. */
  wrong?: (address: string) => void;
}

/** A caller who is to be asked. */
export interface Visitor {
  leg: Leg;
  facts: CallFacts;
  /** Null asks for its number first. */
  room: string | null;
  /** Role in the room, unless the PIN gives another. */
  role: Role;
  language: PromptLanguage | null;
  /** Seats the leg in its room; throws what the room refuses with. */
  seat(room: Room, role: Role): void;
}

/** From the first packet to the first word: what telephones need to open the way. */
const breathMs = 400;
/** Without a packet of the caller, whose microphone may be off, prompts begin after this. */
const quietMs = 2000;
/** For the first digit, when a prompt has ended, and for the next one. */
const waits = { first: 12_000, next: 5_000, end: 300 };
/** Whatever happens, nobody stays longer. */
const longestMs = 120_000;

/** One caller's way through the questions; see ivr.ts for what is asked when. */
export class LobbyVisit {
  /** Kept when the caller is out again. */
  readonly over: Promise<void>;
  private readonly audio: RoomAudio;
  private readonly bag = new Disposables();
  private state: IvrState;
  private timer: Timer | null = null;
  /** When what was said last is over, by our clock. */
  private saidAt = 0;
  private left = false;
  private finished: () => void = () => undefined;

  constructor(
    readonly visitor: Visitor,
    private readonly options: LobbyOptions,
    private readonly gone: () => void,
  ) {
    this.over = new Promise((resolve) => (this.finished = resolve));
    this.state = ivrStart(visitor.room);
    const deaf = (): void => undefined;
    this.audio = new RoomAudio(`lobby ${visitor.leg.id}`, false, options, {
      muted: deaf,
      speaking: deaf,
      active: deaf,
      recording: deaf,
      removed: () => this.hangUp({ status: 403, why: 'Put out at the audio bridge' }),
    });
  }

  start(): void {
    const { leg } = this.visitor;
    const { clock, log } = this.options;
    log.info({ leg: leg.id, room: this.visitor.room }, 'A caller is asked for a PIN');
    this.bag.add(leg.on.on('ended', () => void this.leave('gone')));
    this.bag.add(leg.on.on('lines', () => this.follow()));
    this.bag.add(leg.on.on('digits', ({ digit }) => this.step({ kind: 'digit', digit })));
    const deadline = clock.after(longestMs, () => this.hangUp({ status: 403, why: 'No PIN was given in time' }));
    this.bag.defer(() => deadline.cancel());
    this.bag.defer(() => this.timer?.cancel());
    this.follow();
    this.timer = clock.after(quietMs, () => this.step({ kind: 'begin' }));
    const { audio } = leg.lines;
    if (!audio) return;
    this.bag.add(
      audio.on.on('flowing', () => {
        if (this.saidAt > 0 || this.state.entered !== '') return;
        this.timer?.cancel();
        this.timer = clock.after(breathMs, () => this.step({ kind: 'begin' }));
      }),
    );
  }

  private follow(): void {
    const { leg } = this.visitor;
    this.audio.sync(leg.id, leg.lines.audio);
  }

  private step(input: IvrInput): void {
    if (this.left) return;
    const { state, effects } = ivrStep(this.state, input);
    this.state = state;
    for (const effect of effects) this.run(effect);
  }

  private run(effect: IvrEffect): void {
    const { clock, prompts, language } = this.options;
    const now = clock.now();
    switch (effect.do) {
      case 'say': {
        const tongue = this.visitor.language ?? language;
        this.saidAt = now;
        for (const name of effect.prompts) {
          this.audio.play({ file: prompts.file(name, tongue) });
          this.saidAt += prompts.ms(name, tongue);
        }
        break;
      }
      case 'hush':
        this.saidAt = now;
        this.audio.hush();
        break;
      case 'wait': {
        this.timer?.cancel();
        const rest = effect.for === 'next' ? 0 : Math.max(0, this.saidAt - now);
        this.timer = clock.after(rest + waits[effect.for], () => this.step({ kind: 'timeout' }));
        break;
      }
      case 'check':
        this.timer?.cancel();
        this.check(effect.room, effect.pin);
        break;
      case 'hang-up':
        this.hangUp(effect);
        break;
    }
  }

  private check(entered: string, pin: string | undefined): void {
    const { facts, role: usual } = this.visitor;
    const address = facts.source;
    try {
      const to = this.targetOf(entered);
      // who is far must not find out which numbers are rooms
      if (!to) throw isNearby(address) ? new WrongPin() : new PinRequired(entered);
      const { room, role } = this.options.door.open(to.room, { address, direct: true, pin });
      checkEntry(room, role ?? to.role ?? usual);
      this.step({ kind: 'checked', outcome: 'admitted' });
      void this.join(room, role ?? to.role ?? usual);
    } catch (error) {
      if (!(error instanceof DualstreamError))
        this.options.log.error({ error: messageOf(error) }, 'A PIN check failed');
      const outcome = outcomeOf(error, pin);
      if (outcome.kind === 'checked' && outcome.outcome === 'wrong') this.options.wrong?.(address);
      this.step(outcome);
    }
  }

  /** A number that is entered means what it would mean if it were dialled, as far as that is a room. */
  private targetOf(entered: string): { room: string; role: Role | null } | null {
    if (this.visitor.room !== null) return { room: this.visitor.room, role: null };
    const verdict: Verdict = this.options.decide({ ...this.visitor.facts, uri: entered });
    if (verdict?.kind !== 'room' && verdict?.kind !== 'ivr') return null;
    return verdict.room === null ? null : { room: verdict.room, role: verdict.role };
  }

  private async join(room: Room, role: Role): Promise<void> {
    const { visitor } = this;
    await this.leave('admitted', () => {
      try {
        visitor.seat(room, role);
      } catch (error) {
        const status = error instanceof DualstreamError ? error.verdict.sip : 500;
        void visitor.leg.end({ kind: 'not-admitted', status, why: messageOf(error) });
      }
    });
  }

  private hangUp({ status, why }: { status: number; why: string }): void {
    void this.leave('refused', () => void this.visitor.leg.end({ kind: 'not-admitted', status, why }));
  }

  /** The only way out, once: frees the caller's audio and then does what comes next, unless the call ended meanwhile. */
  private async leave(outcome: 'admitted' | 'refused' | 'gone', next: () => void = () => undefined): Promise<void> {
    if (this.left) return;
    this.left = true;
    let ended = outcome === 'gone';
    this.bag.dispose();
    const watch = this.visitor.leg.on.on('ended', () => (ended = true));
    this.options.metrics.count('dualstream_pin_prompts_total', { outcome });
    await this.audio.close();
    watch.dispose();
    if (!ended) next();
    this.gone();
    this.finished();
  }
}

function outcomeOf(error: unknown, pin: string | undefined): IvrInput {
  if (error instanceof PinRequired && pin === undefined) return { kind: 'checked', outcome: 'needs-pin' };
  if (error instanceof PinRequired || error instanceof WrongPin || error instanceof RoomNotFound) {
    return { kind: 'checked', outcome: 'wrong' };
  }
  const status = error instanceof DualstreamError ? error.verdict.sip : 500;
  return { kind: 'checked', outcome: 'unavailable', status, why: messageOf(error) };
}
