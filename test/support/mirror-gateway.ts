import { generate } from 'selfsigned';
import { systemClock } from '../../src/base/clock.js';
import { systemChance } from '../../src/base/ids.js';
import { silentLog } from '../../src/base/log.js';
import { createMetrics } from '../../src/base/metrics.js';
import { fixedTls, type TlsMaterial } from '../../src/base/tls.js';
import { systemNet } from '../../src/base/system-net.js';
import { anyPort } from '../../src/legs/bfcp-party/ports.js';
import { openBfcpParty, type BfcpParty } from '../../src/legs/bfcp-party/party.js';
import { createSignalling, type SipDialog } from '../../src/legs/sip/srf.js';
import { startEngine } from '../../src/protocol/drachtio/server.js';
import { EndpointMedia } from '../../scripts/endpoint/media.js';
import { withDefaults } from '../../scripts/endpoint/options.js';
import { CallSdp } from '../../scripts/endpoint/sdp/call-sdp.js';
import { generic } from '../../scripts/endpoint/vendors/others.js';
import type { Outcome } from '../../scripts/endpoint/sdp/outcome.js';
import { FakeFloor } from './floor-desks.js';

/** The far end of one call at a time, so that the test endpoint can be tested without the product's rooms. */
export class MirrorGateway {
  readonly floor = new FakeFloor();
  media: EndpointMedia | null = null;
  dialog: SipDialog | null = null;
  sdp: CallSdp | null = null;
  /** Offers received. */
  readonly offers: string[] = [];
  private party: BfcpParty | null = null;
  private closed = false;

  private constructor(
    readonly port: number,
    private readonly stop: () => Promise<void>,
  ) {}

  static async open(transport: 'udp' | 'tcp' | 'tls' = 'udp', bfcp: 'UDP' | 'TCP' = 'UDP'): Promise<MirrorGateway> {
    const secret = 'test';
    const engine = await startEngine({
      net: systemNet,
      clock: systemClock,
      chance: systemChance,
      log: silentLog,
      metrics: createMetrics(),
      control: { address: '127.0.0.1', port: 0, secret },
      listen: [
        {
          transport,
          address: '127.0.0.1',
          port: 0,
          ...(transport === 'tls' ? { tls: fixedTls(await certificate()) } : {}),
        },
      ],
    });
    const srf = createSignalling();
    const connected = new Promise<void>((resolve) => srf.on('connect', () => resolve()));
    srf.connect({ host: '127.0.0.1', port: engine.control.port, secret });
    await connected;
    const gateway = new MirrorGateway(engine.listening[0]!.local.port, async () => {
      srf.disconnect();
      await engine.close();
    });
    srf.invite((request, response) => {
      gateway
        .accept(request.body, bfcp)
        .then(({ answer, outcome }) =>
          srf.createUAS(request, response, { localSdp: answer }, (_error, dialog) => {
            if (dialog) gateway.established(dialog, outcome);
          }),
        )
        .catch((error: unknown) => response.send(500, String(error)));
    });
    return gateway;
  }

  get uri(): string {
    return `sip:mirror@127.0.0.1:${this.port}`;
  }

  /** Sends a re-INVITE with this description and takes the answer. */
  async reinvite(sdp: string): Promise<string> {
    const answer = await new Promise<string>((resolve, reject) => {
      this.dialog?.request({ method: 'INVITE', body: sdp }, (error, response) => {
        if (error) reject(error instanceof Error ? error : new Error('re-INVITE failed'));
        else if (response && response.status >= 200) resolve(response.body);
      });
    });
    if (this.sdp) this.media?.apply(this.sdp.answered(answer));
    return answer;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.media?.close();
    this.party?.close();
    await this.stop();
  }

  private async accept(offer: string, bfcp: 'UDP' | 'TCP'): Promise<{ answer: string; outcome: Outcome }> {
    this.offers.push(offer);
    const options = withDefaults({
      uri: '',
      name: 'Mirror',
      bind: '127.0.0.1',
      audio: 'tone:700',
      contentSize: { width: 640, height: 360 },
    });
    const media = (this.media = await EndpointMedia.open(options, () => undefined));
    const common = { clock: systemClock, chance: systemChance, log: silentLog, metrics: createMetrics() };
    const party = await openBfcpParty({ ...common, net: systemNet, bind: '127.0.0.1', ports: anyPort }, bfcp);
    this.party = party;
    const { confId, userId, floorId } = party.ids;
    const ids = [`a=confid:${confId}`, `a=userid:${userId}`, `a=floorid:${floorId} mstrm:12`];
    const ports = {
      audio: media.audio.port.port,
      video: media.main.port.port,
      content: media.content.port.port,
      bfcp: party.local.port,
    };
    const vendor = { ...generic, answer: { floor: ['a=floorctrl:s-only', ...ids] } };
    this.sdp = new CallSdp(vendor, { address: '127.0.0.1', ports, codecs: new Set(['PCMA', 'PCMU']), bfcp: null }, 9);
    const { sdp: answer, outcome } = this.sdp.answer(offer);
    party.attach(this.floor.desk(userId, 'Caller'), { name: 'Caller' });
    this.floor.join(userId, party);
    return { answer, outcome };
  }

  private established(dialog: SipDialog, outcome: Outcome): void {
    this.dialog = dialog;
    this.media?.apply(outcome);
    const { floor } = outcome;
    if (floor)
      this.party?.setRemote(floor.remote, { transport: floor.transport, setup: floor.setup, version: floor.version });
  }
}

async function certificate(): Promise<TlsMaterial> {
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', algorithm: 'sha256' });
  return { cert: pair.cert, key: pair.private };
}
