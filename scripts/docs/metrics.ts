import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from './sections.js';

/** Name without its prefix, labels, and what it says. */
const notes: readonly (readonly [name: string, labels: string, meaning: string])[] = [
  ['rooms', '', 'gauge: rooms that exist now'],
  ['participants', '', 'gauge: participants in all rooms'],
  ['sip_legs', '', 'gauge: SIP calls (browsers included)'],
  ['sip_transactions', '', 'gauge: transactions of the embedded engine'],
  ['sip_invites_total', '', 'calls that came in'],
  ['sip_refused_total', '`reason`', 'calls and registrations refused, by verdict (not_found, room_full, no_common_media, pin_required, ...)'],
  ['sip_legs_ended_total', '`reason`', 'left, removed, room-closed, shutdown, silent, not-admitted, failed'],
  ['h323_legs', '', 'gauge: H.323 calls'],
  ['h323_setups_total', '', 'H.323 calls that came in'],
  ['h323_refused_total', '`reason`', 'H.323 calls refused, by verdict, as for SIP'],
  ['h323_legs_ended_total', '`reason`', 'left, removed, room-closed, shutdown, silent, not-admitted, failed'],
  ['h323_quirks_total', '`quirk`', 'things that devices do by their own rules in H.245, and keys of encryption that cannot be used (`weak_dh_key`, `changed_dh_group`, `media_key_*`)'],
  ['freeswitch_up', '`server`', 'gauge: whether the event socket of a FreeSWITCH server is connected'],
  ['freeswitch_members', '`server`', 'gauge: members of all conferences of that server, those of others included'],
  ['freeswitch_lost_total', '`server`', 'times its event socket was lost, or could not be had'],
  ['freeswitch_moved_total', '`from`', 'conferences that went on on another server'],
  ['recordings_total', '', 'recordings of rooms that began'],
  ['transcodes', '', 'gauge: pictures that are encoded anew (`media.transcode`)'],
  ['transcodes_displaced_total', '', 'pictures whose encoder had to give its place to content, or to one that is needed'],
  ['low_pictures_total', '`to`', 'times a receiver went over to the low encoding of a picture (`low`), or to the full one (`full`)'],
  ['lobby_callers', '', 'gauge: callers who are being asked for a room or its PIN'],
  ['pin_prompts_total', '`outcome`', 'callers who were asked: admitted, refused, gone'],
  ['dialplan_reloads_total', '`outcome`', 'times the dial plan was read again: taken, refused'],
  ['sip_glare_total', '', 're-INVITEs that crossed'],
  ['sip_sound_offers_total', '`outcome`', 'SIP ends that were asked by re-INVITE to change the codec of their sound: `taken`, `other` (they answered with another one), `refused`'],
  ['sip_too_long_total', '', 'messages longer than a drachtio-server takes; they were not sent'],
  ['sip_requests_total', '`method`', 'requests received'],
  ['sip_malformed_total', '`transport`', 'messages that could not be read'],
  ['sip_connections', '', 'gauge: connections that were accepted and are open, WebSockets included'],
  [
    'sip_connections_refused_total',
    '`reason`',
    'connections beyond `sip.limits`: in `total`, or from one `source`',
  ],
  [
    'sip_streams_dropped_total',
    '`reason`',
    'connections we ended: junk (HTTP, TLS, no SIP at all), framing, too_long, unfinished, silent, idle, slow_reader, no_pong',
  ],
  [
    'sip_tls_faults_total',
    '`side`, `fault`',
    'TLS that failed, by who called (accepted, connected): expired, not_yet_valid, wrong_host, unknown_ca, self_signed, no_certificate, bad_certificate, protocol, cipher, not_tls, timeout, closed, other',
  ],
  ['h323_signalled_calls', '', 'gauge: calls of H.323 call signalling, connecting ones included'],
  [
    'h323_signalled_calls_ended_total',
    '`role`, `state`, `by`',
    'of these, those that ended: what we were (caller, callee), how far they were (connecting, initiated, present, proceeding, alerting, active), by whom (us, peer, timer, connection)',
  ],
  ['h323_connections', '', 'gauge: accepted connections of H.323 call signalling'],
  ['h323_connections_refused_total', '`reason`', 'connections of H.323 beyond the bounds: in `total`, or from one `source`'],
  [
    'h323_connections_dropped_total',
    '`reason`',
    'connections of H.323 that we ended: framing (no TPKT), junk, partial, slow_reader, silent (no Setup), idle, flood (too many messages)',
  ],
  [
    'h323_signalling_events_total',
    '`event`',
    'what is seldom in call signalling: `fault_*` (messages that could not be read), `status_*` (answered so, by cause), `status_heard_*`, `timer_*` (ran out), `refused_*` (Setups, by reason), `unencodable_*`, stray_message, unexpected_message, duplicate_setup, rerouted, h245_glare, h245_unreachable, h245_no_port, h245_overflow, tunnelled_ignored, connect_back_failed',
  ],
  ['sip_handshakes_failed_total', '`reason`', 'WebSocket handshakes without TLS that failed'],
  ['sip_overload_total', '', 'requests refused because too many were open'],
  ['sip_internal_errors_total', '', 'faults of ours while handling a message'],
  ['sip_stray_responses_total', '', 'responses to nothing we asked'],
  ['sip_stray_acks_total', '', 'ACKs of no call'],
  ['sip_responses_lost_total', '', 'responses that could not be sent'],
  ['sip_unreachable_total', '', 'requests inside a call that could not be sent'],
  ['sip_long_requests_total', '`transport`', 'requests longer than `sip.udpMtu`, by what carried them: tcp, or udp where TCP was refused'],
  ['sip_unanswered_requests_total', '`method`', 'requests the application did not answer in time'],
  ['h323_registrations', '', 'gauge: devices registered with the gatekeeper of ours'],
  ['h323_ras_messages_total', '`direction`, `message`', 'messages of RAS, by what they are'],
  ['h323_neighbour_questions_total', '`neighbour`, `outcome`', 'neighbours that were asked where somebody is (LRQ): found, unknown, silent'],
  [
    'h323_ras_refused_total',
    '`request`, `reason`',
    'requests of RAS that were refused, ours and of devices, by the reason in the answer; `silence` without one',
  ],
  [
    'h323_ras_dropped_total',
    '`reason`',
    'datagrams of RAS that came to nothing: malformed, oversize, flood, unheard (of a source in quarantine), stray (nobody asked), unproved (no or a wrong password), busy, repeated (answered as before)',
  ],
  ['dialled_calls_total', '', 'calls that rooms made'],
  ['dialled_calls_answered_total', '', 'of these, those that were answered'],
  ['dialled_calls_failed_total', '`status`', 'of these, those that were not'],
  ['sip_referrals_total', '', 'REFER requests of users that were honoured'],
  ['forwarded_calls_total', '`trunk`', 'callers sent on through a trunk'],
  ['trunk_server_up', '`trunk`, `server`', 'gauge: 0 while a server of a trunk is down'],
  ['trunk_registered', '`trunk`', 'gauge: 1 while we are registered'],
  ['trunk_calls', '`trunk`', 'gauge: calls that go out through it now'],
  ['trunk_failovers_total', '`trunk`', 'calls tried at the next server'],
  ['sip_tunnels', '', 'gauge: WebSockets of browsers carried to a drachtio-server'],
  ['sip_tunnel_failures_total', '', 'of these, those that could not be opened'],
  ['sip_auth_total', '`result`', 'credentials looked for: anonymous, proved, stale, wrong, replayed, other_uri, malformed'],
  ['sip_registers_total', '`result`', 'registrations asked for: done, queried, challenged, or why not'],
  ['sip_bindings', '', 'gauge: registered devices'],
  ['calls_recorded', '', 'gauge: calls whose messages are kept, live ones included'],
  ['sip_bindings_displaced_total', '', 'bindings that gave way to a newer one of their user'],
  ['sip_bindings_lost_total', '', 'registered devices that did not answer any more'],
  ['store_failures_total', '`reason`', 'what could not be written: store_full, store_read_only, store_busy, store_damaged, ...'],
  ['store_unsaved', '', 'gauge: registrations that are in memory only'],
  [
    'defence_offences_total',
    '`offence`',
    'what sources did wrong: wrong_password, wrong_pin, unknown_room, unknown_user, forbidden, malformed, flood, scanner',
  ],
  ['defence_dropped_total', '`reason`', 'requests dropped without an answer: quarantine, scanner, budget'],
  ['defence_quarantines_total', '`offence`', 'sources that are not heard any more for a while'],
  ['defence_quarantined', '', 'gauge: sources that are not heard now'],
  ['overload_total', '`reason`', 'calls sent away with 503: calls, starts, busy'],
  ['sip_registered_total', '', 'registrations of ours elsewhere'],
  ['sip_udp_errors_total', '', 'socket errors'],
  ['drachtio_framing_errors_total', '', 'broken messages on the application wire'],
  ['early_sound_lost_total', '', "calls whose caller could not be given the far end's sound before the answer, for a fault"],
  ['keys_lost_total', '', 'keys (DTMF) that could not be passed on to the other side of a call'],
  ['srtp_keys_in_clear_total', '', 'calls whose SRTP keys came over unencrypted signalling'],
  ['conference_subscriptions', '', 'gauge: devices that are told the roster of their room'],
  ['conference_refused_total', '`reason`', 'subscriptions refused'],
  ['joins_refused_total', '`reason`', 'browsers not let in (pin_required, wrong_pin)'],
  ['media_repairs_total', '`way`', 'packets against loss: `resent`, `protection` (forward error correction sent), `recovered` by that of the source'],
  ['media_dropped_total', '`reason`', 'RTP and RTCP not used: stranger, early, malformed, unknown payload type, plain or undecipherable beside a key (`cipher_*`), ...'],
  ['native_module', '`module`', 'whether a native module is used (1), or portable code in its place (0)'],
  ['content_refused_total', '', 'devices that refused a content line'],
  ['bfcp_events_total', '`transport`, `event`', 'floor control: channels lost and back, faults, strangers, retransmissions given up, quirks, ...'],
  ['mixer_frames_total', '`what`', 'audio frames concealed, late, skipped, ...'],
  ['mixer_lost_total', '', 'the mixer thread ended by itself'],
  ['audio_ghosts_total', '', 'audio members that could not be taken out after a failed join'],
  ['room_failures_total', '`what`', 'what a leg or the audio bridge did not do in time'],
  ['child_starts_total', '`name`', 'starts of rtpengine and the demo room system'],
  ['child_pings_lost_total', '`name`', 'pings a child did not answer'],
  ['certificate_ends_seconds', '`certificate`', 'gauge: when a certificate of ours expires, Unix time'],
  ['file_reloads_total', '`result`', 'changed certificate files: taken, or refused (the old ones stay)'],
  ['http_requests_total', '`status`', 'HTTP requests answered'],
  ['websockets_refused_total', '`status`', 'upgrades refused, by HTTP status or `token`'],
  ['events_dropped_total', '', 'event readers that were too slow'],
  ['listener_errors_total', '`event`', 'faults of ours in an event handler'],
];

const used = /\.(?:count|gauge)\(\s*'dualstream_(\w+)'/g;

/** Names of every metric that the product counts, without their prefix, sorted. */
export function countedNames(root: string): string[] {
  const folder = join(root, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const names = files.flatMap((file) =>
    [...readFileSync(join(folder, file), 'utf8').matchAll(used)].map(([, name = '']) => name),
  );
  return [...new Set(names)].sort();
}

/** Metrics without a note here, and notes without a metric. */
export function undescribedMetrics(root: string): string[] {
  const counted = countedNames(root);
  const noted = notes.map(([name]) => name);
  return [...counted.filter((name) => !noted.includes(name)), ...noted.filter((name) => !counted.includes(name))];
}

/** The metrics that there are as a Markdown table. */
export function metricsTable(root: string): string {
  const counted = countedNames(root);
  const rows = notes
    .filter(([name]) => counted.includes(name))
    .map(([name, labels, meaning]) => [`\`dualstream_${name}\``, labels, meaning]);
  return table(['metric', 'labels', 'meaning'], rows);
}
