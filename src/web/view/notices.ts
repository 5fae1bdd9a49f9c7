import { ApiError } from '../api';
import type { Notice } from '../meeting';

/** What a failed REST call says to a person. */
export function noticeOfApi(error: unknown): Notice {
  if (error instanceof ApiError) return { word: error.code, values: { reason: error.message } };
  return { word: 'failed', values: { reason: error instanceof Error ? error.message : String(error) } };
}
