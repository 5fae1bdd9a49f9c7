/** What went wrong with a device, by cause, for the words on the page. */
export type DeviceProblem = 'insecure' | 'denied' | 'none-found' | 'in-use' | 'unsupported' | 'other';

/** A camera or microphone, or a screen to share, could not be opened. */
export class DeviceError extends Error {
  constructor(
    readonly problem: DeviceProblem,
    readonly what: 'device' | 'screen' = 'device',
  ) {
    super(`${what}: ${problem}`);
  }
}

/** A refusal of the gateway, or no answer at all (`code` is then `unreachable`). */
export class ApiError extends Error {
  constructor(
    /** `error` of the answer, see ErrorAnswer. */
    readonly code: string,
    message: string,
    readonly retry: boolean,
  ) {
    super(message);
  }
}

/** This browser cannot send or receive H.264. */
export class NoH264 extends Error {}

/** The WebSocket for signalling could not be opened. */
export class NoTransport extends Error {}

/** What a Reason header says (RFC 3326). */
export interface EndCause {
  protocol: string;
  cause: number;
  text: string;
}

/** Why a call did not come about or ended. */
export type CallEnd =
  | { kind: 'left' }
  | { kind: 'ended'; cause: EndCause | null }
  | { kind: 'refused'; status: number; reason: string }
  | { kind: 'signalling-lost' }
  | { kind: 'media-failed' };

/** Reads a Reason header; null when there is none or it says nothing. */
export function causeOf(header: string | undefined): EndCause | null {
  const [protocol = '', ...parameters] = (header ?? '')
    .split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((part) => part.trim());
  const value = (name: string): string =>
    parameters.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const cause = Number.parseInt(value('cause'), 10);
  if (protocol === '' || !Number.isFinite(cause)) return null;
  const text = value('text')
    .replace(/^"(.*)"$/, '$1')
    .replace(/\\(.)/g, '$1');
  return { protocol: protocol.toUpperCase(), cause, text };
}
