import type { ParticipantSnapshot, SessionAnswer } from '../services/api/contract';
import { api, ApiError } from './api';
import { Call, type CallEnd } from './call/call';
import { NoH264 } from './call/description-handler';
import { RoomEvents } from './events';
import { Floor } from './floor';
import { DeviceError, openDevices, openScreen, type Choice } from './media';
import { applyEvent, emptyRoom, type RoomState } from './room-state';
import { ShareSound } from './share-sound';

/** Words for the person: a key of the word table and what goes into its places. */
export interface Notice {
  word: string;
  values?: Record<string, string>;
}

/** All that the view shows. */
export interface MeetingState extends RoomState {
  phase: 'joining' | 'in' | 'over';
  notice: Notice | null;
  main: MediaStream | null;
  content: MediaStream | null;
  audio: MediaStream | null;
  /** Own camera. */
  own: MediaStream | null;
  micOn: boolean;
  cameraOn: boolean;
  sharing: 'no' | 'asking' | 'yes';
}

/** What a person asks for on the way in. */
export interface JoinWish {
  room: string;
  name: string;
  pin: string;
  devices: Choice;
}

/** One stay in a room: devices, call, events and floor together. */
export class Meeting {
  state: MeetingState;
  private call: Call | null = null;
  private events: RoomEvents | null = null;
  private floor: Floor | null = null;
  private floorUrl = '';
  private token = '';
  private devices = new MediaStream();
  private screen: MediaStream | null = null;
  private sound: ShareSound | null = null;
  private over = false;

  constructor(
    private readonly wish: JoinWish,
    private readonly onChange: (state: MeetingState) => void,
  ) {
    this.state = {
      ...emptyRoom,
      phase: 'joining',
      notice: null,
      main: null,
      content: null,
      audio: null,
      own: null,
      micOn: false,
      cameraOn: false,
      sharing: 'no',
    };
  }

  /** Joins; every failure ends in phase `over` with a notice. */
  async start(): Promise<void> {
    try {
      await this.openOwnDevices();
      const { room, name, pin } = this.wish;
      const session = await api<SessionAnswer>('POST', '/session', { room, name, ...(pin === '' ? {} : { pin }) });
      this.token = session.token;
      this.startCall(session);
      this.events = new RoomEvents(
        session.eventsUrl,
        (event) => this.update(applyEvent(this.state, event)),
        () => undefined,
      );
      await this.call?.start();
    } catch (error) {
      this.end(noticeOf(error));
    }
  }

  toggleMic(): void {
    const [track] = this.devices.getAudioTracks();
    if (!track) return;
    const { you, room } = this.state;
    const muted = room?.participants.find(({ id }) => id === you?.id)?.muted ?? false;
    track.enabled = !track.enabled || muted;
    this.update({ micOn: track.enabled });
    if (you) void this.mute(you.id, !track.enabled);
  }

  toggleCamera(): void {
    const [track] = this.devices.getVideoTracks();
    if (!track) return;
    track.enabled = !track.enabled;
    this.update({ cameraOn: track.enabled });
  }

  async mute(participant: number, muted: boolean): Promise<void> {
    const room = encodeURIComponent(this.wish.room);
    try {
      await api<ParticipantSnapshot>('PATCH', `/rooms/${room}/participants/${participant}`, { muted }, this.token);
    } catch (error) {
      this.update({ notice: noticeOf(error) });
    }
  }

  /** Screen first, because browsers want the click for it; then the floor; then the picture goes out. */
  async share(): Promise<void> {
    if (this.state.sharing !== 'no') return;
    if (!this.floor) return this.update({ notice: { word: 'floorUnavailable' } });
    this.update({ sharing: 'asking', notice: null });
    try {
      this.screen = await openScreen();
      this.screen.getVideoTracks()[0]?.addEventListener('ended', () => this.stopSharing());
      const answer = await this.floor.request();
      if (answer === 'granted') await this.present();
      else if (answer === 'waiting') this.update({ notice: { word: 'waitingFloor' } });
      else this.dropScreen({ word: answer === 'denied' ? 'floorDenied' : 'floorUnavailable' });
    } catch (error) {
      this.dropScreen(noticeOf(error));
    }
  }

  stopSharing(): void {
    if (this.state.sharing === 'no') return;
    this.floor?.release();
    this.dropScreen(null);
  }

  async leave(): Promise<void> {
    await this.call?.leave().catch(() => undefined);
    this.end({ word: 'left' });
  }

  private async openOwnDevices(): Promise<void> {
    this.devices = await openDevices(this.wish.devices);
    this.update({
      own: this.devices.getVideoTracks().length > 0 ? this.devices : null,
      micOn: this.devices.getAudioTracks().length > 0,
      cameraOn: this.devices.getVideoTracks().length > 0,
    });
  }

  private startCall(session: SessionAnswer): void {
    const tracks = { audio: this.devices.getAudioTracks()[0] ?? null, video: this.devices.getVideoTracks()[0] ?? null };
    this.call = new Call(session, tracks, {
      connected: () => this.update({ phase: 'in' }),
      streams: (main, content, audio) => this.update({ main, content, audio }),
      ended: (end) => this.end(endNotice(end)),
    });
  }

  private async present(): Promise<void> {
    const [picture] = this.screen?.getVideoTracks() ?? [];
    if (!picture) return;
    await this.call?.present(picture);
    const [sound] = this.screen?.getAudioTracks() ?? [];
    if (sound) {
      this.sound = new ShareSound(this.devices.getAudioTracks()[0] ?? null, sound);
      await this.call?.replaceAudio(this.sound.track);
    }
    this.update({ sharing: 'yes', notice: null });
  }

  /** Ends the capture, so that the browser's own sign of it goes out too. */
  private dropScreen(notice: Notice | null): void {
    for (const track of this.screen?.getTracks() ?? []) track.stop();
    this.screen = null;
    void this.call?.present(null);
    if (this.sound) {
      this.sound.close();
      this.sound = null;
      void this.call?.replaceAudio(this.devices.getAudioTracks()[0] ?? null);
    }
    this.update({ sharing: 'no', notice });
  }

  private floorRevoked(): void {
    if (this.state.sharing === 'no') return;
    this.dropScreen({ word: 'floorLostPlain' });
  }

  /** Who took over is known from the room's events, before or after the floor is lost. */
  private nameSuccessor(): void {
    const { notice, room, you } = this.state;
    const holder = room?.floor.holder;
    if (notice?.word !== 'floorLostPlain' || !holder || holder.who === you?.id) return;
    this.state = { ...this.state, notice: { word: 'floorLost', values: { name: holder.name } } };
  }

  private update(change: Partial<MeetingState>): void {
    if (this.over && change.phase !== 'over') return;
    this.state = { ...this.state, ...change };
    this.nameSuccessor();
    this.followFloor();
    this.onChange(this.state);
  }

  /** Opens floor control when its address arrives with the events, and again with a new one. */
  private followFloor(): void {
    const access = this.state.you?.bfcp;
    if (!access || access.url === this.floorUrl) return;
    this.floorUrl = access.url;
    this.floor?.close();
    this.floor = new Floor(access, {
      granted: () => void this.present(),
      revoked: () => this.floorRevoked(),
      lost: () => {
        this.floor = null;
        if (this.state.sharing !== 'no') this.dropScreen({ word: 'floorUnavailable' });
      },
    });
  }

  private end(notice: Notice): void {
    if (this.over) return;
    this.over = true;
    this.events?.close();
    this.floor?.close();
    this.sound?.close();
    for (const track of [...this.devices.getTracks(), ...(this.screen?.getTracks() ?? [])]) track.stop();
    this.update({ phase: 'over', notice, main: null, content: null, audio: null, own: null, sharing: 'no' });
  }
}

function noticeOf(error: unknown): Notice {
  if (error instanceof DeviceError) return { word: `device_${error.problem}` };
  if (error instanceof ApiError) return { word: error.code, values: { reason: error.message } };
  if (error instanceof NoH264) return { word: 'noH264' };
  const reason = error instanceof Error ? error.message : String(error);
  return /websocket|transport|1006/i.test(reason) ? { word: 'wssRefused' } : { word: 'failed', values: { reason } };
}

function endNotice(end: CallEnd): Notice {
  switch (end.kind) {
    case 'left':
      return { word: 'left' };
    case 'signalling-lost':
      return { word: 'signallingLost' };
    case 'media-failed':
      return { word: 'mediaFailed' };
    case 'refused':
      return end.status === 486
        ? { word: 'room_full' }
        : { word: 'refused', values: { status: String(end.status), reason: end.reason } };
    case 'ended':
      return end.reason === '' ? { word: 'ended' } : { word: 'endedWhy', values: { reason: end.reason } };
  }
}
