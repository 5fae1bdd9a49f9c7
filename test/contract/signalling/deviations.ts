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
      why: 'REFER without Refer-To and unknown methods are refused rather than dropped',
      extra: [/^SIP\/2\.0 400 .*REFER/s, /^SIP\/2\.0 501 .*FOO/s],
    },
    {
      why: 'a method that no application routes is not allowed (RFC 3261 §8.2.1); 503 would tell proxies that the server is down',
      missing: [/^SIP\/2\.0 503 .*CSeq: 1 (INFO|SUBSCRIBE|PUBLISH)/s],
      extra: [/^SIP\/2\.0 405 .*CSeq: 1 (INFO|SUBSCRIBE|PUBLISH)/s],
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
    {
      why: 'another request than INVITE gets 100 by UDP after 3.5 s (RFC 4320 §4.1)',
      extra: [/^SIP\/2\.0 100 .*CSeq: 1 OPTIONS/s],
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
  '28-app-disconnect': [
    {
      why: 'dialogs wait for their application: 481 would end them for the peer',
      missing: [/^SIP\/2\.0 481 .*CSeq: \d+ (INFO|INVITE)/s],
      extra: [/^SIP\/2\.0 500 .*CSeq: \d+ (INFO|INVITE).*Retry-After/s],
    },
  ],
  '31-proxy': [
    { why: 'a request inside a dialog loses a hop like any other (RFC 3261 §16.6 step 3)', headers: ['max-forwards'] },
  ],
  '30-two-apps-round-robin': [
    {
      why: 'the applications take strict turns: the third request goes to the first again',
      moved: [
        { message: /880d2d25@lab/, connection: '1' },
        { message: /cbdd35cb@lab/, connection: '2' },
      ],
    },
  ],
  '32-update-early': [contactOnUpdate],
  '34-remove-route-side-effect': [
    {
      why: 'remove_route removes the verb it names and no other',
      missing: [/^SIP\/2\.0 503/],
      extra: [/\r\nOPTIONS /, /^SIP\/2\.0 503 .*Retry-After/s],
    },
  ],
  '39-unauthenticated-connection': [
    {
      why: 'a connection that has not authenticated can do nothing, and is closed',
      skip: [/^u[23]\|/, /^SIP\/2\.0 200 .*5ebb0416/s],
      missing: [/\|response\|u\d\|OK/, /\r\nOPTIONS /, /^OPTIONS sip:bob/, /\r\nSIP\/2\.0 200 /],
      extra: [/\|response\|u1\|NO\|not authenticated/, /^SIP\/2\.0 503 /],
    },
  ],
  '35-app-bad-header': [
    { why: 'the reason phrase of RFC 3261 §21.5.1', missing: [/^SIP\/2\.0 500 /], extra: [/^SIP\/2\.0 500 /] },
  ],
};
