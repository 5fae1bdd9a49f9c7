import { DualstreamError, type Verdict } from '../../base/errors.js';

/** Base of what an audio conference on FreeSWITCH cannot do. */
abstract class BridgeRefusal extends DualstreamError {
  constructor(
    message: string,
    private readonly label: string,
    private readonly http: number,
    private readonly retry: boolean,
  ) {
    super(message);
  }

  get verdict(): Verdict {
    const { label, http, retry } = this;
    return { sip: http === 503 ? 503 : 500, h225: 'gatewayResources', bfcp: 0, http, label, retry };
  }
}

/** No FreeSWITCH server takes conferences at the moment. */
export class NoServer extends BridgeRefusal {
  constructor() {
    super('no FreeSWITCH server takes audio conferences at the moment', 'no_audio_server', 503, true);
  }
}

/** The conference, or its member, is not there any more, or cannot do this as it stands. */
export class NotInConference extends BridgeRefusal {
  constructor(why: string) {
    super(why, 'not_in_conference', 409, false);
  }
}

/** What was asked for cannot be said to FreeSWITCH, or is out of range. */
export class NotPossible extends BridgeRefusal {
  constructor(why: string) {
    super(why, 'audio_refused', 422, false);
  }
}
