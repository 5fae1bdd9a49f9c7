import type { DeviceProfile } from './dialect.js';

const udpFloor = /^m=application [1-9]\d* UDP\/BFCP /i;
const anyFloor = /^m=application \d+ (UDP|TCP)\/BFCP /i;

/**
 * Kinds of devices, the first that fits counts. They are told by their descriptions: User-Agent names are changed by
 * administrators and call managers, and name only who has two streams and is not told otherwise. An entry does something
 * only where a source says that the device needs it; the others say that the standard is what they get.
 */
export const DEVICES: readonly DeviceProfile[] = [
  {
    name: 'cisco-cucm',
    title: 'Cisco CUCM in the path',
    signs: [/^o=CiscoSystemsCCM-SIP /],
    does: {},
    particular:
      'keeps places with port 0 for slides, BFCP, H.224 and IX, which our later lines use; turns an answer `c-s` into ' +
      '`c-only`, so ours has one role; control channel always unencrypted; drops BFCP behind an MTP or transcoder',
    source: 'CUCM feature configuration guide; a thread on community.cisco.com; recorded descriptions',
    fixtures: ['cisco-cucm-places'],
  },
  {
    name: 'tandberg',
    title: 'Tandberg Movi, Cisco C/SX/EX with TC software',
    signs: [/^o=tandberg /i, udpFloor, /^a=floorctrl:c-s\b/],
    not: [/^a=bfcpver:/],
    does: { silentVersion: 1 },
    particular: 'BFCP over UDP without `bfcpver`: version 1 until it says otherwise; setup passive, port 5070',
    source: 'recorded offers; such devices acknowledge with primitives 91 and 93 of the version-1 drafts',
    fixtures: ['cisco-c20-tc3', 'tandberg-movi-udp'],
  },
  {
    name: 'cisco-mcu',
    title: 'Cisco MCU, TelePresence Server behind Expressway',
    signs: [/^o=tandberg /i, anyFloor, /^a=floorctrl:s-only\b/],
    does: {},
    particular: 'offers `s-only`: we are its floor client; addresses are those of the Expressway',
    source: 'recorded offer',
    fixtures: ['cisco-mcu-expressway-udp'],
  },
  {
    name: 'cisco-webex',
    title: 'Cisco Webex cloud leg',
    signs: [/^a=rtcp-fb:\S+ ccm cisco-scr/],
    does: {},
    particular: 'main video refused while slides are alive; `c-only` with ids, which do not count',
    source: 'recorded offer',
    fixtures: ['cisco-webex-main-refused'],
  },
  {
    name: 'cisco-jabber',
    title: 'Cisco Jabber',
    signs: [/^o=Cisco-SIPUA /],
    does: {},
    particular: 'main video receive only without a camera; `sendrecv` on the BFCP line, which says nothing',
    source: 'recorded offer in a Cisco support document',
    fixtures: ['cisco-jabber-udp', 'cisco-jabber-like-active-tcp'],
  },
  {
    name: 'cisco-ce',
    title: 'Cisco CE, RoomOS',
    signs: [/^a=bfcpver:2 1\b/, /^a=answer:full/],
    does: {},
    particular: 'slides behind the BFCP line, labels 11 and 12, `bfcpver:2 1`, H.265 on the main line, IX and H.224',
    source: 'recorded offer',
    fixtures: ['cisco-ce-room-udp'],
  },
  {
    name: 'cisco-dx',
    title: 'Cisco DX and others without BFCP',
    signs: [/^o=tandberg /i],
    not: [/\/BFCP /i],
    does: {},
    particular: 'one video line; blank picture unless `max-*` is answered, which we always do',
    source: 'recorded offer',
    fixtures: ['cisco-dx80-no-bfcp'],
  },
  {
    name: 'polycom-group',
    title: 'Polycom RealPresence Group',
    signs: [/^s=MRD=MRE /],
    agent: /^PolycomRealPresenceGroup/,
    does: { floorInstead: 'TCP' },
    particular:
      'BFCP without ids, no slides line; may be set to TCP only, so a UDP line it refuses is offered over TCP',
    source: 'recorded offer; BFCP transport preference in the administrator guide of the G7500',
    fixtures: ['polycom-group-sdes'],
  },
  {
    name: 'poly-studio',
    title: 'Poly Studio X, G7500, Trio',
    signs: [/^a=fmtp:\d+ .*\bsar-supported=13\b/, anyFloor],
    agent: /^PolycomRealPresenceTrio/,
    does: { settleMs: 300, contentLine: 'early', floorInstead: 'TCP' },
    particular:
      'points at a label that is not there and has no slides line until we offer one; comes again with the same offer ' +
      '60 ms after the answer; may be set to UDP or TCP only; answers with `m-stream` and codecs that were not offered',
    source: 'recorded calls and log of a Studio X30; BFCP transport preference in the administrator guide of the G7500',
    fixtures: ['poly-studiox30-tcp', 'poly-studiox-two-bfcp-lines', 'poly-reinvite-udp'],
  },
  {
    name: 'hexmeet',
    title: 'HexMeet MCU and others of its kind',
    signs: [/^a=rtcp-fb:\S+ ccm fir tmmbr\b/i, /^a=openfec:/],
    does: {},
    particular:
      'one port for all lines without BUNDLE, `s-only`, `m-stream`, `ccm fir tmmbr` on one line; with H.265 and a codec ' +
      'of its own only, as recorded, there is nothing in common',
    source: 'recorded answer',
    fixtures: ['hexmeet-mcu-h265'],
  },
  {
    name: 'aver',
    title: 'AVer EVC',
    signs: [/^a=floorid:\d+ m-stream:/, /^a=fmtp:\d+ .*packetization-mode=0/],
    not: [/^a=fmtp:\d+ .*packetization-mode=1/],
    agent: /^AVer\b/i,
    does: {},
    particular:
      'packetization mode 0 only, no RTCP feedback: single NAL units, keyframes by INFO; one number for two codecs of ' +
      'its own; setup passive over UDP too; answers `s-only` to `s-only`, and TCP with `c-only`',
    source: 'recorded offer and answer of an EVC130; part of another answer',
    fixtures: ['aver-evc130-udp', 'aver-evc130-tcp', 'aver-like-udp', 'aver-like-sdes'],
  },
  {
    name: 'poly-hdx',
    title: 'Polycom HDX',
    signs: [
      /^a=fmtp:\d+ profile-level-id=42800d; .*\bsar=13$/,
      /^a=rtcp-fb:\* ccm fir tmmbr$/,
      /^a=rtpmap:115 G7221\/32000$/,
    ],
    not: [/packetization-mode=1/, /\bsar-supported=/],
    agent: /^Polycom ?HDX/,
    does: { floorInstead: 'TCP' },
    particular:
      'packetization mode 0 only, `ccm fir tmmbr` on one line; BFCP over TCP without ids, so a UDP line it refuses is ' +
      'offered over TCP; no slides line; leaves refused lines out of its answer',
    source: 'recorded offer and answer of an HDX 8000 with release 2.5; later releases by User-Agent',
    fixtures: ['polycom-hdx-tcp', 'polycom-hdx-one-video'],
  },
  {
    name: 'yealink',
    title: 'Yealink VC, MeetingEye',
    signs: [/^s=SDP data$/, /^o=- 2\d{4} 2\d{4} IN /, /^m=video /],
    agent: /^Yealink (VC|Meeting)/,
    does: {},
    particular:
      'BFCP without ids, no slides line in its offer, a codec of its own (`YL-FPR`); answers TCP with `c-only`, active, ' +
      'our ids repeated with `m-stream`, and the slides line on port 0; BFCP is off by default for registered SIP ' +
      'accounts: content is then in the main picture',
    source: 'recorded offer and answer of a VC400; administrator guide of the VC series; other models by User-Agent',
    fixtures: ['yealink-vc400-udp', 'yealink-vc400-tcp'],
  },
  {
    name: 'huawei-te',
    title: 'Huawei TE, Box, ViewPoint',
    signs: [/^o=huawei |^a=fmtp:34 .*\bXMAX=\d+ YMAX=\d+ MPI=/i],
    agent: /^Huawei\b/i,
    does: {},
    particular:
      'sizes of H.263 as `XMAX=… YMAX=… MPI=…`, parameters apart by blanks, `b=CT` for the call; BFCP over UDP, slides ' +
      'behind far-end camera control, labels 11 and 12; its picture requests by INFO name streams by label',
    source:
      'recorded offer of a ViewPoint 9030 without BFCP; the lines of a TE as another product writes them; an ' +
      'implementer’s notes on rg4.net',
    fixtures: ['huawei-viewpoint-no-bfcp', 'huawei-te-like-udp'],
  },
  {
    name: 'lifesize',
    title: 'Lifesize Icon',
    signs: [/^o=LifeSize /i],
    agent: /^LifeSize\b/i,
    does: {},
    particular:
      'its slides line is `m=control` with H.264 and `inactive`: kept as it is and turned on when there is content; ' +
      'BFCP over TCP, `c-only`, active, without ids; encrypts calls over TLS only',
    source: 'recorded description of an Icon 600; Icon guide',
    fixtures: ['lifesize-icon-control-line'],
  },
  {
    name: 'sony',
    title: 'Sony PCS-XG',
    signs: [/^b=CT:\d+$/, /^b=AS:64$/, /^a=rtpmap:15 G728\/8000$/, /^a=fmtp:\d+ profile-level-id=42c0/i],
    not: [/^a=(rtcp-fb|label|content):/, /packetization-mode=/],
    does: {},
    particular:
      'no BFCP where it was recorded: content in its main picture; packetization mode 0 only, no RTCP feedback: single ' +
      'NAL units, keyframes by INFO; no User-Agent',
    source: 'recorded offer and answer of a PCS-XG77',
    fixtures: ['sony-xg77-no-bfcp', 'sony-xg77-one-video'],
  },
];
