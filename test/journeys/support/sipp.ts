import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.js';

const here = '127.0.0.1';

const scenario = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="one call until the other side hangs up">
  <send retrans="500"><![CDATA[
INVITE sip:demo@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "[name]" <sip:sipp@[local_ip]:[local_port]>;tag=[pid]S[call_number]
To: <sip:demo@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
Max-Forwards: 70
User-Agent: sipp
Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [audio] RTP/AVP 0
a=rtpmap:0 PCMU/8000
m=video [video] RTP/AVP 97
a=rtpmap:97 H264/90000
a=fmtp:97 profile-level-id=42e01f;packetization-mode=1
a=rtcp-fb:97 nack pli
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: "[name]" <sip:sipp@[local_ip]:[local_port]>;tag=[pid]S[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <recv request="BYE"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

  ]]></send>
</scenario>
`;

/** One call placed by sipp over TCP; it ends when the gateway hangs up. */
export class SippCall {
  private constructor(
    private readonly directory: string,
    private readonly child: ChildProcess,
    /** Exit code of sipp: 0 when the whole scenario went as written. */
    readonly over: Promise<number | null>,
  ) {}

  static async start(options: { name: string; to: number; audio: number; video: number }): Promise<SippCall> {
    const directory = await mkdtemp(join(tmpdir(), 'sipp-'));
    await writeFile(join(directory, 'call.xml'), scenario);
    const keys = ['-key', 'name', options.name, '-key', 'audio', String(options.audio)];
    keys.push('-key', 'video', String(options.video));
    const messages = ['-trace_msg', '-message_file', join(directory, 'messages')];
    const where = ['-i', here, '-t', 't1', '-m', '1', '-nostdin', `${here}:${options.to}`];
    const args = ['-sf', join(directory, 'call.xml'), ...keys, ...messages, ...where];
    const child = spawn('sipp', args, { stdio: 'ignore', cwd: directory });
    const over = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    return new SippCall(directory, child, over);
  }

  /** The description in the 200, once it is there. */
  answer(): Promise<string> {
    const file = join(this.directory, 'messages');
    return until('the 200 to sipp', 10_000, () => {
      const text = existsSync(file) ? readFileSync(file, 'latin1') : '';
      return /SIP\/2\.0 200 OK[\s\S]*?\r?\n\r?\n(v=0[\s\S]*?)(?:\n-{5}|$)/.exec(text)?.[1] ?? null;
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
    await this.over;
    await rm(this.directory, { recursive: true, force: true });
  }
}
