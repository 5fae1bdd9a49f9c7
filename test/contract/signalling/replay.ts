import { channelName, type Channel, type Message, type Stage } from './channel.js';
import type { Step } from './transcript.js';
import { Inventions, shapeOf } from './unify.js';

/** What may differ from the record, and why. */
export interface Deviation {
  why: string;
  /** Recorded messages of the server that we do not send. */
  missing?: RegExp[];
  /** Messages of ours that were not recorded. */
  extra?: RegExp[];
  /** Headers left out of the comparison, lower case. */
  headers?: string[];
  /** Recorded inputs that are left out. */
  skip?: RegExp[];
  /** Recorded messages of and to applications that go over another connection here. */
  moved?: { message: RegExp; connection: string }[];
}

/** How long a message may be late, milliseconds, and how often it is looked for. */
const patienceMs = 4500;
const lookMs = 100;

/** Plays peers and application of a recording; resolves with every difference found. */
export function replay(steps: Step[], stage: Stage, deviations: Deviation[] = []): Promise<string[]> {
  return new Replay(steps, stage, deviations).play();
}

class Replay {
  private readonly channels = new Map<string, Channel>();
  private readonly inventions = new Inventions();
  private readonly differences: string[] = [];
  private readonly recorded = new Map<string, Set<string>>();

  constructor(
    private readonly steps: Step[],
    private readonly stage: Stage,
    private readonly deviations: Deviation[],
  ) {}

  async play(): Promise<string[]> {
    for (const step of this.steps) {
      if (step.kind === 'note') await this.note(step);
      else if (step.toServer) await this.input(this.moved(step));
      else await this.expectation(this.moved(step));
    }
    this.leftovers();
    for (const channel of this.channels.values()) channel.close();
    this.differences.push(...(await this.stage.close()));
    return this.differences;
  }

  private moved(step: Message): Message {
    if (step.kind !== 'admin') return step;
    const found = this.deviations.flatMap((each) => each.moved ?? []).find(({ message }) => message.test(step.text));
    return found ? { ...step, connection: found.connection } : step;
  }

  private async note(step: Step): Promise<void> {
    const closed = /^admin #(\d+): app closed/.exec(step.text);
    if (closed) {
      await this.stage.until(step.at);
      this.channels.get(`admin ${closed[1]}`)?.close();
    }
  }

  private async input(step: Message): Promise<void> {
    await this.stage.until(step.at);
    if (this.deviations.some((each) => each.skip?.some((pattern) => pattern.test(step.text)))) return;
    const channel = await this.channel(step);
    this.inventions.note(step.text);
    channel.send(this.inventions.translate(step.text));
    await this.stage.settle();
  }

  private async expectation(step: Message): Promise<void> {
    await this.stage.until(step.at);
    const channel = await this.channel(step);
    const again = step.kind === 'sip' && this.isAgain(step);
    const wanted = shapeOf(step.text, step.kind === 'admin', this.ignored());
    let why = 'nothing came';
    for (let waited = 0; waited <= patienceMs; waited += lookMs) {
      for (const [index, text] of channel.arrived.entries()) {
        const found = this.inventions.match(wanted, shapeOf(text, step.kind === 'admin', this.ignored()));
        if (found === null) {
          channel.arrived.splice(index, 1);
          return;
        }
        if (index === 0) why = found;
      }
      if (again || this.deviations.some((each) => each.missing?.some((pattern) => pattern.test(step.text)))) return;
      if (this.stage.orderly && channel.arrived.length > 0 && waited > 0) break;
      await this.stage.wait(lookMs);
    }
    this.differences.push(
      `${step.at} ms, ${channelName(step)}: ${why}\n   wanted ${step.text.split('\r\n').slice(0, 2).join(' / ')}`,
    );
  }

  private leftovers(): void {
    for (const [name, channel] of this.channels) {
      for (const text of channel.arrived) {
        if (this.deviations.some((each) => each.extra?.some((pattern) => pattern.test(text)))) continue;
        this.differences.push(`${name}: not recorded: ${text.slice(0, 300)}`);
      }
    }
  }

  private ignored(): string[] {
    return this.deviations.flatMap((each) => each.headers ?? []);
  }

  private isAgain(step: Message): boolean {
    const name = channelName(step);
    const set = this.recorded.get(name) ?? new Set();
    this.recorded.set(name, set);
    const again = set.has(step.text);
    set.add(step.text);
    return again;
  }

  private async channel(step: Message): Promise<Channel> {
    const name = channelName(step);
    const known = this.channels.get(name);
    if (known) return known;
    const channel = await this.stage.open(step);
    this.channels.set(name, channel);
    return channel;
  }
}
