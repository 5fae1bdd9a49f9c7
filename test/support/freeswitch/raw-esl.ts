import { systemClock } from '../../../src/base/clock.js';
import { Framer } from '../../../src/base/framer.js';
import type { ByteStream } from '../../../src/base/net.js';
import { systemNet } from '../../../src/base/system-net.js';
import { readEvent } from '../../../src/protocol/esl/event.js';
import { bodyLimit, eslFrames, headersLimit, readMessage } from '../../../src/protocol/esl/message.js';
import { waitUntil } from '../wait.js';
import type { FreeSwitch } from './real.js';

/** An event socket of which every byte is kept. */
export class RawEsl {
  /** What came, message by message. */
  readonly frames: string[] = [];
  /** Both sides in order, as transcripts have it. */
  readonly said: { who: 'C' | 'S'; text: string; at: number }[] = [];
  closed = false;
  private readonly startedAt = systemClock.now();
  private readonly framer = new Framer(eslFrames, headersLimit + bodyLimit);
  private answers = 0;
  private asked = 0;

  private constructor(private readonly stream: ByteStream) {
    stream.onClose(() => (this.closed = true));
    stream.onData((chunk) => {
      for (const frame of this.framer.push(chunk)) this.take(frame.toString('utf8'));
      this.answers = this.frames.filter((text) => /^Content-Type: (command\/reply|api\/response)/.test(text)).length;
    });
  }

  /** Connected and greeted; no password shown yet. */
  static async connect({ esl }: Pick<FreeSwitch, 'esl'>, localAddress = '127.0.0.1'): Promise<RawEsl> {
    const raw = new RawEsl(await systemNet.connect(esl, { type: 'tcp' }, { timeoutMs: 3000, localAddress }));
    await waitUntil(() => raw.frames.length > 0 || raw.closed, 3000);
    return raw;
  }

  /** Sends a command; resolves with its answer, whole. */
  async ask(command: string): Promise<string> {
    const mine = ++this.asked;
    this.say('C', `${command}\n\n`);
    this.stream.write(`${command}\n\n`);
    await waitUntil(
      () => this.answers >= mine,
      5000,
      () => `${command} has no answer`,
    );
    const answers = this.frames.filter((text) => /^Content-Type: (command\/reply|api\/response)/.test(text));
    return answers[mine - 1] ?? '';
  }

  /** Resolves when an event of this action (or name, where it has no action) came for the n-th time. */
  async event(action: string, times = 1): Promise<void> {
    const count = (): number => this.actions().filter((each) => each === action).length;
    await waitUntil(
      () => count() >= times,
      15_000,
      () => `${action}: ${count()} of ${times}; ${this.actions().join(' ')}`,
    );
  }

  /** Actions (or names) of all events so far. */
  actions(): string[] {
    return this.frames
      .filter((text) => text.startsWith('Content-Length') && !text.includes('disconnect-notice'))
      .map((text) => readEvent(readMessage(Buffer.from(text))))
      .map((event) => event.get('Action') || event.name);
  }

  /** Resolves when the server closed the connection. */
  ended(): Promise<void> {
    return waitUntil(() => this.closed, 5000);
  }

  close(): void {
    this.stream.destroy();
  }

  private take(frame: string): void {
    this.frames.push(frame);
    this.say('S', frame);
  }

  private say(who: 'C' | 'S', text: string): void {
    const at = Math.round(systemClock.now() - this.startedAt);
    const last = this.said.at(-1);
    if (who === 'S' && last?.who === 'S') last.text += text;
    else this.said.push({ who, text, at });
  }
}
