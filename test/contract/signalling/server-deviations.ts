import type { Deviation } from './replay.js';

/** Where a running drachtio-server differs from its own recordings, and why. */
export const serverDeviations: Record<string, Deviation[]> = {
  '16-in-dialog-info-message-etc': [
    {
      why: 'the recording ends with a retransmission of the scenario before it',
      missing: [/^SIP\/2\.0 486 /],
    },
  ],
  '22-cdr': [
    { why: 'a retransmission of the scenario before it was recorded', missing: [/^SIP\/2\.0 486 .*56d718bf/s] },
  ],
  '23-error-replies': [
    {
      why: 'the recording leaves these bytes out',
      skip: [/^\(bytes without/],
    },
  ],
};

/** Recordings that are not replayed on a running server, and why. */
export const serverExcluded: Record<string, string> = {
  '30-two-apps-round-robin': 'the server does not alternate strictly: each run is another',
};

/** Recordings that take more than half a minute: the server's timers cannot be put forward. */
export const longOnes: readonly string[] = [
  '11-uac-timeout-408',
  '11c-uac-timer-c',
  '17-app-never-answers',
  '18-no-ack',
  '20a-session-timer-uac-refresher',
  '20b-session-timer-uas-refresher',
  '20c-session-timer-from-app',
  '36-in-dialog-timeout',
];
