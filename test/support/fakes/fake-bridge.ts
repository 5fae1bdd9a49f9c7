import { Emitter } from '../../../src/base/events.js';
import type { Line } from '../../../src/media/plane.js';
import type {
  AudioBridge,
  AudioConference,
  AudioMember,
  ConferenceEvents,
  MemberState,
  Prompt,
} from '../../../src/rooms/audio-bridge.js';

/** Conferences in memory. `stuck` makes every later promise of its members hang, `broken` refuses joins. */
export class FakeBridge implements AudioBridge {
  readonly conferences = new Map<string, FakeConference>();
  stuck = false;
  broken = false;
  opened = 0;

  open(room: string): Promise<AudioConference> {
    this.opened++;
    const conference = new FakeConference(this, room);
    this.conferences.set(room, conference);
    return Promise.resolve(conference);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** One conference; tests raise its events. */
export class FakeConference implements AudioConference {
  readonly events = new Emitter<ConferenceEvents>();
  readonly on = this.events;
  readonly members = new Map<string, FakeMember>();
  readonly log: string[] = [];

  constructor(
    readonly bridge: FakeBridge,
    private readonly room: string,
  ) {}

  join(id: string, line: Line): Promise<AudioMember> {
    if (this.bridge.stuck) return new Promise(() => undefined);
    if (this.bridge.broken) return Promise.reject(new Error('no audio today'));
    this.log.push(`join ${line.id}`);
    const member = new FakeMember(this, id);
    this.members.set(id, member);
    return Promise.resolve(member);
  }

  play(prompt: Prompt): Promise<void> {
    this.log.push(`play ${'file' in prompt ? prompt.file : prompt.tone}`);
    return Promise.resolve();
  }

  hush(): Promise<void> {
    this.log.push('hush');
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.bridge.conferences.delete(this.room);
    return Promise.resolve();
  }
}

/** A member that confirms at once. */
export class FakeMember implements AudioMember {
  state: MemberState;

  constructor(
    private readonly conference: FakeConference,
    id: string,
  ) {
    this.state = { id, muted: false, deaf: false, gainDb: 0 };
  }

  mute(on: boolean): Promise<void> {
    return this.set({ muted: on });
  }

  deafen(on: boolean): Promise<void> {
    return this.set({ deaf: on });
  }

  gain(db: number): Promise<void> {
    return this.set({ gainDb: db });
  }

  leave(): Promise<void> {
    this.conference.log.push(`leave ${this.state.id}`);
    this.conference.members.delete(this.state.id);
    return Promise.resolve();
  }

  private set(part: Partial<MemberState>): Promise<void> {
    if (this.conference.bridge.stuck) return new Promise(() => undefined);
    this.state = { ...this.state, ...part };
    this.conference.events.emit('member', { ...this.state, by: null });
    return Promise.resolve();
  }
}
