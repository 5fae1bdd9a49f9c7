import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { FarGuest, skipWithoutFarGuest } from '../journeys/support/far-guest.js';
import { note } from '../journeys/support/note.js';
import { until } from '../journeys/support/until.js';

/** Has a page offer FEC and no NACK: with NACK, browsers add no FEC to H.264 of their own. Runs in the page. */
function fecInsteadOfNack(): void {
  const set = RTCRtpTransceiver.prototype.setCodecPreferences;
  RTCRtpTransceiver.prototype.setCodecPreferences = function (codecs): void {
    const wanted = [...codecs];
    const all = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
    const picture = wanted.some(({ mimeType }) => mimeType.startsWith('video/'));
    const fec = all.filter(({ mimeType }) => /\/(red|ulpfec)$/i.test(mimeType));
    set.call(this, [...wanted.filter(({ mimeType }) => !mimeType.endsWith('/rtx')), ...(picture ? fec : [])]);
  };
  const describe = RTCPeerConnection.prototype.setLocalDescription;
  RTCPeerConnection.prototype.setLocalDescription = function (given?: RTCLocalSessionDescriptionInit): Promise<void> {
    const sdp = given?.sdp?.replace(/a=rtcp-fb:\d+ (nack|transport-cc)\r\n/g, '');
    const changed = given?.type && sdp !== undefined ? { type: given.type, sdp } : given;
    return Reflect.apply(describe, this, [changed]) as Promise<void>;
  };
}

/** A browser's own FEC, and its reading of ours, through rtpengine. */
describe('a browser that sends nothing again, at 5 % loss', function () {
  this.timeout(90_000);
  const far = new FarGuest();

  before(async function () {
    skipWithoutFarGuest(this);
    await far.begin({ tone: 1000, colleague: ['--quiet'] });
    await far.wanda.page.addInitScript(fecInsteadOfNack);
    await far.enter();
  });

  after(() => far.close());

  /** Of `dualstream_media_repairs_total`. */
  function repairs(way: string): number {
    const [program = '', ...words] = far.sites.gateway.enter;
    const read = "fetch('http://localhost:8080/metrics').then(async (answer) => console.log(await answer.text()))";
    const text = execFileSync(program, [...words, process.execPath, '-e', read], { encoding: 'utf8' });
    return Number(new RegExp(`^dualstream_media_repairs_total\\{way="${way}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  }

  it('has what it lost brought back by its own FEC, and reads what is wrapped for it', async () => {
    await until(
      'a picture on the page',
      15_000,
      async () => ((await far.wanda.figures())?.main.framesDecoded ?? 0) > 5 || null,
    );
    far.sites.home.configure('iptables -I FORWARD -p udp -m statistic --mode random --probability 0.05 -j DROP');
    await until('packets of the browser to be recovered', 60_000, () => repairs('recovered') > 3 || null);
    await until('FEC towards the browser', 30_000, () => repairs('protection') > 20 || null);
    const before = (await far.wanda.figures())!.main.framesDecoded;
    await until(
      'more pictures',
      15_000,
      async () => (await far.wanda.figures())!.main.framesDecoded > before + 10 || null,
    );
    note(`${repairs('recovered')} recovered, ${repairs('protection')} FEC packets sent, ${repairs('resent')} resent`);
    assert.equal(repairs('resent'), 0);
  });
});
