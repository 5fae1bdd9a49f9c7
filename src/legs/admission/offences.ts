import { DualstreamError } from '../../base/errors.js';
import type { Offence } from './defence.js';

/** Refusals that an honest caller gets rarely, by the label of their verdict. */
const offences: Readonly<Record<string, Offence>> = {
  not_found: 'unknown_room',
  wrong_pin: 'wrong_pin',
  bad_credentials: 'wrong_password',
  refused_by_plan: 'forbidden',
  forbidden: 'forbidden',
};

/** What a caller did wrong that is refused with this error; undefined is nothing to hold against it. */
export function offenceOf(error: unknown): Offence | undefined {
  return error instanceof DualstreamError ? offences[error.verdict.label] : undefined;
}
