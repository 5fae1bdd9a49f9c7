import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DualstreamError, messageOf } from '../../base/errors.js';
import { Serial } from '../../base/serial.js';

/** A recording cannot be written: the file is there already, or the disk does not take it. */
export class RecordingUnusable extends DualstreamError {
  readonly verdict = {
    ...{ sip: 500, h225: 'undefinedReason', bfcp: 0, http: 422 },
    ...{ label: 'recording_unusable', retry: false },
  };
}

/** Bytes of the header of a WAVE file with plain PCM. */
export const WAVE_HEADER = 44;
/** The length of a WAVE file is a number of 32 bits; what is beyond is left out. */
const MOST_BYTES = 0xffff_ff00 - WAVE_HEADER;

/** The header of a WAVE file of 16-bit mono PCM that holds `bytes` of samples. */
export function waveHeader(rate: number, bytes: number): Buffer {
  const header = Buffer.alloc(WAVE_HEADER);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(WAVE_HEADER - 8 + bytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(bytes, 40);
  return header;
}

/** A WAVE file of 16-bit mono PCM that grows; its header is right whenever nothing waits to be written. */
export class WaveFile {
  private readonly writes = new Serial();
  private bytes = 0;
  private closing: Promise<void> | null = null;

  private constructor(
    private readonly file: FileHandle,
    private readonly rate: number,
  ) {}

  /** Makes a new file, and the folders it is in. Rejects with RecordingUnusable, also when it is there already. */
  static async create(path: string, rate: number): Promise<WaveFile> {
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(path, 'wx', 0o600);
      const wave = new WaveFile(file, rate);
      await wave.writes.run(() => wave.put(waveHeader(rate, 0), 0));
      return wave;
    } catch (error) {
      throw new RecordingUnusable(messageOf(error));
    }
  }

  /** Appends samples. Rejects with RecordingUnusable. */
  append(pcm: Int16Array): Promise<void> {
    return this.writes.run(async () => {
      const data = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
      if (this.closing || this.bytes + data.length > MOST_BYTES) return;
      try {
        await this.put(data, WAVE_HEADER + this.bytes);
        this.bytes += data.length;
        await this.put(waveHeader(this.rate, this.bytes), 0);
      } catch (error) {
        throw new RecordingUnusable(messageOf(error));
      }
    });
  }

  /** Ends it after what was appended; idempotent. */
  close(): Promise<void> {
    return (this.closing ??= this.writes.run(() => this.file.close()));
  }

  private async put(bytes: Buffer, at: number): Promise<void> {
    await this.file.write(bytes, 0, bytes.length, at);
  }
}
