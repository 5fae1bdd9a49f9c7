import type { Clock } from '../../base/clock.js';
import type { Chance } from '../../base/ids.js';
import { messageOf } from '../../base/errors.js';
import { DigestAnswers, type Credentials } from './outgoing-digest.js';
import type { RequestOptions, SentRequest, Signalling, SipResponse } from './srf.js';

/** What became of a request. Status 0: it could not be sent. */
export interface Answered {
  status: number;
  reason: string;
  response: SipResponse | null;
  sent: SentRequest | null;
}

/** Sends a request outside a dialog and waits for its final response; 408 stands for none within `ms`. */
export function askOutside(
  signalling: Signalling,
  clock: Clock,
  ms: number,
  uri: string,
  options: RequestOptions,
): Promise<Answered> {
  return new Promise((resolve) => {
    const end = (status: number, reason: string, response: SipResponse | null, sent: SentRequest | null): void => {
      deadline.cancel();
      resolve({ status, reason, response, sent });
    };
    const deadline = clock.after(ms, () => end(408, 'no answer', null, null));
    try {
      signalling.request(uri, { ...options, headers: { ...options.headers } }, (error, sent) => {
        if (error || !sent) return end(0, error ? messageOf(error) : 'not sent', null, null);
        sent.on('response', (response) => {
          if (response.status >= 200) end(response.status, response.reason, response, sent);
        });
      });
    } catch (error) {
      end(0, messageOf(error), null, null);
    }
  });
}

/** The same with credentials where the far end asks for them: the same request with the next CSeq. */
export async function askKnown(
  tools: { signalling: Signalling; clock: Clock; chance: Chance },
  ms: number,
  credentials: Credentials | null,
  uri: string,
  options: RequestOptions,
): Promise<Answered> {
  const digest = new DigestAnswers(credentials, tools.chance);
  let headers = { ...options.headers };
  for (;;) {
    const answer = await askOutside(tools.signalling, tools.clock, ms, uri, { ...options, headers });
    const { status, response, sent } = answer;
    if ((status !== 401 && status !== 407) || !response || !sent) return answer;
    const authorization = digest.answer(response, { method: options.method, uri, body: options.body ?? '' });
    if (!authorization) return answer;
    const cseq = Number.parseInt(sent.get('CSeq') ?? '', 10);
    headers = { ...headers, ...authorization, ...continued(sent), CSeq: `${cseq + 1} ${options.method}` };
  }
}

/** Headers by which a request is the same as before. */
export function continued(sent: SentRequest): Record<string, string> {
  return { 'Call-ID': sent.get('Call-ID') ?? '', From: sent.get('From') ?? '' };
}
