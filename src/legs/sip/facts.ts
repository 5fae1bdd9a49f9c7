import { parseNameAddr } from '../../protocol/sip-values/name-addr.js';
import { isSipUri, parseSipUri } from '../../protocol/sip-values/uri.js';
import type { CallFacts } from '../admission/verdict.js';
import type { SipRequest } from './srf.js';

/** What a request says about the call it opens. */
export function factsOf(request: SipRequest, user: string | null, listener: string | null): CallFacts {
  return {
    uri: request.uri,
    alias: userOf(request.get('To') ?? ''),
    source: request.source_address,
    transport: request.protocol.toLowerCase(),
    listener,
    user,
  };
}

function userOf(to: string): string | null {
  try {
    const { uri } = parseNameAddr(to);
    const { user } = isSipUri(uri) ? parseSipUri(uri) : { user: uri.replace(/^\w+:/, '') };
    return user === null ? null : decodeURIComponent(user);
  } catch {
    // a To that cannot be read names nobody; the engine has its own opinion on it
    return null;
  }
}
