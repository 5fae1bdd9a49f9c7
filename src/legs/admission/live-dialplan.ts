import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import { readDialplan, type Dialplan } from './dialplan.js';
import type { PlanContext } from './rule.js';
import type { Decide } from './verdict.js';

/** The file of the dial plan. */
export interface PlanFile {
  readonly path: string;
  /** What changes when its content does; throws when it cannot be reached. */
  stamp(): string;
  read(): string;
}

/** What watching the file takes. */
export interface WatchTools {
  clock: Clock;
  log: Log;
  metrics: Metrics;
}

const everyMs = 1000;

/**
 * A dial plan that follows its file. A change counts once the file has stayed the same from one look to the next, so that
 * nothing half-written is read; a file that cannot be used leaves the plan as it was and says so once. Calls that run are
 * not concerned.
 */
export class LiveDialplan {
  readonly decide: Decide = (facts) => this.plan.decide(facts);
  private plan: Dialplan;
  /** Stamp of what was read last, whether it was of use or not. */
  private done: string;
  /** Stamp at the last look. */
  private seen: string;

  /** @throws DialplanUnusable, or what reading the file throws */
  constructor(
    private readonly file: PlanFile,
    private readonly context: PlanContext,
  ) {
    this.done = this.seen = file.stamp();
    this.plan = readDialplan(file.read(), context);
  }

  /** Looks at the file every second until the returned function is called. */
  watch(tools: WatchTools): () => void {
    const timer = tools.clock.every(everyMs, () => this.look(tools));
    return () => timer.cancel();
  }

  /** Reads the file now, whether it changed or not. */
  reload(tools: Pick<WatchTools, 'log' | 'metrics'>): void {
    this.done = this.seen = this.stamp();
    const { path } = this.file;
    try {
      this.plan = readDialplan(this.file.read(), this.context);
      tools.metrics.count('dualstream_dialplan_reloads_total', { outcome: 'taken' });
      tools.log.info({ file: path, rules: this.plan.size }, 'The dial plan was read again');
    } catch (error) {
      tools.metrics.count('dualstream_dialplan_reloads_total', { outcome: 'refused' });
      const reason = messageOf(error);
      tools.log.error({ file: path, reason }, 'The dial plan cannot be used; the one from before stays');
    }
  }

  private look(tools: WatchTools): void {
    const stamp = this.stamp();
    const settled = stamp === this.seen;
    this.seen = stamp;
    if (settled && stamp !== this.done) this.reload(tools);
  }

  /** A file that is not there has a stamp of its own. */
  private stamp(): string {
    try {
      return this.file.stamp();
    } catch {
      return 'gone';
    }
  }
}
