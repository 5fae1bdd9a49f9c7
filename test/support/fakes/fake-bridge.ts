import { Emitter } from '../../../src/base/events.js';
import type { Line } from '../../../src/media/plane.js';
import type {
  AudioBridge,
  AudioConference,
  AudioMember,
  AudioRecording,
  ConferenceEvents,
  JoinOptions,
  MemberState,
  Prompt,
  RecordedFile,
  RecordingState,
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
  recording: FakeRecording | null = null;

  constructor(
    readonly bridge: FakeBridge,
    private readonly room: string,
  ) {}

  join(id: string, line: Line, options: JoinOptions = {}): Promise<AudioMember> {
    if (this.bridge.stuck) return new Promise(() => undefined);
    if (this.bridge.broken) return Promise.reject(new Error('no audio today'));
    this.log.push(`join ${line.id}`);
    const member = new FakeMember(this, id, options.muted === true);
    this.members.set(id, member);
    return Promise.resolve(member);
  }

  play(prompt: Prompt, to?: string): Promise<void> {
    if ('file' in prompt && prompt.file === '') return Promise.reject(new Error('no such file'));
    if (to !== undefined) this.log.push(`to ${to}`);
    this.log.push(`play ${'file' in prompt ? prompt.file : prompt.tone}`);
    return Promise.resolve();
  }

  hush(): Promise<void> {
    this.log.push('hush');
    return Promise.resolve();
  }

  lock(on: boolean): Promise<void> {
    this.log.push(on ? 'lock' : 'unlock');
    this.events.emit('locked', { on });
    return Promise.resolve();
  }

  record(path: string): Promise<AudioRecording> {
    if (this.bridge.stuck) return new Promise(() => undefined);
    if (this.bridge.broken) return Promise.reject(new Error('no disk today'));
    this.recording = new FakeRecording(path, this);
    return Promise.resolve(this.recording);
  }

  close(): Promise<void> {
    this.bridge.conferences.delete(this.room);
    this.recording?.become('over');
    return Promise.resolve();
  }
}

/** A recording that confirms at once. */
export class FakeRecording implements AudioRecording {
  state: RecordingState['state'] = 'running';
  readonly files: RecordedFile[];

  constructor(
    path: string,
    private readonly conference: FakeConference,
  ) {
    this.files = [{ path, server: null }];
  }

  pause(on: boolean): Promise<void> {
    if (this.conference.bridge.stuck) return new Promise(() => undefined);
    this.become(on ? 'paused' : 'running');
    return Promise.resolve();
  }

  stop(): Promise<void> {
    if (this.conference.bridge.stuck) return new Promise(() => undefined);
    this.become('over');
    return Promise.resolve();
  }

  become(state: RecordingState['state']): void {
    if (this.state === 'over') return;
    this.state = state;
    this.conference.events.emit('recording', { state, files: this.files });
  }
}

/** A member that confirms at once. */
export class FakeMember implements AudioMember {
  state: MemberState;

  constructor(
    private readonly conference: FakeConference,
    id: string,
    muted: boolean,
  ) {
    this.state = { id, muted, deaf: false, gainDb: 0 };
  }

  mute(on: boolean, by: string | null = null): Promise<void> {
    return this.set({ muted: on }, by);
  }

  deafen(on: boolean): Promise<void> {
    return this.set({ deaf: on });
  }

  gain(db: number): Promise<void> {
    return this.set({ gainDb: db });
  }

  press(digit: string): void {
    this.conference.log.push(`press ${digit}`);
  }

  leave(): Promise<void> {
    this.conference.log.push(`leave ${this.state.id}`);
    this.conference.members.delete(this.state.id);
    return Promise.resolve();
  }

  private set(part: Partial<MemberState>, by: string | null = null): Promise<void> {
    if (this.conference.bridge.stuck) return new Promise(() => undefined);
    this.state = { ...this.state, ...part };
    this.conference.events.emit('member', { ...this.state, by });
    return Promise.resolve();
  }
}
