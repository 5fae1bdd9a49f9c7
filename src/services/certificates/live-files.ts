import { stat } from 'node:fs/promises';
import type { Clock, Timer } from '../../base/clock.js';
import type { Disposable } from '../../base/disposables.js';
import { messageOf } from '../../base/errors.js';
import { Emitter } from '../../base/events.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';

/** Something read from files; `current` is what they said last when they could be used. */
export interface Live<T> {
  readonly current: T;
  /** Told after every change. */
  onChange(listener: () => void): Disposable;
}

/** How a value comes from its files. */
export interface Source<T> {
  /** For the log, e.g. `certificate of wss-7443`. */
  what: string;
  files: readonly string[];
  read(): Promise<T>;
  /** Whether the value has to be made again although no file changed. */
  due?(value: T): boolean;
  /** What the log is to say of a value that was made again. */
  describe?(value: T): object;
  /** Why a new value may not replace a good one; null when it may. */
  worse?(value: T, old: T): string | null;
}

interface Entry {
  what: string;
  files: readonly string[];
  /** State of the files that `current` was read from, or that could not be used. */
  settled: string;
  /** State at the last look. */
  seen: string;
  again(): Promise<void>;
  due(): boolean;
  describe(): object;
  /** What is due and failed is not tried again before this, by the monotonic clock. */
  notBefore: number;
}

/** How often files are looked at. Two looks must agree, so that nothing half-written is read. */
const lookMs = 10_000;
/** A renewal that failed is tried again after this long. */
const patienceMs = 3_600_000;

/**
 * Files that may change while the gateway runs, such as certificates. Looking at them works with every way of replacing
 * a file: writing, renaming, a link that leads elsewhere.
 */
export class LiveFiles {
  private readonly entries: Entry[] = [];
  private looking: Timer | null = null;
  private busy: Promise<void> = Promise.resolve();
  private tell: { log: Log; metrics: Metrics } | null = null;

  constructor(private readonly clock: Clock) {}

  /** Reads for the first time; rejects with what `read` says. */
  async add<T>(source: Source<T>): Promise<Live<T>> {
    const settled = await stateOf(source.files);
    let current = await source.read();
    const changes = new Emitter<{ changed: undefined }>();
    const again = async (): Promise<void> => {
      const value = await source.read();
      const why = source.worse?.(value, current) ?? null;
      if (why !== null) throw new Error(why);
      current = value;
      changes.emit('changed', undefined);
    };
    const due = (): boolean => source.due?.(current) ?? false;
    const describe = (): object => source.describe?.(current) ?? {};
    const { what, files: names } = source;
    this.entries.push({ what, files: names, settled, seen: settled, again, due, describe, notBefore: 0 });
    return {
      get current() {
        return current;
      },
      onChange: (listener) => changes.on('changed', listener),
    };
  }

  /** Begins to look for changes. */
  watch(tell: { log: Log; metrics: Metrics }): void {
    this.tell = tell;
    this.looking ??= this.clock.every(lookMs, () => void this.look(false));
  }

  /** Reads at once whatever has changed; resolves when that is done. */
  refresh(): Promise<void> {
    return this.look(true);
  }

  /** Resolves when looks that have begun are over. */
  settled(): Promise<void> {
    return this.busy;
  }

  close(): void {
    this.looking?.cancel();
    this.looking = null;
  }

  private look(atOnce: boolean): Promise<void> {
    this.busy = this.busy.then(async () => {
      for (const entry of this.entries) await this.lookAt(entry, atOnce);
    });
    return this.busy;
  }

  private async lookAt(entry: Entry, atOnce: boolean): Promise<void> {
    if (entry.due() && this.clock.now() >= entry.notBefore) return this.renew(entry);
    const state = await stateOf(entry.files);
    const steady = atOnce || state === entry.seen;
    entry.seen = state;
    if (state === entry.settled || !steady) return;
    entry.settled = state;
    const { what, files } = entry;
    try {
      await entry.again();
      this.tell?.metrics.count('dualstream_file_reloads_total', { result: 'taken' });
      this.tell?.log.info({ what, files }, 'Changed files are used from now on');
    } catch (error) {
      this.tell?.metrics.count('dualstream_file_reloads_total', { result: 'refused' });
      this.tell?.log.error({ what, files, why: messageOf(error) }, 'Changed files cannot be used: the old ones stay');
    }
  }

  private async renew(entry: Entry): Promise<void> {
    const { what } = entry;
    try {
      await entry.again();
      this.tell?.log.warn(
        { what, ...entry.describe() },
        'Renewed before its end: who trusted the old one is asked again',
      );
    } catch (error) {
      entry.notBefore = this.clock.now() + patienceMs;
      this.tell?.log.error({ what, why: messageOf(error) }, 'It ends soon and cannot be renewed: the old one stays');
    }
  }
}

async function stateOf(files: readonly string[]): Promise<string> {
  const states = await Promise.all(
    files.map(async (file) => {
      try {
        const { mtimeMs, size, ino, dev } = await stat(file);
        return [mtimeMs, size, ino, dev].join(' ');
      } catch {
        // gone for now; reading it says why
        return 'missing';
      }
    }),
  );
  return states.join('\n');
}
