import type { Deviation } from './replay.js';

const contactOnUpdate: Deviation = {
  why: 'a target refresh answer must carry Contact (RFC 3311 §5.2), and a body its type',
  headers: ['contact', 'content-type'],
};
const requireTimer: Deviation = {
  why: 'a 2xx that makes the caller refresh must require timer (RFC 4028 §9)',
  headers: ['require'],
};
const sipContact: Deviation = {
  why: 'Contact is sips only when the Request-URI was (RFC 3261 §12.1.1); many endpoints refuse it otherwise',
  headers: ['contact'],
};

/** Where this engine differs from the recorded server, and why. */
export const deviations: Record<string, Deviation[]> = {
  '12c-reinvite-glare': [
    {
      why: 'the ACK of a re-INVITE gets an id of its own also while ours is under way',
      missing: [/^\S+\|sip\|network\|\d+\|\|.*\r\nACK /],
      extra: [/^\S+\|sip\|network\|\d+\|\|.*\r\nACK /],
    },
  ],
  '12e-bye-during-app-reinvite': [
    {
      why: 'the final response of the cancelled re-INVITE is not kept from the application, which would wait for ever',
      extra: [/\r\nSIP\/2\.0 487 /, /^ACK .*CSeq: 2 ACK/s],
    },
  ],
  '12f-reinvite-with-180': [
    { why: 'a provisional response does not lose the transaction: the 200 arrives', extra: [/\r\nSIP\/2\.0 200 OK/] },
  ],
  '15-options-message-in-out': [
    {
      why: 'REFER without an application and unknown methods are refused rather than dropped',
      extra: [/^SIP\/2\.0 405 .*REFER/s, /^SIP\/2\.0 501 .*FOO/s],
    },
  ],
  '16-in-dialog-info-message-etc': [
    contactOnUpdate,
    {
      why: 'the recording ends with a retransmission of the scenario before it',
      missing: [/^SIP\/2\.0 486 .*7e7e84db/s],
    },
  ],
  '17-app-never-answers': [
    {
      why: 'a silent application is answered for: 500 after 31.5 s, 480 for INVITE after 64 s, and the repeated INVITE gets that again',
      missing: [/^\S+\|sip\|network\|442\|/, /\r\nSIP\/2\.0 100/, /^SIP\/2\.0 100/],
      extra: [/^SIP\/2\.0 500 /, /^SIP\/2\.0 480 /],
    },
  ],
  '20a-session-timer-uac-refresher': [requireTimer],
  '20b-session-timer-uas-refresher': [
    { why: 'the ACK of a 422 of ours is no business of the application', missing: [/\r\nACK .*CSeq: 2 ACK/s] },
  ],
  '21a-tls': [sipContact],
  '21b-wss': [sipContact],
  '22-cdr': [
    { why: 'a retransmission of the scenario before it was recorded', missing: [/^SIP\/2\.0 486 .*56d718bf/s] },
  ],
  '23-error-replies': [
    { why: 'the recording leaves these bytes out', skip: [/^\(bytes without/] },
    {
      why: 'nothing but authenticate is taken before authentication',
      skip: [/^m0\|route/],
      missing: [/\|response\|m0\|OK/],
    },
  ],
  '23b-oversize-client-message': [
    {
      why: 'messages of any size are taken',
      extra: [/^MESSAGE /, /\|response\|m\d+\|OK/, /\|sip\|network\|0\|udp\|\|0\|/],
    },
  ],
  '25-subscribe-notify': [{ why: 'NOTIFY carries Contact (RFC 6665 §4.2.2)', headers: ['contact'] }],
  '27-record-route-set': [
    {
      why: '100 Trying makes no dialog and needs no Record-Route',
      missing: [/^SIP\/2\.0 100/],
      extra: [/^SIP\/2\.0 100/],
    },
  ],
  '31-proxy': [
    { why: 'a request inside a dialog loses a hop like any other (RFC 3261 §16.6 step 3)', headers: ['max-forwards'] },
  ],
  '32-update-early': [contactOnUpdate],
  '34-remove-route-side-effect': [
    {
      why: 'remove_route removes the verb it names and no other',
      missing: [/^SIP\/2\.0 503/],
      extra: [/\r\nOPTIONS /, /^SIP\/2\.0 503 .*Retry-After/s],
    },
  ],
  '35-app-bad-header': [
    { why: 'the reason phrase of RFC 3261 §21.5.1', missing: [/^SIP\/2\.0 500 /], extra: [/^SIP\/2\.0 500 /] },
  ],
};

/** Recordings that are not replayed, and why. */
export const excluded: Record<string, string> = {
  '30-two-apps-round-robin': 'the recorded server did not alternate strictly; ours does (apps.test.ts)',
  '39-unauthenticated-connection': 'a connection that has not authenticated may do nothing (apps.test.ts)',
};
