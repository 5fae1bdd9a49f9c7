import { pino } from 'pino';
import { errorSink, fileSink, type LinesLost, type LogSink } from './log-file.js';

/** Fields of a log line. Keys named in `secretKeys` are redacted. */
export type LogFields = Record<string, unknown>;

/** What the product needs of a logger. Messages are short sentences without data; data goes into fields. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Log;
}

const secretKeys = ['password', 'secret', 'token', 'pin', 'authorization', 'key', 'ha1', 'cookie'];

/**
 * Pino behind our interface, to standard error or a file, with credentials redacted at two depths. Lines that cannot be
 * written are lost and told of; throws the system's error when the file cannot be opened.
 */
export function createLog(options: { level: string; file?: string; lost?: LinesLost }): Log {
  const { level, file, lost = nothing } = options;
  const redact = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);
  const sink: LogSink = file === undefined ? errorSink(lost) : fileSink(file, lost);
  process.once('exit', () => sink.close());
  return pino({ level, base: null, redact: { paths: redact, censor: '[redacted]' } }, sink);
}

const nothing = (): void => undefined;

/** A log that keeps nothing, for tests. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silentLog };
