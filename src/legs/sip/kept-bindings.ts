import type { Clock, Timer } from '../../base/clock.js';
import { DualstreamError, messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Binding, BindingStore } from '../../rooms/store.js';

/** How long a store in trouble is left alone. */
const retryMs = 10_000;

/**
 * Writes registrations through to the store. Changes that come while one is being written go together in the next; while
 * the store is in trouble they wait in memory, and calls and registrations go on.
 */
export class KeptBindings {
  /** What is not written yet, by id; null is to be removed. */
  private waiting = new Map<string, Binding | null>();
  private writing: Promise<void> | null = null;
  private retry: Timer | null = null;
  private closed = false;

  constructor(
    private readonly store: BindingStore,
    private readonly tools: { clock: Clock; log: Log; metrics: Metrics },
  ) {}

  /** Registrations that are not in the store. */
  get unsaved(): number {
    return this.waiting.size;
  }

  /** What an earlier life of the gateway left; nothing when that cannot be read. */
  async load(): Promise<Binding[]> {
    try {
      return await this.store.all();
    } catch (error) {
      this.trouble(error);
      return [];
    }
  }

  /** Resolves when it is written, or when that turned out not to be possible now. Never rejects. */
  async save(put: readonly Binding[], remove: readonly string[]): Promise<void> {
    for (const id of remove) this.waiting.set(id, null);
    for (const binding of put) this.waiting.set(binding.id, binding);
    if (this.retry) return this.tell();
    // what is being written now does not hold this change
    if (this.writing) await this.writing;
    if (!this.retry) await (this.writing ??= this.write());
  }

  /** Writes what waits a last time. */
  async close(): Promise<void> {
    this.closed = true;
    this.retry?.cancel();
    this.retry = null;
    await this.writing;
    if (this.waiting.size > 0) await this.write();
    this.retry = null;
  }

  private async write(): Promise<void> {
    const batch = this.waiting;
    this.waiting = new Map();
    try {
      if (batch.size === 0) return;
      const put = [...batch.values()].filter((one) => one !== null);
      await this.store.change({ put, remove: [...batch].filter(([, one]) => one === null).map(([id]) => id) });
    } catch (error) {
      // newer changes of the same registrations stand
      this.waiting = new Map([...batch, ...this.waiting]);
      this.trouble(error);
    } finally {
      this.writing = null;
      this.tell();
    }
  }

  private trouble(error: unknown): void {
    const { clock, log, metrics } = this.tools;
    const reason = error instanceof DualstreamError ? error.verdict.label : 'store_failed';
    metrics.count('dualstream_store_failures_total', { reason });
    log.error({ error: messageOf(error), retryMs }, 'Registrations are kept in memory only');
    if (this.closed) return;
    this.retry?.cancel();
    this.retry = clock.after(retryMs, () => {
      this.retry = null;
      if (this.waiting.size === 0 || this.writing) return;
      this.writing = this.write().then(() => {
        if (!this.retry) log.info({}, 'Registrations are kept on disk again');
      });
    });
  }

  private tell(): void {
    this.tools.metrics.gauge('dualstream_store_unsaved', this.waiting.size);
  }
}
