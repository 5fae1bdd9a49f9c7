import { MalformedSip } from '../sip-values/errors.js';
import { isSipUri, parseSipUri } from '../sip-values/uri.js';

/** What an application asks of a proxied request. */
export interface ProxyOptions {
  /** Stay on the way of the dialog: Record-Route. */
  remain: boolean;
  /** Every final response is reported. */
  fullResponse: boolean;
  followRedirects: boolean;
  /** All destinations at the same time rather than one after the other. */
  simultaneous: boolean;
  /** Time for a first response of a destination, milliseconds; null: as long as the transaction waits. */
  provisionalMs: number | null;
  /** Time for its final response, milliseconds. */
  finalMs: number | null;
  /** Where to, at most as many as may be tried. */
  destinations: string[];
}

/** Destinations one request may be sent to, redirects included. */
export const maxDestinations = 30;

/**
 * Reads the tokens after the transaction id: remainInDialog, fullResponse, followRedirects, simultaneous or serial, time
 * for a provisional and for a final response (`2s`, `1500ms`), destinations. Other times count as none, and destinations
 * that are no SIP URI are left out.
 */
export function readProxyOptions(tokens: readonly string[]): ProxyOptions {
  const [remain, fullResponse, followRedirects, order, provisional, final, ...rest] = tokens;
  return {
    remain: remain === 'remainInDialog',
    fullResponse: fullResponse === 'fullResponse',
    followRedirects: followRedirects === 'followRedirects',
    simultaneous: order === 'simultaneous',
    provisionalMs: millisecondsOf(provisional ?? ''),
    finalMs: millisecondsOf(final ?? ''),
    destinations: unique(rest.map((each) => each.trim()).filter(isDestination)),
  };
}

/** At most as many as may be tried, each once (RFC 3261 §16.5). */
export function unique(uris: readonly string[]): string[] {
  return [...new Set(uris)].slice(0, maxDestinations);
}

/** Whether a request can be sent to this URI. */
export function isDestination(uri: string): boolean {
  if (!isSipUri(uri)) return false;
  try {
    parseSipUri(uri);
    return true;
  } catch (error) {
    if (error instanceof MalformedSip) return false;
    throw error;
  }
}

function millisecondsOf(text: string): number | null {
  const match = /^(\d{1,7})(ms|s)$/.exec(text);
  if (!match) return null;
  const ms = Number(match[1]) * (match[2] === 's' ? 1000 : 1);
  return ms > 0 ? ms : null;
}
