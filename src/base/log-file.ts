import { closeSync, mkdirSync, openSync, write, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from './errors.js';

/** Where lines go that cannot be written at once, characters; what is more is lost. */
const mostWaiting = 1 << 20;

/** Lines of a log on their way out. A full or broken disk costs lines, never the process. */
export interface LogSink {
  write(line: string): void;
  /** Writes what waits, as far as that goes, and ends. */
  close(): void;
}

/** Told of lines that were lost, and why. */
export type LinesLost = (lines: number, why: string) => void;

/** Standard error: at once, so that the last words of a process are there. */
export function errorSink(lost: LinesLost): LogSink {
  return {
    write(line) {
      try {
        writeSync(2, line);
      } catch (error) {
        lost(1, messageOf(error));
      }
    },
    close: () => undefined,
  };
}

/**
 * Appends to a file, one write at a time; directories are made. Throws the system's error when it cannot be opened.
 */
export function fileSink(path: string, lost: LinesLost): LogSink {
  mkdirSync(dirname(path), { recursive: true });
  return new FileSink(openSync(path, 'a'), lost);
}

class FileSink implements LogSink {
  private waiting: string[] = [];
  private size = 0;
  /** Being written. */
  private current = Buffer.alloc(0);
  private closed = false;

  constructor(
    private readonly fd: number,
    private readonly lost: LinesLost,
  ) {}

  write(line: string): void {
    if (this.closed) return;
    if (this.size + line.length > mostWaiting) return this.lost(1, 'the disk is too slow');
    this.waiting.push(line);
    this.size += line.length;
    if (this.current.length === 0) this.next();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    try {
      const rest = Buffer.concat([this.current, Buffer.from(this.waiting.join(''))]);
      for (let done = 0; done < rest.length;) done += writeSync(this.fd, rest, done);
      closeSync(this.fd);
    } catch (error) {
      this.lost(linesIn(this.current) + this.waiting.length, messageOf(error));
    }
  }

  private next(): void {
    if (this.waiting.length === 0) return;
    this.current = Buffer.from(this.waiting.join(''));
    this.waiting = [];
    this.size = 0;
    this.put();
  }

  private put(): void {
    write(this.fd, this.current, (error, written) => {
      if (this.closed) return;
      if (error) {
        this.lost(linesIn(this.current), messageOf(error));
        this.current = Buffer.alloc(0);
      } else this.current = this.current.subarray(written);
      if (this.current.length > 0) this.put();
      else this.next();
    });
  }
}

function linesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}
