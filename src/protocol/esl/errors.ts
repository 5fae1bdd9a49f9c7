import { DualstreamError, type Verdict } from '../../base/errors.js';

/** Base of what can go wrong with an event socket. */
abstract class EslError extends DualstreamError {
  constructor(
    message: string,
    private readonly label: string,
    private readonly retry = true,
  ) {
    super(message);
  }

  get verdict(): Verdict {
    const { label, retry } = this;
    return { sip: 503, h225: 'gatewayResources', bfcp: 0, http: 503, label, retry };
  }
}

/** What the server sent is no event socket's message. */
export class EslUnreadable extends EslError {
  constructor(why: string) {
    super(`the event socket sent what cannot be read: ${why}`, 'esl_unreadable');
  }
}

/** The server does not take our password. */
export class EslPasswordRefused extends EslError {
  constructor() {
    super('FreeSWITCH refused the password of its event socket', 'esl_password', false);
  }
}

/** The server's access list does not let us in. */
export class EslAddressRefused extends EslError {
  constructor() {
    super("FreeSWITCH's access list for its event socket does not have our address", 'esl_address', false);
  }
}

/** The connection is gone, and the command's outcome with it. */
export class EslLost extends EslError {
  constructor(why: string) {
    super(`the event socket is gone: ${why}`, 'esl_lost');
  }
}

/** No answer in time; one that comes later is dropped. */
export class EslTimeout extends EslError {
  constructor(ms: number) {
    super(`FreeSWITCH did not answer in ${ms} ms`, 'esl_timeout');
  }
}

/** More commands wait than may. */
export class EslBusy extends EslError {
  constructor(most: number) {
    super(`${most} commands wait for FreeSWITCH already`, 'esl_busy');
  }
}

/** A command of ours that would be two: it holds a line end. */
export class EslCommandUnsafe extends EslError {
  constructor() {
    super('a command for FreeSWITCH holds a line end', 'esl_command', false);
  }
}

/** FreeSWITCH says no. */
export class EslRefused extends EslError {
  constructor(
    /** Its words, without `-ERR`. */
    readonly words: string,
  ) {
    super(`FreeSWITCH refused: ${words}`, 'esl_refused', false);
  }
}
