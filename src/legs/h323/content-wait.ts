import type { Line } from '../../media/plane.js';
import { ContentRefused } from './errors.js';

/** Somebody waits for our content channel. */
export class ContentWait {
  private waiting: { resolve(line: Line): void; reject(error: Error): void } | null = null;

  /** Waits; who waited before is told that it is asked for again. Rejects with ContentRefused. */
  begin(): Promise<Line> {
    this.fail('asked for again');
    return new Promise((resolve, reject) => (this.waiting = { resolve, reject }));
  }

  settle(line: Line): void {
    this.waiting?.resolve(line);
    this.waiting = null;
  }

  fail(why: string): void {
    this.waiting?.reject(new ContentRefused(why));
    this.waiting = null;
  }
}
