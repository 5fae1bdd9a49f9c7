import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';
import type { TokenGrant } from '../../../src/rooms/tokens.js';
import type { EventMessage } from '../../../src/services/api/contract.js';
import { EventsFeed } from '../../../src/services/api/events-feed.js';
import { FakeLeg } from '../../support/fakes/fake-leg.js';
import { fakeRoom, turn } from '../../support/fakes/rooms.js';

/** A WebSocket whose reader can be made slow. */
class FakeSocket extends EventEmitter {
  readyState: number = WebSocket.OPEN;
  bufferedAmount = 0;
  readonly sent: EventMessage[] = [];
  readonly ends: string[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text) as EventMessage);
  }

  close(code: number): void {
    this.ends.push(`close ${code}`);
  }

  terminate(): void {
    this.ends.push('terminate');
    this.readyState = WebSocket.CLOSED;
    this.emit('close');
  }
}

const grant: TokenGrant = { id: 'w1', kind: 'session', room: 'demo', name: 'Ann', role: 'guest', expiresAt: 0 };

function feed() {
  const { room, bridge } = fakeRoom();
  const socket = new FakeSocket();
  let dropped = 0;
  let ids: number | null = null;
  new EventsFeed({
    socket: socket as unknown as WebSocket,
    room,
    grant,
    bfcp: (userId) => (ids === null ? null : { token: 't', confId: ids, userId, floorId: 1, url: 'u' }),
    valid: () => true,
    dropped: () => dropped++,
  });
  return { room, bridge, socket, dropped: () => dropped, give: (confId: number) => (ids = confId) };
}

describe('services/api/events-feed', () => {
  it('drops a reader that is too slow, and stops listening', () => {
    const { room, socket, dropped } = feed();
    room.lock(true);
    socket.bufferedAmount = 2 << 20;
    room.lock(false);
    room.lock(true);
    assert.deepEqual(
      socket.sent.map((message) => message.type),
      ['snapshot', 'room'],
    );
    assert.deepEqual(socket.ends, ['close 1013', 'terminate']);
    assert.equal(dropped(), 1);
  });

  it('has said who was muted before the event of the audio bridge is over', async () => {
    const { room, bridge, socket } = feed();
    const leg = new FakeLeg();
    room.join(leg);
    await turn();
    socket.sent.splice(0);
    const state = { id: leg.id, muted: true, deaf: false, gainDb: 0 };
    bridge.conferences.get('demo')?.events.emit('member', { ...state, by: 'console' });
    const [message, ...rest] = socket.sent;
    assert.ok(message?.type === 'participant.changed');
    assert.deepEqual([message.participant.muted, message.participant.mutedBy, rest], [true, 'console', []]);
  });

  it('tells the BFCP ids as soon as there are some, and that they are gone', async () => {
    const { room, socket, bridge, give } = feed();
    const leg = new FakeLeg();
    room.join(leg, { session: 'w1' });
    await turn();
    give(5);
    bridge.conferences.get('demo')?.events.emit('speaking', { members: [leg.id] });
    leg.hangUp();
    const selves = socket.sent.flatMap((message) =>
      message.type === 'you' ? [message.you?.bfcp?.confId ?? message.you] : [],
    );
    assert.deepEqual(selves, [{ id: 1, role: 'participant', bfcp: null }, 5, null]);
  });
});
