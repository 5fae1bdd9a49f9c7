/**
 * Pieces that the scenarios in test/journeys/sipp name by a line `@name`, so that they show only what is particular.
 * Some take words: `@ack n=2` is the ACK of CSeq 2, `@dialog back=-3` takes the branch of three steps before.
 */
const parts: Readonly<Record<string, string>> = {
  /** Headers of a request outside dialogs. */
  new: `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch{back}]
@ends
To: <sip:[room]@[remote_ip]:[remote_port]>
@rest`,
  ends: 'From: "[name]" <sip:sipp@[local_ip]:[local_port]>;tag=[pid]S[call_number]',
  rest: `Call-ID: [call_id]
Max-Forwards: {hops}
User-Agent: sipp
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>`,
  /** Headers of a request in the dialog of our call. */
  dialog: `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch{back}]
[routes]
@ends
To: <sip:[room]@[remote_ip]:[remote_port]>[peer_tag_param]
@rest`,
  /** The same of a dialog that is not there. */
  stranger: `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
@ends
To: <sip:[room]@[remote_ip]:[remote_port]>;tag=never
@rest`,
  register: `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[user]@[domain]>;tag=[pid]S[call_number]
To: <sip:[user]@[domain]>
@rest`,
  /** How a request begins whose other end is known otherwise. */
  caller: `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
@ends`,
  /** Headers of a response to the last request. */
  answer: `[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>`,
  /** An INVITE comes; what its responses need is kept. */
  invited: `  <recv request="INVITE" rrs="true">
    <action>
      <ereg regexp=".*" search_in="hdr" header="Via:" check_it="true" assign_to="via"/>
      <ereg regexp=".*" search_in="hdr" header="From:" check_it="true" assign_to="from"/>
      <ereg regexp=".*" search_in="hdr" header="To:" check_it="true" assign_to="to"/>
      <ereg regexp=".*" search_in="hdr" header="CSeq:" check_it="true" assign_to="cseq"/>
    </action>
  </recv>`,
  /** Headers of a response to that INVITE. */
  first: `@redirecting
Contact: <sip:[name]@[local_ip]:[local_port];transport=[transport]>`,
  /** The same without a Contact. */
  redirecting: `Via: [$via]
From: [$from]
To: [$to];tag=[pid]{tag}[call_number]
Call-ID: [call_id]
CSeq: [$cseq]`,
  /** Headers of a response to an INVITE that came just before, with all that proxies put into it. */
  proxied: `[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:];tag=[pid]T[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[name]@[local_ip]:[local_port];transport=[transport]>`,
  /** Headers of a request in the dialog of who was called. */
  called: `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: [$to];tag=[pid]T[call_number]
To: [$from]
@rest`,
  /** No body. */
  nothing: 'Content-Length: 0\n',
  sdp: `Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 {version} IN IP[media_ip_type] [media_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0`,
  /** A description of sound alone. */
  sound: `@sdp
m=audio [media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000`,
  /** One of sound and picture. */
  offer: `@sound
m=video [media_port+2] RTP/AVP 97
a=rtpmap:97 H264/90000
a=fmtp:97 profile-level-id=42e01f;packetization-mode=1
a=rtcp-fb:97 nack pli`,
  /** One that has floor control beside these. */
  floor: `@offer
m=application [floor] UDP/BFCP *
a=floorctrl:c-only
a=setup:actpass
a=connection:new`,
  /** That with a line for slides, as the answer to a re-INVITE that opens one. */
  slides: `@floor
m=video [media_port+4] RTP/AVP 97
a=rtpmap:97 H264/90000
a=fmtp:97 profile-level-id=42e01f;packetization-mode=1
a=content:slides`,
  /** One of a codec that nobody has. */
  novelty: `@sdp
m=audio [media_port] RTP/AVP 99
a=rtpmap:99 NOVELTY/48000`,
  /** Takes sound of an offer of everything, and refuses pictures, slides and floor control. */
  answering: `@sound
m=video 0 RTP/AVP 97
m=application 0 UDP/BFCP *
m=video 0 RTP/AVP 97`,
  /** The whole ACK of a 2xx. */
  ack: `  <send><![CDATA[
ACK [next_url] SIP/2.0
@dialog
CSeq: {n} ACK
@nothing
  ]]></send>`,
  /** Calls off the INVITE of so many steps before. */
  cancel: `  <send retrans="500"><![CDATA[
CANCEL sip:[room]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch{ack}]
@ends
To: <sip:[room]@[remote_ip]:[remote_port]>
@rest
CSeq: 1 CANCEL
@nothing
  ]]></send>`,
  /** The whole ACK of a refusal; the INVITE is three steps before this unless said otherwise. */
  refused: `  <send><![CDATA[
ACK sip:[room]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch{ack}]
@ends
[last_To:]
@rest
CSeq: {n} ACK
@nothing
  ]]></send>`,
  /** We hang up. */
  bye: `  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
@dialog
CSeq: 90 BYE
@nothing
  ]]></send>
  <recv response="200"/>`,
  /** A 200 without a body to the last request. */
  ok: `  <send><![CDATA[
SIP/2.0 200 OK
@answer
@nothing
  ]]></send>`,
};

const usual: Readonly<Record<string, string>> = { n: '1', version: '1', back: '', ack: '-3', tag: 'T', hops: '70' };

/** Puts the pieces in. */
export function withParts(text: string, words: Readonly<Record<string, string>> = usual): string {
  return text.replace(/^@([a-z]+)(.*)$/gm, (_line, name: string, rest: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`no part @${name}`);
    const given = { ...words, ...Object.fromEntries(rest.trim().split(/\s+/).flatMap(pairOf)) };
    return withParts(part, given).replace(/\{([a-z]+)\}/g, (all, key: string) => given[key] ?? all);
  });
}

function pairOf(word: string): [string, string][] {
  const [key = '', value] = word.split('=');
  return value === undefined ? [] : [[key, value]];
}
