import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { Emitter } from '../../base/events.js';
import { Framer } from '../../base/framer.js';
import type { Chance } from '../../base/ids.js';
import type { ByteStream } from '../../base/net.js';
import { expectOk } from './answer.js';
import { EslAddressRefused, EslCommandUnsafe, EslLost, EslPasswordRefused, EslUnreadable } from './errors.js';
import { readEvent, type EslEvent } from './event.js';
import { bodyLimit, eslFrames, headersLimit, readMessage, type EslMessage } from './message.js';
import { PendingCommands } from './pending.js';

/** What a conversation tells. */
export interface ConversationEvents {
  event: EslEvent;
  /** Once, last. */
  closed: { why: Error };
}

/** What it works with. */
export interface ConversationTools {
  clock: Clock;
  chance: Chance;
  /** Longest wait for an answer, milliseconds. */
  answerMs: number;
}

/**
 * One connection to an event socket.
 *
 *   greeted? --auth/request--> asked --+OK accepted--> open --notice, close, what cannot be read--> over
 *                                 \--(-ERR invalid)--> over
 */
export class EslConversation {
  readonly on = new Emitter<ConversationEvents>();
  private readonly framer = new Framer(eslFrames, headersLimit + bodyLimit);
  private readonly pending: PendingCommands;
  private readonly jobs = new Map<string, (result: string | Error) => void>();
  private greet: (result: Error | null) => void = () => undefined;
  private readonly greeted = new Promise<void>((resolve, reject) => {
    this.greet = (result) => (result ? reject(result) : resolve());
  });
  private over: Error | null = null;
  private heardAt: number;

  constructor(
    private readonly stream: ByteStream,
    private readonly tools: ConversationTools,
  ) {
    this.pending = new PendingCommands(tools.clock);
    this.heardAt = tools.clock.now();
    this.greeted.catch(() => undefined);
    stream.onClose((error) => this.end(new EslLost(error ? messageOf(error) : 'closed')));
    stream.onData((chunk) => this.read(chunk));
  }

  /** When bytes came last, on the clock's `now`. */
  get lastHeard(): number {
    return this.heardAt;
  }

  /** Shows the password. Rejects with EslPasswordRefused, EslAddressRefused, EslLost, EslTimeout. */
  async open(password: string): Promise<void> {
    await this.within(this.greeted);
    const answer = await this.command(`auth ${password}`);
    if (answer.startsWith('+OK')) return;
    const refused = new EslPasswordRefused();
    this.end(refused);
    throw refused;
  }

  /** Sends a command of the socket itself (`event`, `filter`, ...); resolves with its `Reply-Text`. */
  command(text: string, ms = this.tools.answerMs): Promise<string> {
    if (/[\r\n]/.test(text)) return Promise.reject(new EslCommandUnsafe());
    return this.send(`${text}\n\n`, ms);
  }

  /** Runs a command of the server; resolves with what it says, which may be a refusal. */
  api(text: string, ms?: number): Promise<string> {
    return this.command(`api ${text}`, ms);
  }

  /** Runs a command in the background, for what is slow; needs the events BACKGROUND_JOB. */
  async bgapi(text: string, ms: number): Promise<string> {
    if (/[\r\n]/.test(text)) throw new EslCommandUnsafe();
    const id = this.tools.chance.uuid();
    const result = new Promise<string>((resolve, reject) => {
      // known before it is sent: the result may come in one piece with the reply
      this.jobs.set(id, (told) => (typeof told === 'string' ? resolve(told) : reject(told)));
    });
    result.catch(() => undefined);
    try {
      expectOk(await this.send(`bgapi ${text}\nJob-UUID: ${id}\n\n`, this.tools.answerMs));
      return await this.within(result, ms);
    } finally {
      this.jobs.delete(id);
    }
  }

  /** Ends it; idempotent. */
  close(why: Error = new EslLost('ended by us')): void {
    this.end(why);
  }

  private send(text: string, ms: number): Promise<string> {
    if (this.over) return Promise.reject(this.over);
    return this.pending.add(() => void this.stream.write(text), ms);
  }

  /** What `promise` gives, unless it takes too long. */
  private within<T>(promise: Promise<T>, ms = this.tools.answerMs): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.tools.clock.after(ms, () => reject(new EslLost(`nothing came in ${ms} ms`)));
      promise.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  private read(chunk: Buffer): void {
    if (this.over) return;
    this.heardAt = this.tools.clock.now();
    try {
      for (const frame of this.framer.push(chunk)) this.take(readMessage(frame));
    } catch (error) {
      this.end(error instanceof EslUnreadable ? error : new EslUnreadable(messageOf(error)));
    }
  }

  private take(message: EslMessage): void {
    if (this.over) return;
    switch (message.contentType) {
      case 'auth/request':
        return this.greet(null);
      case 'command/reply':
        return this.answered(message.headers.get('reply-text') ?? '');
      case 'api/response':
        return this.answered(message.body);
      case 'text/event-json':
      case 'text/event-plain':
        return this.happened(readEvent(message));
      case 'text/rude-rejection':
        return this.end(new EslAddressRefused());
      case 'text/disconnect-notice':
        return this.end(new EslLost('FreeSWITCH takes leave'));
    }
  }

  private answered(text: string): void {
    if (!this.pending.answered(text)) throw new EslUnreadable('an answer that nobody waits for');
  }

  private happened(event: EslEvent): void {
    if (event.name === 'BACKGROUND_JOB') this.jobs.get(event.get('Job-UUID'))?.(event.body);
    this.on.emit('event', event);
  }

  private end(why: Error): void {
    if (this.over) return;
    this.over = why;
    this.greet(why);
    const lost = why instanceof EslLost ? why : new EslLost(messageOf(why));
    this.pending.end(lost);
    for (const settle of this.jobs.values()) settle(lost);
    this.jobs.clear();
    this.stream.destroy();
    this.on.emit('closed', { why });
  }
}
