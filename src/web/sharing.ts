import { floorLoss, noticeOf, type Notice } from './notices.js';
import type { Floor } from './floor.js';
import type { FloorTicketSnapshot } from '../services/api/contract.js';

/** A microphone and the sound of a share as one, see ShareSound. */
export interface MixedSound {
  readonly track: MediaStreamTrack;
  replaceMicrophone(track: MediaStreamTrack | null): void;
  close(): void;
}

/** What sharing needs of its meeting. */
export interface SharingTools {
  /** Asks the person for a screen. Throws DeviceError. */
  openScreen(): Promise<MediaStream>;
  mix(microphone: MediaStreamTrack | null, shared: MediaStreamTrack): MixedSound;
  floor(): Floor | null;
  holder(): FloorTicketSnapshot | null;
  ownId(): number | null;
  microphone(): MediaStreamTrack | null;
  /** Puts a picture on the content line, or takes it off. */
  present(track: MediaStreamTrack | null): Promise<void>;
  /** Sends another sound than the microphone's, or with null the microphone's again. */
  sound(track: MediaStreamTrack | null): void;
  changed(state: SharingState, notice: Notice | null): void;
}

/** `asking`: choosing a screen or waiting for the floor. */
export type SharingState = 'no' | 'asking' | 'yes';

/**
 * The share of this page. The capture lives from the person's choice to the end of the right to present, whoever ends it.
 *
 *   no --start: screen chosen--> asking --granted--> yes --stop, revoked, screen ended--> no
 *   asking --denied, stop--> no;  yes --interrupted--> asking --floor free again--> yes
 */
export class Sharing {
  private state: SharingState = 'no';
  private screen: MediaStream | null = null;
  private sound: MixedSound | null = null;
  /** The floor was taken away, and the room has not told yet by whom. */
  private unexplained = false;
  private resuming = false;

  constructor(private readonly tools: SharingTools) {}

  /** Sound of the share goes out, which a mute of the person would take away too. */
  get withSound(): boolean {
    return this.sound !== null;
  }

  /** Screen first, because browsers want the click for it; then the floor; then the picture goes out. */
  async start(): Promise<void> {
    if (this.state !== 'no') return;
    this.become('asking', null);
    try {
      const screen = await this.tools.openScreen();
      if (!this.asking()) return stopAll(screen);
      this.screen = screen;
      const [picture] = screen.getVideoTracks();
      picture?.addEventListener('ended', () => this.screen === screen && this.stop());
      await this.ask();
    } catch (error) {
      this.drop(noticeOf(error));
    }
  }

  /** The person has enough of it. */
  stop(): void {
    if (this.state === 'no') return;
    this.tools.floor()?.release();
    this.drop(null);
  }

  /** The floor was granted after waiting. */
  granted(): void {
    if (this.screen) void this.present();
    else this.tools.floor()?.release();
  }

  denied(): void {
    this.drop({ word: 'floorDenied' });
  }

  /** The floor was taken away: who did it is known from the room's events, which may come before or after. */
  revoked(): void {
    if (this.state === 'no') return;
    const notice = floorLoss(this.tools.holder(), this.tools.ownId());
    this.unexplained = notice === null;
    this.drop(notice ?? { word: 'floorLostPlain' });
  }

  /** The room told who holds the floor. */
  holderChanged(): void {
    if (!this.unexplained) return;
    this.unexplained = false;
    const notice = floorLoss(this.tools.holder(), this.tools.ownId());
    if (notice) this.tools.changed(this.state, notice);
  }

  /** The whole call broke: the capture is kept, so that sharing goes on when the page is back and the floor is free. */
  interrupted(): void {
    if (this.state === 'no' || !this.screen) return;
    this.endSound();
    this.resuming = true;
    this.become('asking', null);
  }

  /** Floor control stands. */
  async ready(): Promise<void> {
    if (!this.resuming) return;
    this.resuming = false;
    const { tools } = this;
    const holder = tools.holder();
    // what is kept for us is ours
    if (holder && holder.who !== tools.ownId()) return this.drop(floorLoss(holder, tools.ownId()));
    await this.ask();
  }

  microphoneChanged(): void {
    this.sound?.replaceMicrophone(this.tools.microphone());
  }

  /** Ends without a word. */
  close(): void {
    stopAll(this.screen);
    this.screen = null;
    this.sound?.close();
    this.sound = null;
    this.state = 'no';
  }

  private async ask(): Promise<void> {
    const answer = (await this.tools.floor()?.request()) ?? 'unavailable';
    if (!this.screen) return this.tools.floor()?.release();
    if (answer === 'granted') await this.present();
    else if (answer === 'waiting') this.become('asking', { word: 'waitingFloor' });
    else this.drop({ word: answer === 'denied' ? 'floorDenied' : 'floorUnavailable' });
  }

  private async present(): Promise<void> {
    const { screen } = this;
    const [picture] = screen?.getVideoTracks() ?? [];
    if (!screen || !picture) return;
    await this.tools.present(picture);
    if (this.screen !== screen) return;
    const [sound] = screen.getAudioTracks();
    if (sound) {
      this.sound = this.tools.mix(this.tools.microphone(), sound);
      this.tools.sound(this.sound.track);
    }
    this.become('yes', null);
  }

  /** Ends the capture, so that the browser's own sign of it goes out too. */
  private drop(notice: Notice | null): void {
    stopAll(this.screen);
    this.screen = null;
    this.resuming = false;
    void this.tools.present(null);
    this.endSound();
    this.become('no', notice);
  }

  private endSound(): void {
    if (!this.sound) return;
    this.sound.close();
    this.sound = null;
    this.tools.sound(null);
  }

  private asking(): boolean {
    return this.state === 'asking';
  }

  private become(state: SharingState, notice: Notice | null): void {
    this.state = state;
    this.tools.changed(state, notice);
  }
}

function stopAll(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
