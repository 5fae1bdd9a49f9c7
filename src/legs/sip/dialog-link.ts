import { messageOf } from '../../base/errors.js';
import type { SipDialog, SipResponse } from './srf.js';

/** The final response to a request, or what stands for it. */
export interface Outcome {
  status: number;
  reason: string;
  response: SipResponse | null;
}

/** Sends a request inside a dialog and waits for its final response; 408 stands for no answer at all. */
export function ask(
  dialog: SipDialog,
  method: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = body === undefined ? { method, headers } : { method, headers, body };
    try {
      dialog.request(options, (error, response) => {
        if (error || !response)
          resolve({ status: 408, reason: error ? messageOf(error) : 'no answer', response: null });
        else if (response.status >= 200) resolve({ status: response.status, reason: response.reason, response });
      });
    } catch (error) {
      resolve({ status: 408, reason: messageOf(error), response: null });
    }
  });
}
