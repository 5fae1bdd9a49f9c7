import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import { Emitter } from '../../base/events.js';
import type { Chance } from '../../base/ids.js';
import type { Log } from '../../base/log.js';
import type { Metrics } from '../../base/metrics.js';
import type { Endpoint, Net } from '../../base/net.js';
import { expectOk } from '../../protocol/esl/answer.js';
import { EslClient, type EslTimes } from '../../protocol/esl/client.js';
import { Conferences, type ConferenceChange } from '../../protocol/esl/conferences.js';
import { EslAddressRefused, EslPasswordRefused } from '../../protocol/esl/errors.js';
import type { AudioServerState } from '../../rooms/audio-servers.js';

/** One FreeSWITCH. */
export interface ServerSettings {
  /** For people. */
  name: string;
  /** Its event socket. */
  esl: Endpoint;
  password: string;
  /** Where its internal profile takes calls: a host name or an address. */
  sip: { host: string; port: number };
  /** Most members of one conference there, at least 3. */
  membersPerConference: number;
  /** Conference profile of its tree: mixes at 48 kHz (the default), or at 8 kHz for half the work. */
  profile?: 'wideband' | 'narrowband';
}

/** What servers work with. */
export interface ServerTools {
  net: Net;
  clock: Clock;
  chance: Chance;
  log: Log;
  metrics: Metrics;
}

/** What a server tells. */
export interface ServerEvents {
  change: ConferenceChange;
  up: undefined;
  down: undefined;
}

/** A user part of a SIP URI and one word of a command. */
const word = /^[\w-]{1,80}$/;

/** Quick to see that a server is gone: what stands on another is to be heard within five seconds. */
const hurried: Partial<EslTimes> = { connect: 1500, quiet: 500, dead: 1500, longestPause: 5000 };

/** One FreeSWITCH: its connection, and its conferences as its events tell. */
export class Server {
  readonly on = new Emitter<ServerEvents>();
  /** Takes no new conferences. */
  draining = false;
  private readonly conferences = new Conferences();
  private readonly client: EslClient;
  private problem: string | null = 'not connected yet';
  private members = 0;

  constructor(
    readonly settings: ServerSettings,
    private readonly tools: ServerTools,
    /** There are others to go to. */
    hurry: boolean,
  ) {
    const { esl, password } = settings;
    const { net, clock, chance } = tools;
    this.client = new EslClient({ net, clock, chance, at: esl, password, ...(hurry ? { times: hurried } : {}) });
    this.client.on.on('up', ({ conferences, restarted }) => {
      this.problem = null;
      this.tools.log.info({ server: this.name, restarted }, 'FreeSWITCH is connected');
      for (const change of this.conferences.replace(conferences)) this.tell(change);
      this.gauge();
      this.on.emit('up', undefined);
    });
    this.client.on.on('event', (event) => {
      for (const change of this.conferences.apply(event)) this.tell(change);
    });
    this.client.on.on('down', ({ why, againMs }) => this.lost(why, againMs));
  }

  get name(): string {
    return this.settings.name;
  }

  get up(): boolean {
    return this.client.up;
  }

  /** Members of all its conferences, whoever called them there. */
  get load(): number {
    return this.members;
  }

  start(): void {
    this.client.start();
  }

  close(): void {
    this.client.close();
  }

  /**
   * Runs a command on a conference. Rejects with EslRefused for all but success, with EslLost, EslTimeout.
   * Words must not hold spaces or line ends.
   */
  async conference(name: string, ...words: string[]): Promise<string> {
    return expectOk(await this.client.api(['conference', name, ...words].join(' ')));
  }

  /**
   * Changes what comes from a channel by one of nine steps, -4 to 4. Rejects with EslRefused, EslLost, EslTimeout. With step 0
   * in the place of `stop` a channel would drop the next step, if that came before its next packet.
   */
  async level(uuid: string, step: number): Promise<void> {
    expectOk(await this.client.api(`uuid_audio ${uuid} ${step === 0 ? 'stop' : `start read level ${step}`}`));
  }

  /** Runs a command whose answer is data. */
  ask(text: string): Promise<string> {
    return this.client.api(text);
  }

  /** Where calls to a conference go; `entry` is a prefix of the dial plan. */
  uri(entry: 'room' | 'moderator' | 'link', conference: string): string {
    if (!word.test(conference)) throw new TypeError('a name that the dial plan does not take');
    const { host, port } = this.settings.sip;
    return `sip:${entry}-${conference}@${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  describe(): AudioServerState {
    const { address, port } = this.settings.esl;
    return {
      name: this.name,
      address: `${address}:${port}`,
      state: this.up ? (this.draining ? 'draining' : 'up') : 'down',
      problem: this.problem,
      // what one has that we do not hear of is not known
      conferences: this.up ? this.conferences.list().length : 0,
      members: this.up ? this.members : 0,
    };
  }

  private tell(change: ConferenceChange): void {
    if (change.kind === 'joined') this.members += 1;
    if (change.kind === 'left') this.members -= 1;
    if (change.kind === 'joined' || change.kind === 'left') this.gauge();
    this.on.emit('change', change);
  }

  private lost(why: Error, againMs: number): void {
    const { log, metrics } = this.tools;
    const before = this.problem;
    this.problem = messageOf(why);
    this.gauge();
    metrics.count('dualstream_freeswitch_lost_total', { server: this.name });
    const said = { server: this.name, why: this.problem, againMs };
    if (why instanceof EslPasswordRefused || why instanceof EslAddressRefused) {
      log.error(said, 'FreeSWITCH does not let us in; this has to be mended there or in our settings');
    } else if (before !== this.problem) log.warn(said, 'FreeSWITCH is not connected');
    this.on.emit('down', undefined);
  }

  private gauge(): void {
    const { metrics } = this.tools;
    metrics.gauge('dualstream_freeswitch_up', this.up ? 1 : 0, { server: this.name });
    metrics.gauge('dualstream_freeswitch_members', this.members, { server: this.name });
  }
}
