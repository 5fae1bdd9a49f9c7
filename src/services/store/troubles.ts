import { DualstreamError, messageOf } from '../../base/errors.js';
import { StoreUnavailable, type StoreTrouble } from '../../rooms/store-errors.js';

const troubles: readonly (readonly [code: RegExp, trouble: StoreTrouble, words: string])[] = [
  [/^SQLITE_(BUSY|LOCKED)/, 'busy', 'another process is writing to it'],
  [/^SQLITE_FULL/, 'full', 'the disk is full'],
  [
    /^SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|^E(ACCES|PERM|ROFS|NOENT|NOTDIR|ISDIR|EXIST)/,
    'read_only',
    'it cannot be written',
  ],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'damaged', 'it is damaged: move it away, start again and add the users again'],
  [/^ENOSPC|^EDQUOT/, 'full', 'the disk is full'],
];

/** What an error of the database or the file system means, in words for the operator. Verdicts of ours stay. */
export function troubleOf(error: unknown, file: string): DualstreamError {
  if (error instanceof DualstreamError) return error;
  const code = codeOf(error);
  const [, trouble, words] = troubles.find(([pattern]) => pattern.test(code)) ?? [
    code,
    'failed' as const,
    messageOf(error),
  ];
  return new StoreUnavailable(trouble, `the database ${file} cannot be used: ${words}`);
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string' && code !== '') return code;
  // opening fails without a code; 14 is SQLITE_CANTOPEN
  return /unable to open.*: 14\b/i.test(messageOf(error)) ? 'SQLITE_CANTOPEN' : '';
}
