import type {
  CallRequest,
  EventMessage,
  FloorPolicyName,
  FloorRequestBody,
  RecordingRequest,
} from '../services/api/contract.js';
import type { CallEnd } from './errors.js';
import { openScreen, type DeviceChoice, type DeviceKind } from './media.js';
import { noticeOf, type Notice } from './notices.js';
import { OwnDevices } from './own-devices.js';
import { Recovery, type Step } from './recovery.js';
import { announcement, applyEvent, emptyRoom, ownSeat, type RoomState } from './room-state.js';
import { ShareSound } from './share-sound.js';
import { Sharing, type SharingState } from './sharing.js';
import { Visit, type Ticket, type VisitListener } from './visit.js';

/** All that the view shows. */
export interface MeetingState extends RoomState {
  phase: 'joining' | 'in' | 'over';
  /** Why the page is trying to come back; null while the call stands. */
  interrupted: Notice | null;
  notice: Notice | null;
  /** For who cannot see what changed. */
  announcement: Notice | null;
  main: MediaStream | null;
  content: MediaStream | null;
  audio: MediaStream | null;
  /** Own camera. */
  own: MediaStream | null;
  micOn: boolean;
  cameraOn: boolean;
  sharing: SharingState;
}

/** What a person asks for on the way in. */
export interface JoinWish extends Ticket {
  devices: Record<DeviceKind, DeviceChoice>;
}

/** How long a notice stays that nothing else ends, milliseconds. */
const noticeMs = 15_000;
/** Notices that say how things are rather than what happened. */
const lasting = new Set(['waitingFloor', 'mutedByOther', 'floorLost']);

const initial: MeetingState = {
  ...emptyRoom,
  phase: 'joining',
  interrupted: null,
  notice: null,
  announcement: null,
  main: null,
  content: null,
  audio: null,
  own: null,
  micOn: false,
  cameraOn: false,
  sharing: 'no',
};

/** A person's stay in a room from the door to the end, over lost calls too: devices, visits, share. */
export class Meeting {
  state: MeetingState = initial;
  private readonly devices: OwnDevices;
  private readonly sharing: Sharing;
  private readonly recovery = new Recovery();
  private visit: Visit | null = null;
  /** The visit that broke, kept for its last picture until the next one brings its own. */
  private broken: Visit | null = null;
  /** Token of the last visit that got in, by which we are known when we come back. */
  private lastToken: string | null = null;
  private again: ReturnType<typeof setTimeout> | undefined;
  private fading: ReturnType<typeof setTimeout> | undefined;
  /** Whether we last asked to be muted, so that a mute by others is told apart. */
  private askedMuted: boolean | null = null;

  constructor(
    private readonly wish: JoinWish,
    private readonly onChange: (state: MeetingState) => void,
  ) {
    this.devices = new OwnDevices(wish.devices, {
      replaced: (kind, track) => this.deviceReplaced(kind, track),
      lost: (kind) => this.deviceLost(kind),
    });
    this.sharing = new Sharing({
      openScreen,
      mix: (microphone, shared) => new ShareSound(microphone, shared),
      floor: () => this.visit?.floor ?? null,
      holder: () => this.state.room?.floor.holder ?? null,
      ownId: () => this.state.you?.id ?? null,
      microphone: () => this.devices.audio,
      present: async (track) => this.visit?.present(track),
      sound: (track) => {
        void this.visit?.replace('audio', track ?? this.devices.audio);
        void this.followMute();
      },
      changed: (sharing, notice) => this.update({ sharing, notice }),
    });
  }

  /** Joins; every failure ends in phase `over` with a notice. */
  async start(): Promise<void> {
    try {
      await this.devices.open();
      this.showDevices();
      await this.openVisit();
    } catch (error) {
      this.over(noticeOf(error));
    }
  }

  async toggleMic(): Promise<void> {
    const on = !this.state.micOn || (ownSeat(this.state)?.muted ?? false);
    await this.guarded(() => this.devices.turn('audio', on));
    this.showDevices();
    await this.followMute();
  }

  async toggleCamera(): Promise<void> {
    await this.guarded(() => this.devices.turn('video', !this.state.cameraOn));
    this.showDevices();
  }

  async pickDevice(kind: DeviceKind, id: DeviceChoice): Promise<void> {
    await this.guarded(() => this.devices.pick(kind, id));
    this.showDevices();
    if (kind === 'audio') await this.followMute();
  }

  /** Starts a share, or ends it. */
  toggleShare(): void {
    if (this.state.sharing === 'no') void this.sharing.start();
    else this.sharing.stop();
  }

  async mute(participant: number, muted: boolean): Promise<void> {
    await this.guarded(() => this.visit?.ask('PATCH', `/participants/${participant}`, { muted }));
  }

  async remove(participant: number): Promise<void> {
    await this.guarded(() => this.visit?.ask('DELETE', `/participants/${participant}`));
  }

  /** Calls a device or a person into the room. */
  async call(uri: string): Promise<void> {
    const body: CallRequest = /^[a-z]+:/i.test(uri)
      ? { uri }
      : uri.includes('@')
        ? { uri: `sip:${uri}` }
        : { user: uri };
    await this.guarded(() => this.visit?.ask('POST', '/participants', body));
  }

  async lock(locked: boolean): Promise<void> {
    await this.guarded(() => this.visit?.ask('PATCH', '', { locked }));
  }

  /** Has the sound of the room recorded, or ends that. */
  async record(action: RecordingRequest['action']): Promise<void> {
    await this.guarded(() => this.visit?.ask('POST', '/recording', { action }));
  }

  /** Who may present from now on. */
  async setPolicy(floor: FloorPolicyName): Promise<void> {
    await this.guarded(() => this.visit?.ask('PATCH', '', { floor }));
  }

  /** Lets somebody present where only presenters may, or not any more. */
  async setPresenter(participant: number, presenter: boolean): Promise<void> {
    await this.guarded(() => this.visit?.ask('PATCH', `/participants/${participant}`, { presenter }));
  }

  /** Decides on a floor request, or ends a presentation; `place` is that in the queue for `accept`, its end without one. */
  async moderateFloor(action: 'grant' | 'accept' | 'deny' | 'revoke', ticket: number, place?: number): Promise<void> {
    const body: FloorRequestBody = { action, ticket, ...(place === undefined ? {} : { place }) };
    await this.guarded(() => this.visit?.ask('POST', '/floor', body));
  }

  async leave(): Promise<void> {
    this.over({ word: 'left' });
    await this.visit?.leave();
  }

  /** The page is being closed: the gateway is told by what still goes out then. */
  vanish(): void {
    const { you } = this.state;
    if (you) void this.visit?.ask('DELETE', `/participants/${you.id}`, undefined, true).catch(() => undefined);
  }

  private async openVisit(): Promise<void> {
    const listener: VisitListener = {
      answered: () => this.current(visit) && this.update({ phase: 'in' }),
      connected: () => this.current(visit) && this.connected(),
      streams: (main, content, audio) => {
        if (!this.current(visit)) return;
        this.update({ main, content, audio });
        this.broken?.release();
        this.broken = null;
      },
      ended: (end) => this.current(visit) && this.visitEnded(end),
      event: (event) => this.current(visit) && this.eventCame(event),
      floor: {
        ready: () => void this.sharing.ready(),
        granted: () => this.sharing.granted(),
        denied: () => this.sharing.denied(),
        revoked: () => this.sharing.revoked(),
      },
    };
    const visit: Visit = new Visit(this.wish, () => this.devices, listener, this.lastToken);
    this.visit = visit;
    await visit.open();
    this.lastToken = visit.token ?? this.lastToken;
  }

  private current(visit: Visit): boolean {
    return this.visit === visit && this.state.phase !== 'over';
  }

  private isOver(): boolean {
    return this.state.phase === 'over';
  }

  private connected(): void {
    const back = this.state.interrupted !== null;
    this.recovery.joined();
    this.update({ interrupted: null, ...(back ? { notice: { word: 'backAgain' } } : {}) });
  }

  private visitEnded(end: CallEnd): void {
    this.follow(this.recovery.ended(end, performance.now()));
  }

  private follow(step: Step): void {
    if (step.then === 'over') return this.over(step.notice);
    this.sharing.interrupted();
    if (this.broken) this.visit?.release();
    else this.visit?.close();
    this.broken ??= this.visit;
    this.update({ interrupted: step.notice, notice: null });
    this.again = setTimeout(() => void this.comeBack(), step.afterMs);
  }

  private async comeBack(): Promise<void> {
    // the seat of the lost call, if the gateway still keeps it; by now it may well have gone
    const { you } = this.state;
    if (you) await this.visit?.ask('DELETE', `/participants/${you.id}?back=true`).catch(() => undefined);
    if (this.isOver()) return;
    this.askedMuted = null;
    try {
      await this.openVisit();
    } catch (error) {
      if (!this.isOver()) this.follow(this.recovery.failed(error, performance.now()));
    }
  }

  private eventCame(event: EventMessage): void {
    const before = this.state;
    const said = announcement(before, event);
    this.update({ ...applyEvent(before, event), ...(said ? { announcement: said } : {}) });
    this.visit?.followFloor(this.state.you?.bfcp ?? null);
    this.visit?.lower(ownSeat(this.state)?.lowWanted ?? { main: null, content: null });
    if (event.type === 'floor') this.floorChanged();
    this.muteChanged(ownSeat(before)?.muted ?? null);
  }

  private floorChanged(): void {
    this.sharing.holderChanged();
    const gone = !this.state.room?.floor.holder && this.state.notice?.word === 'floorLost';
    if (gone) this.update({ notice: null });
  }

  private muteChanged(before: boolean | null): void {
    const muted = ownSeat(this.state)?.muted;
    if (muted === undefined || muted === before) return;
    if (before === null) return void this.followMute();
    if (!muted || this.askedMuted === true) {
      if (!muted && this.state.notice?.word === 'mutedByOther') this.update({ notice: null });
      return;
    }
    this.askedMuted = true;
    void this.devices.turn('audio', false).then(() => this.showDevices());
    this.update({ notice: { word: 'mutedByOther' } });
  }

  /** Lets the room know whether we can be heard, so that the roster tells it. The sound of a share is not to be lost by it. */
  private async followMute(): Promise<void> {
    const seat = ownSeat(this.state);
    const muted = !this.devices.isOn('audio') && !this.sharing.withSound;
    if (!seat?.audio) return;
    this.askedMuted = muted;
    if (seat.muted !== muted) await this.mute(seat.id, muted);
  }

  private deviceReplaced(kind: DeviceKind, track: MediaStreamTrack | null): void {
    if (kind === 'audio' && this.sharing.withSound) this.sharing.microphoneChanged();
    else void this.visit?.replace(kind, track);
  }

  private deviceLost(kind: DeviceKind): void {
    this.showDevices({ word: kind === 'audio' ? 'microphoneGone' : 'cameraGone' });
    if (kind === 'audio') void this.followMute();
  }

  private showDevices(notice: Notice | null = this.state.notice): void {
    const { devices } = this;
    this.update({ own: devices.view, micOn: devices.isOn('audio'), cameraOn: devices.isOn('video'), notice });
  }

  /** Does something whose failure is only told. */
  private async guarded(act: () => Promise<unknown> | undefined): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.update({ notice: noticeOf(error) });
    }
  }

  private update(change: Partial<MeetingState>): void {
    if (this.state.phase === 'over') return;
    const before = this.state.notice;
    this.state = { ...this.state, ...change };
    if (this.state.notice !== before) this.fade(this.state.notice);
    this.onChange(this.state);
  }

  private fade(notice: Notice | null): void {
    clearTimeout(this.fading);
    if (!notice || lasting.has(notice.word)) return;
    this.fading = setTimeout(() => this.update({ notice: null }), noticeMs);
  }

  private over(notice: Notice): void {
    if (this.state.phase === 'over') return;
    clearTimeout(this.again);
    clearTimeout(this.fading);
    this.broken?.release();
    this.visit?.release();
    this.sharing.close();
    this.devices.close();
    this.state = { ...initial, phase: 'over', notice };
    this.onChange(this.state);
  }
}
