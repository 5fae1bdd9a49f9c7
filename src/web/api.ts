import type { ErrorAnswer } from '../services/api/contract.js';
import { ApiError } from './errors.js';

/** How one REST call is sent. */
export interface ApiOptions {
  token?: string;
  /** Goes out even when the page is being closed. */
  keepalive?: boolean;
}

/** One REST call; throws ApiError. */
export async function api<T>(method: string, path: string, body?: unknown, options: ApiOptions = {}): Promise<T> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      keepalive: options.keepalive ?? false,
    });
  } catch {
    throw new ApiError('unreachable', 'the gateway does not answer', true);
  }
  const text = await response.text();
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
  throw refusal(response.status, text);
}

function refusal(status: number, text: string): ApiError {
  try {
    const answer = JSON.parse(text) as ErrorAnswer;
    return new ApiError(answer.error, answer.message, answer.retry);
  } catch {
    return new ApiError('internal', `the gateway answered ${status}`, status >= 500);
  }
}
