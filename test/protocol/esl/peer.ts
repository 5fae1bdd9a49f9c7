import type { ByteStream, Endpoint } from '../../../src/base/net.js';
import { MemoryNet } from '../../support/memory-net.js';
import { transcript, type TranscriptPart } from './transcripts.js';

export const at: Endpoint = { address: '127.0.0.1', port: 8021 };

/** An event socket in memory that says what a test tells it to. */
export class ScriptedServer {
  readonly net = new MemoryNet();
  /** Commands of the connection that is open now, each without its empty line. */
  commands: string[] = [];
  stream: ByteStream | null = null;
  connections = 0;
  private rest = '';

  /** `on` answers each command; null leaves it without an answer. */
  constructor(private readonly on: (command: string, server: ScriptedServer) => string | Buffer | null) {}

  async listen(greeting: string | null = 'Content-Type: auth/request\n\n'): Promise<this> {
    await this.net.listen(at, { type: 'tcp' }, (stream) => {
      this.connections++;
      this.stream = stream;
      this.commands = [];
      this.rest = '';
      if (greeting !== null) stream.write(greeting);
      stream.onData((chunk) => this.read(chunk.toString('latin1')));
    });
    return this;
  }

  send(text: string | Buffer): void {
    this.stream?.write(text);
  }

  private read(text: string): void {
    this.rest += text;
    for (let end = this.rest.indexOf('\n\n'); end >= 0; end = this.rest.indexOf('\n\n')) {
      const command = this.rest.slice(0, end);
      this.rest = this.rest.slice(end + 2);
      this.commands.push(command);
      const answer = this.on(command, this);
      if (answer !== null) this.send(answer);
    }
  }
}

export const reply = (text: string, more = ''): string => `Content-Type: command/reply\nReply-Text: ${text}\n${more}\n`;

export const apiAnswer = (text: string): string =>
  `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(text)}\n\n${text}`;

export function jsonEvent(headers: Record<string, string>): string {
  const text = JSON.stringify(headers);
  return `Content-Length: ${Buffer.byteLength(text)}\nContent-Type: text/event-json\n\n${text}`;
}

/** A transcript as the commands sent one by one and what came until the next of them. */
export function exchanges(name: string): { command: string; then: Buffer }[] {
  const parts: TranscriptPart[] = transcript(name);
  const out: { command: string; then: Buffer }[] = [];
  for (const { who, bytes } of parts) {
    const last = out.at(-1);
    if (who === 'C') out.push({ command: bytes.toString('latin1').replace(/[\r\n]+$/, ''), then: Buffer.alloc(0) });
    else if (who === 'S' && last) last.then = Buffer.concat([last.then, bytes]);
  }
  return out;
}
