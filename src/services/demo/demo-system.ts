import { startChild, type ManagedChild } from '../../base/child.js';
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';

/** How to bring the demonstration room system in. */
export interface DemoOptions {
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** Program and leading arguments of the test endpoint. */
  command: readonly [string, ...string[]];
  /** Address to call. */
  uri: string;
}

/** A simulated room system that presents slides in the demo room; started and stopped from the landing page. */
export class DemoSystem {
  private child: ManagedChild | null = null;
  private starting: Promise<void> | null = null;

  constructor(private readonly options: DemoOptions) {}

  get running(): boolean {
    return this.child?.up ?? false;
  }

  /** Resolves when the process runs; its call follows. Idempotent. */
  start(): Promise<void> {
    if (this.running) return Promise.resolve();
    return (this.starting ??= this.launch().finally(() => (this.starting = null)));
  }

  async takeFloor(): Promise<void> {
    await this.start();
    this.child?.write('share\n');
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.child = null;
    await child?.stop();
  }

  private async launch(): Promise<void> {
    const { command, uri } = this.options;
    const [program, ...leading] = command;
    const args = [...leading, uri, '--name', 'DEMO', '--share', 'test-pattern', '--audio', 'tone:440@0.02'];
    this.child = await startChild({ name: 'demo-system', command: program, args, restart: false }, this.options);
  }
}
