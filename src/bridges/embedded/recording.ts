import type { Disposable } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Mixer } from '../../media/mixer/mixer.js';
import { MixerRefused } from '../../media/mixer/mixer.js';
import { RECORDED_RATE } from '../../media/mixer/recorder.js';
import { WaveFile } from '../../media/mixer/wave-file.js';
import type { AudioRecording, RecordedFile, RecordingState } from '../../rooms/audio-bridge.js';

/** What a recording works with. */
export interface RecordingTools {
  mixer: Mixer;
  log: Log;
  /** Name of the room in the mixer. */
  room: string;
  changed(state: RecordingState): void;
}

/**
 * What everybody hears in one room of the mixer, into one file.
 *
 *   running <--pause--> paused; either --stop, room closed, disk full--> over
 */
export class EmbeddedRecording implements AudioRecording {
  state: RecordingState['state'] = 'running';
  readonly files: readonly RecordedFile[];
  private readonly listening: Disposable;
  private stopping: Promise<void> | null = null;

  private constructor(
    path: string,
    private readonly file: WaveFile,
    private readonly tools: RecordingTools,
  ) {
    this.files = [{ path, server: null }];
    const { mixer, room } = tools;
    this.listening = mixer.on.on('sound', (piece) => {
      if (piece.room === room) this.append(piece.pcm);
    });
  }

  /** Rejects with RecordingUnusable, MixerRefused. */
  static async start(path: string, tools: RecordingTools): Promise<EmbeddedRecording> {
    const file = await WaveFile.create(path, RECORDED_RATE);
    const recording = new EmbeddedRecording(path, file, tools);
    try {
      await tools.mixer.record(tools.room, true);
    } catch (error) {
      await recording.stop();
      throw error;
    }
    recording.tell();
    return recording;
  }

  async pause(on: boolean): Promise<void> {
    if (this.stopping) throw new MixerRefused('the recording is over');
    if ((this.state === 'paused') === on) return;
    await this.tools.mixer.record(this.tools.room, !on);
    this.become(on ? 'paused' : 'running');
  }

  stop(): Promise<void> {
    return (this.stopping ??= this.end());
  }

  private async end(): Promise<void> {
    const { mixer, room } = this.tools;
    // a room that has gone has told all its sound
    await mixer.record(room, false).catch(() => undefined);
    this.listening.dispose();
    await this.file.close();
    this.become('over');
  }

  private append(pcm: Int16Array): void {
    this.file.append(pcm).catch((error: unknown) => {
      this.tools.log.warn(
        { file: this.files[0]?.path, why: messageOf(error) },
        'The recording ends, it cannot be written',
      );
      void this.stop();
    });
  }

  private become(state: RecordingState['state']): void {
    if (this.state === state) return;
    this.state = state;
    this.tell();
  }

  private tell(): void {
    this.tools.changed({ state: this.state, files: this.files });
  }
}
