import { constants } from 'node:fs';
import { open, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../../base/clock.js';
import { DualstreamError, messageOf } from '../../base/errors.js';
import type { Chance } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import { Serial } from '../../base/serial.js';
import type { RecordedFile } from '../../rooms/audio-bridge.js';
import { RecordingsFull, type RecordingPlace, type RecordingShelf } from '../../rooms/recordings.js';
import { Catalogue, recordingId, type CataloguedRecording } from './catalogue.js';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const againMs = 60 * minuteMs;
/** Most that one millisecond of a recording takes: 48 kHz, 16 bits. */
const bytesPerMs = 96;

/** Where recordings lie, and how many of them. */
export interface ShelfSettings {
  /** Of the gateway: what it knows of each, and what it records itself. */
  directory: string;
  /** FreeSWITCH servers write into this folder of theirs; `seen` is where the gateway sees it, by server. Null: none do. */
  servers: { directory: string; seen: ReadonlyMap<string, string> } | null;
  most: { recordings: number; bytes: number; minutes: number; days: number };
}

/** A file of a recording; `bytes` is null where it cannot be read. */
export interface ListedFile extends RecordedFile {
  bytes: number | null;
}

/** A recording that goes on or is kept. */
export interface ListedRecording extends Omit<CataloguedRecording, 'files'> {
  files: ListedFile[];
}

/** The file lies where the gateway cannot read it. */
export class RecordingElsewhere extends DualstreamError {
  readonly verdict = {
    ...{ sip: 404, h225: 'undefinedReason', bfcp: 0, http: 409 },
    ...{ label: 'recording_elsewhere', retry: false },
  };
}

/** What a shelf works with. */
export interface ShelfTools {
  clock: Clock;
  chance: Chance;
  log: Log;
}

/**
 * Recordings and what is known of them. Each takes as much place beforehand as it may come to, so that all together stay
 * within their bounds; what is older than it may become is removed.
 */
export class Shelf implements RecordingShelf {
  private readonly known = new Map<string, CataloguedRecording>();
  /** Those that go on: how long each may become, milliseconds. */
  private readonly going = new Map<string, number>();
  private readonly catalogue: Catalogue;
  private readonly work = new Serial();
  private readonly ready: Promise<void>;
  private readonly hourly: Timer;

  constructor(
    private readonly settings: ShelfSettings,
    private readonly tools: ShelfTools,
  ) {
    this.catalogue = new Catalogue(settings.directory);
    this.ready = this.load();
    this.hourly = tools.clock.every(againMs, () => void this.work.run(() => this.tidy()));
  }

  begin(room: string, by: string): Promise<RecordingPlace> {
    return this.work.run(async () => {
      await this.tidy();
      const longestMs = await this.place();
      const { clock, chance } = this.tools;
      const startedAt = Math.floor(clock.wall());
      const stamp = new Date(startedAt).toISOString().replace(/[-:]|\..*/g, '');
      const id = `${stamp}-${room.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 50)}-${chance.hex(4)}`;
      const { directory } = this.settings.servers ?? this.settings;
      const one: CataloguedRecording = { id, room, by: by.slice(0, 64), startedAt, endedAt: null, files: [] };
      await this.catalogue.keep(one);
      this.known.set(id, one);
      this.going.set(id, longestMs);
      return {
        ...{ id, longestMs, path: join(directory, `${id}.wav`) },
        keep: (files, over) => this.work.run(() => this.keep(one, files, over)),
        abandon: () => this.work.run(() => this.drop(one)),
      };
    });
  }

  /** The latest first; of one room, or (null) of all. */
  async list(room: string | null): Promise<ListedRecording[]> {
    await this.ready;
    const all = [...this.known.values()].filter((one) => room === null || one.room === room);
    all.sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
    return Promise.all(all.map((one) => this.listed(one)));
  }

  /** Null when there is none. */
  async find(id: string): Promise<ListedRecording | null> {
    await this.ready;
    const one = this.known.get(id);
    return one ? this.listed(one) : null;
  }

  /** Opens a file of one, counted from 0. Rejects with RecordingElsewhere; null when there is no such file. */
  async open(id: string, index: number): Promise<{ file: FileHandle; bytes: number } | null> {
    const one = (await this.find(id))?.files[index];
    if (!one) return null;
    const seen = this.seen(one);
    try {
      if (seen === null) throw new Error('the gateway does not see that folder');
      const file = await open(seen, constants.O_RDONLY | constants.O_NOFOLLOW);
      return { file, bytes: (await file.stat()).size };
    } catch (error) {
      const where = one.server === null ? one.path : `${one.path} of the server ${one.server}`;
      throw new RecordingElsewhere(`the recording is ${where}, and cannot be read from here: ${messageOf(error)}`);
    }
  }

  /** Removes one that is over; resolves to the files that are still there. False when it goes on. */
  async remove(id: string): Promise<RecordedFile[] | false> {
    await this.ready;
    return this.work.run(async () => {
      const one = this.known.get(id);
      if (!one) return [];
      return this.going.has(id) ? false : this.drop(one);
    });
  }

  close(): Promise<void> {
    this.hourly.cancel();
    return this.work.run(() => this.ready);
  }

  private async load(): Promise<void> {
    const { most } = this.settings;
    const bad = (file: string, why: string): void =>
      this.tools.log.warn({ file, why }, 'What is known of a recording cannot be read');
    for (const one of await this.catalogue.load(most.recordings, bad)) this.known.set(one.id, one);
    // those that went on when the gateway ended
    for (const one of this.known.values()) one.endedAt ??= (await this.lastWritten(one)) ?? one.startedAt;
  }

  private async lastWritten({ files }: CataloguedRecording): Promise<number | null> {
    const last = files.at(-1);
    const seen = last && this.seen(last);
    if (!seen) return null;
    return stat(seen).then(
      ({ mtimeMs }) => Math.floor(mtimeMs),
      () => null,
    );
  }

  /** How long another one may become. Throws RecordingsFull. */
  private async place(): Promise<number> {
    const { most } = this.settings;
    if (this.known.size >= most.recordings) throw new RecordingsFull(`there are ${most.recordings} recordings already`);
    let taken = 0;
    for (const one of this.known.values()) taken += await this.taken(one);
    const left = Math.floor((most.bytes - taken) / bytesPerMs);
    if (left < minuteMs) throw new RecordingsFull('the recordings take as much of the disk as they may');
    return Math.min(left, most.minutes * minuteMs);
  }

  private async taken(one: CataloguedRecording): Promise<number> {
    const going = this.going.get(one.id);
    if (going !== undefined) return going * bytesPerMs;
    const { files } = await this.listed(one);
    // those elsewhere count as what they can be at most
    if (files.some(({ bytes }) => bytes === null))
      return Math.max(0, (one.endedAt ?? one.startedAt) - one.startedAt) * bytesPerMs;
    return files.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  }

  private async keep(one: CataloguedRecording, files: readonly RecordedFile[], over: boolean): Promise<void> {
    if (!this.known.has(one.id)) return;
    one.files = files.map(({ path, server }) => ({ path, server }));
    if (over) {
      one.endedAt ??= Math.floor(this.tools.clock.wall());
      this.going.delete(one.id);
    }
    await this.catalogue.keep(one);
  }

  private async drop(one: CataloguedRecording): Promise<RecordedFile[]> {
    const left: RecordedFile[] = [];
    for (const file of one.files) {
      const seen = this.seen(file);
      const gone = seen !== null && (await removed(seen));
      if (!gone) left.push(file);
    }
    await this.catalogue.forget(one.id);
    this.known.delete(one.id);
    this.going.delete(one.id);
    return left;
  }

  private async tidy(): Promise<void> {
    await this.ready;
    const oldest = this.tools.clock.wall() - this.settings.most.days * dayMs;
    for (const one of [...this.known.values()]) {
      if (one.endedAt === null || one.endedAt >= oldest || this.going.has(one.id)) continue;
      const left = await this.drop(one);
      this.tools.log.info({ recording: one.id, left }, 'A recording is as old as it may become, and is removed');
    }
  }

  private async listed(one: CataloguedRecording): Promise<ListedRecording> {
    const files = one.files.map(async ({ path, server }): Promise<ListedFile> => {
      const seen = this.seen({ path, server });
      const size = seen === null ? null : await stat(seen).catch(() => null);
      return { path, server, bytes: size?.isFile() ? size.size : null };
    });
    return { ...one, files: await Promise.all(files) };
  }

  /** Where the gateway sees a file; null where it does not, or the file is none of ours. */
  private seen({ path, server }: RecordedFile): string | null {
    const { directory, servers } = this.settings;
    const name = /^[\w-]+\.wav$/.exec(path.slice(path.lastIndexOf('/') + 1))?.[0];
    if (name === undefined || !recordingId.test(name.slice(0, -4))) return null;
    if (server === null) return path === join(directory, name) ? path : null;
    const folder = servers?.seen.get(server);
    if (!servers || folder === undefined || path !== join(servers.directory, name)) return null;
    return join(folder, name);
  }
}

async function removed(path: string): Promise<boolean> {
  return unlink(path).then(
    () => true,
    (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT',
  );
}
