import { systemChance } from '../../../src/base/ids.js';
import type { ByteStream } from '../../../src/base/net.js';
import { answerOf } from './api.js';
import type { PeerEvent } from './core.js';
import { notice } from './notice.js';
import type { Server } from './server.js';
import { eventFrame } from './shapes.js';

const events = new Set(['BACKGROUND_JOB', 'HEARTBEAT', 'CHANNEL_CREATE', 'CHANNEL_ANSWER', 'CHANNEL_HANGUP_COMPLETE']);

/** One client of the event socket. */
export class Connection {
  private known = false;
  private leaving = false;
  private readonly wanted = new Set<string>();
  private rest = '';
  /** Commands run one after the other, and what they cause comes after their answers. */
  private running: Promise<void> = Promise.resolve();
  private busy = 0;
  private held: PeerEvent[] = [];

  constructor(
    private readonly stream: ByteStream,
    private readonly server: Server,
  ) {
    stream.onData((chunk) => this.read(chunk.toString('utf8')));
    this.write('Content-Type: auth/request\n\n');
  }

  event(event: PeerEvent): void {
    if (!this.wanted.has(event.name)) return;
    if (this.busy > 0) this.held.push(event);
    else this.write(eventFrame(event.text));
  }

  private read(text: string): void {
    this.rest += text.replaceAll('\r', '');
    for (let end = this.rest.indexOf('\n\n'); end >= 0; end = this.rest.indexOf('\n\n')) {
      const command = this.rest.slice(0, end).trim();
      this.rest = this.rest.slice(end + 2);
      if (command === '') continue;
      this.running = this.running.then(() => this.take(command));
    }
  }

  private async take(command: string): Promise<void> {
    this.busy += 1;
    const answer = await this.answer(command).catch((error: unknown) => reply(`-ERR ${String(error)}`));
    this.write(answer);
    this.busy -= 1;
    for (const event of this.held.splice(0)) this.event(event);
  }

  private async answer(command: string): Promise<string> {
    const [line = '', second = ''] = command.split('\n');
    const [name = ''] = line.split(' ', 1);
    const words = line.slice(name.length + 1);
    if (name === 'auth' || name === 'exit') return this.comeOrGo(name, words);
    if (!this.known) return reply('-ERR command not found');
    if (name === 'api' && words !== '') return apiFrame(await answerOf(this.server, words));
    if (name === 'bgapi') return this.job(words, /^Job-UUID: (.+)$/.exec(second)?.[1]);
    if (name === 'event') return this.subscribe(words.split(' '));
    if (name === 'nixevent') return reply('+OK events nixed');
    return reply('-ERR command not found');
  }

  private comeOrGo(name: string, words: string): string {
    this.known = name === 'auth' && words === this.server.password;
    if (this.known) return reply('+OK accepted');
    this.leaving = true;
    return `${reply(name === 'exit' ? '+OK bye' : '-ERR invalid')}${notice}`;
  }

  private subscribe([format = '', ...names]: string[]): string {
    const known = names.filter((name) => events.has(name) || name === 'CUSTOM');
    if (known.length === 0) return reply('-ERR no keywords supplied');
    for (const name of known) this.wanted.add(name);
    return reply(`+OK event listener enabled ${format}`);
  }

  private job(command: string, told = systemChance.uuid()): string {
    const [name = '', ...words] = command.split(' ');
    void answerOf(this.server, command).then((body) =>
      this.server.core.raise('BACKGROUND_JOB', {
        ...{ 'Job-UUID': told, 'Job-Command': name, 'Job-Command-Arg': words.join(' ') },
        ...{ 'Content-Length': String(Buffer.byteLength(body)), _body: body },
      }),
    );
    return `Content-Type: command/reply\nReply-Text: +OK Job-UUID: ${told}\nJob-UUID: ${told}\n\n`;
  }

  private write(text: string): void {
    this.server.faults.write(this.stream, text, this.leaving);
  }
}

const reply = (text: string): string => `Content-Type: command/reply\nReply-Text: ${text}\n\n`;

const apiFrame = (text: string): string =>
  `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(text)}\n\n${text}`;
