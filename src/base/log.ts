import { pino } from 'pino';

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

/** Pino behind our interface, to standard error or a file, with credentials redacted at two depths. */
export function createLog(options: { level: string; file?: string }): Log {
  const redact = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);
  const destination = pino.destination({ dest: options.file ?? 2, sync: options.file === undefined, mkdir: true });
  return pino({ level: options.level, base: null, redact: { paths: redact, censor: '[redacted]' } }, destination);
}

const nothing = (): void => undefined;

/** A log that keeps nothing, for tests. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silentLog };
