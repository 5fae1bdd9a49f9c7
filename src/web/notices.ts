import { ApiError, DeviceError, NoH264, NoTransport, type CallEnd, type EndCause } from './errors.js';
import type { FloorTicketSnapshot } from '../services/api/contract.js';

/** Words for the person: a key of the word table and what goes into its places. */
export interface Notice {
  word: string;
  values?: Record<string, string>;
}

/** What an error says to a person. */
export function noticeOf(error: unknown): Notice {
  if (error instanceof DeviceError) return { word: `${error.what}_${error.problem}` };
  if (error instanceof ApiError) return { word: error.code, values: { reason: error.message } };
  if (error instanceof NoH264) return { word: 'noH264' };
  if (error instanceof NoTransport) return { word: 'wssRefused' };
  return { word: 'failed', values: { reason: error instanceof Error ? error.message : String(error) } };
}

/** What the end of a call says to a person. */
export function noticeOfEnd(end: CallEnd): Notice {
  switch (end.kind) {
    case 'left':
      return { word: 'left' };
    case 'signalling-lost':
      return { word: 'signallingLost' };
    case 'media-failed':
      return { word: 'mediaFailed' };
    case 'refused':
      return refusal(end.status, end.reason);
    case 'ended':
      return ending(end.cause);
  }
}

function refusal(status: number, reason: string): Notice {
  const values = { status: String(status), reason };
  if (status === 486) return { word: 'room_full' };
  if (status === 404) return { word: 'not_found' };
  if (status === 488) return { word: 'noCommonMedia', values };
  if (status === 503) return { word: 'gatewayBusy', values };
  if (status === 403 && /lock/i.test(reason)) return { word: 'room_locked' };
  return { word: 'refused', values };
}

/** Causes of our gateway, see its BYE. */
function ending(cause: EndCause | null): Notice {
  if (!cause || (cause.protocol === 'Q.850' && cause.cause === 16)) return { word: 'roomEnded' };
  if (cause.cause === 603) return { word: 'removed' };
  if (cause.cause === 503) return { word: 'gatewayStops' };
  if (cause.cause === 102) return { word: 'noMedia' };
  if (/media engine/.test(cause.text)) return { word: 'engineLost' };
  return cause.text === '' ? { word: 'ended' } : { word: 'endedWhy', values: { reason: cause.text } };
}

/**
 * What is said when the floor was taken away: by whom, if another holds it now. Null while the room has not told yet,
 * because it still names oneself.
 */
export function floorLoss(holder: FloorTicketSnapshot | null, own: number | null): Notice | null {
  if (!holder) return { word: 'floorLostPlain' };
  return holder.who === own ? null : { word: 'floorLost', values: { name: holder.name } };
}
