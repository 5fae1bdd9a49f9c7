import { openDevices, type DeviceChoice, type DeviceKind } from './media.js';

/** What is told about one's own camera and microphone. */
export interface OwnDevicesListener {
  /** Another track, or none, is to be sent. */
  replaced(kind: DeviceKind, track: MediaStreamTrack | null): void;
  /** A device was unplugged or taken away by the system. */
  lost(kind: DeviceKind): void;
}

/** One's own camera and microphone: opened when wanted, switched on and off, exchanged. */
export class OwnDevices {
  private readonly tracks: Record<DeviceKind, MediaStreamTrack | null> = { audio: null, video: null };
  private picture: MediaStream | null = null;
  private closed = false;

  constructor(
    private readonly choice: Record<DeviceKind, DeviceChoice>,
    private readonly listener: OwnDevicesListener,
  ) {}

  get audio(): MediaStreamTrack | null {
    return this.tracks.audio;
  }

  get video(): MediaStreamTrack | null {
    return this.tracks.video;
  }

  /** For the self view; null without a camera. */
  get view(): MediaStream | null {
    return this.picture;
  }

  isOn(kind: DeviceKind): boolean {
    return this.tracks[kind]?.enabled ?? false;
  }

  /** Opens what was chosen at the door. Throws DeviceError. */
  async open(): Promise<void> {
    this.take(await openDevices(this.choice));
  }

  /** Switches on or off; opens the device when there is none yet. Throws DeviceError. */
  async turn(kind: DeviceKind, on: boolean): Promise<void> {
    const track = this.tracks[kind];
    if (track) track.enabled = on;
    else if (on) await this.pick(kind, this.choice[kind] ?? '');
  }

  /** Changes to another device; null gives it up. Keeps the old one when the new one does not open. Throws DeviceError. */
  async pick(kind: DeviceKind, id: DeviceChoice): Promise<void> {
    const before = this.tracks[kind];
    const enabled = before?.enabled ?? true;
    const opened = id === null ? null : (await openDevices({ audio: null, video: null, [kind]: id }))[kind];
    if (this.closed) return opened?.stop();
    this.choice[kind] = id;
    if (opened) opened.enabled = enabled;
    this.put(kind, opened);
    this.listener.replaced(kind, opened);
  }

  close(): void {
    this.closed = true;
    this.put('audio', null);
    this.put('video', null);
  }

  private take(opened: Record<DeviceKind, MediaStreamTrack | null>): void {
    for (const kind of ['audio', 'video'] as const) {
      if (this.closed) opened[kind]?.stop();
      else this.put(kind, opened[kind]);
    }
  }

  private put(kind: DeviceKind, track: MediaStreamTrack | null): void {
    this.tracks[kind]?.stop();
    this.tracks[kind] = track;
    if (kind === 'video') this.picture = track && new MediaStream([track]);
    track?.addEventListener('ended', () => {
      if (this.tracks[kind] !== track) return;
      this.put(kind, null);
      this.listener.replaced(kind, null);
      this.listener.lost(kind);
    });
  }
}
