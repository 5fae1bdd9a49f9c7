import { DualstreamError, type Verdict } from '../base/errors.js';

/** What is wrong with a store. */
export type StoreTrouble = 'busy' | 'full' | 'read_only' | 'damaged' | 'newer' | 'missing' | 'failed';

/** The store cannot be read or written now. */
export class StoreUnavailable extends DualstreamError {
  readonly verdict: Verdict;

  constructor(
    readonly trouble: StoreTrouble,
    message: string,
  ) {
    super(message);
    this.verdict = { sip: 503, h225: 'gatewayResources', bfcp: 0, http: 503, label: `store_${trouble}`, retry: true };
  }
}

/** A user is to get a name or alias that another one has. */
export class NameTaken extends DualstreamError {
  readonly verdict: Verdict = {
    sip: 403,
    h225: 'noPermission',
    bfcp: 0,
    http: 409,
    label: 'name_taken',
    retry: false,
  };
  constructor(name: string) {
    super(`the name ${name} belongs to another user`);
  }
}
