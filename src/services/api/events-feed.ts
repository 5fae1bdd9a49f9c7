import { WebSocket } from 'ws';
import { Disposables } from '../../base/disposables.js';
import type { ParticipantDescription } from '../../rooms/describe.js';
import type { Room } from '../../rooms/room.js';
import type { TokenGrant } from '../../rooms/tokens.js';
import type { BfcpAccess, EventMessage, SelfSnapshot } from './contract.js';

/** Most bytes queued towards one listener; a slower one is dropped and may connect again. */
const queueLimit = 1 << 20;

/** What one listener may hear. */
export interface FeedOptions {
  socket: WebSocket;
  room: Room;
  grant: TokenGrant;
  /** BFCP access of a participant of the room. */
  bfcp: (participant: number) => BfcpAccess | null;
  /** Whether the grant still stands; asked when somebody left. */
  valid: () => boolean;
  /** Called when the listener was too slow. */
  dropped: () => void;
}

type Unnumbered = EventMessage extends infer M ? (M extends EventMessage ? Omit<M, 'seq'> : never) : never;

/** One events WebSocket: the snapshot, then every change of the room, numbered. */
export class EventsFeed {
  private readonly bag = new Disposables();
  private seq = 0;
  private self = 'null';

  constructor(private readonly options: FeedOptions) {
    const { socket, room } = options;
    socket.once('close', () => this.bag.dispose());
    socket.on('error', () => socket.terminate());
    this.follow();
    const you = this.you();
    this.self = JSON.stringify(you);
    this.send({ type: 'snapshot', room: room.describe(), you });
  }

  private follow(): void {
    const { room, socket } = this.options;
    const on = room.on;
    this.bag.add(on.on('participantJoined', (one) => this.joined(one)));
    this.bag.add(on.on('participantChanged', (participant) => this.changed(participant)));
    this.bag.add(
      on.on('participantLeft', ({ id, reason }) => {
        this.send({ type: 'participant.left', id, reason });
        this.tellSelf();
        if (!this.options.valid()) socket.close(4401, 'token not valid');
      }),
    );
    this.bag.add(on.on('participantRinging', (call) => this.send({ type: 'participant.ringing', call })));
    this.bag.add(on.on('participantFailed', (failure) => this.send({ type: 'participant.failed', ...failure })));
    this.bag.add(on.on('floor', (floor) => this.send({ type: 'floor', floor })));
    this.bag.add(on.on('activeSpeaker', ({ speaker }) => this.send({ type: 'speaker', speaker })));
    this.bag.add(on.on('locked', ({ locked }) => this.send({ type: 'room', locked })));
    this.bag.add(on.on('recording', (change) => this.send({ type: 'recording', ...change })));
    this.bag.add(
      on.on('closed', ({ reason }) => {
        this.send({ type: 'closed', reason });
        socket.close(1000);
      }),
    );
  }

  private joined({ session, ...participant }: ParticipantDescription & { session: string | null }): void {
    this.send({ type: 'participant.joined', participant });
    // The leg gets its BFCP ids when `join` has returned to it.
    if (session === this.options.grant.id) setImmediate(() => this.tellSelf());
  }

  private changed(participant: ParticipantDescription): void {
    this.send({ type: 'participant.changed', participant });
    this.tellSelf();
  }

  private tellSelf(): void {
    const you = this.you();
    const told = JSON.stringify(you);
    if (told === this.self || this.bag.disposed) return;
    this.self = told;
    this.send({ type: 'you', you });
  }

  private you(): SelfSnapshot | null {
    const { room, grant, bfcp } = this.options;
    const own = room.participantOf(grant.id);
    return own && { id: own.id, role: own.role, bfcp: bfcp(own.id) };
  }

  private send(message: Unnumbered): void {
    const { socket, dropped } = this.options;
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > queueLimit) {
      this.bag.dispose();
      dropped();
      socket.close(1013);
      socket.terminate();
      return;
    }
    socket.send(JSON.stringify({ ...message, seq: ++this.seq }));
  }
}
