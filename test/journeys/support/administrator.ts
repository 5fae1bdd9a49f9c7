import type { ParticipantSnapshot, RoomSnapshot } from '../../../src/services/api/contract.js';
import type { Product } from './product.js';

/** The API in an administrator's hands. */
export class Administrator {
  private constructor(
    private readonly origin: string,
    private readonly token: string,
  ) {}

  /** By the link that a gateway printed. */
  static async of(gateway: Product): Promise<Administrator> {
    const origin = gateway.find(/(http:\/\/localhost:\d+)\n/);
    const key = gateway.find(/\/admin\?key=(\S+)\n/);
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${origin}/api/v1/admin`, { method: 'POST', headers, body: JSON.stringify({ key }) });
    return new Administrator(origin, ((await answer.json()) as { token: string }).token);
  }

  /** Asks for something under `/api/v1`. Rejects with what an error says. */
  async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.origin}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  }

  room(name: string): Promise<RoomSnapshot> {
    return this.ask('GET', `/rooms/${name}`) as Promise<RoomSnapshot>;
  }

  /** Somebody in a room by name. */
  async participant(room: string, name: string): Promise<ParticipantSnapshot> {
    const { participants } = await this.room(room);
    const found = participants.find((one) => one.name === name);
    if (!found) throw new Error(`${name} is not among ${participants.map((one) => one.name).join(', ')}`);
    return found;
  }

  async mute(room: string, name: string, muted: boolean): Promise<void> {
    const { id } = await this.participant(room, name);
    await this.ask('PATCH', `/rooms/${room}/participants/${id}`, { muted });
  }
}
