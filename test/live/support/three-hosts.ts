import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cable, Namespace } from '../../journeys/support/namespaces.js';
import { GatewayProgram } from '../../journeys/support/program.js';
import { until } from '../../journeys/support/until.js';
import { freeswitchProgram } from '../../support/freeswitch/real.js';

/** Addresses of the machines. */
export const hosts = {
  signalling: '192.0.2.10',
  media: '192.0.2.20',
  mixing: '192.0.2.30',
  caller: '192.0.2.100',
} as const;
type Host = keyof typeof hosts;

/** The chapter of the documentation that is tried. */
const chapter = /### Three hosts\n([\s\S]*?)\n##+ /.exec(readFileSync('docs/operations.md', 'utf8'))?.[1] ?? '';

/** A block of the chapter. */
function block(language: string): string {
  const text = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(chapter)?.[1];
  if (text === undefined) throw new Error(`docs/operations.md shows no ${language}`);
  return text;
}

/** What the chapter's table opens on a machine; everything else is dropped. */
function firewall(address: string): string {
  const rows = [...chapter.matchAll(/^\| (192\.\S+) \| ([\d, -]+) \| ([A-Z, ]+) \| (.+?) \|/gm)].filter(
    ([, host]) => host === address,
  );
  if (rows.length === 0) throw new Error(`docs/operations.md opens nothing on ${address}`);
  const accept = rows.flatMap(([, , ports = '', transports = '', from = '']) => {
    const dports = ports.replaceAll('-', ':').replaceAll(' ', '');
    const source = /callers|browsers|devices/.test(from) ? '192.0.2.0/24' : from.replaceAll(' ', '');
    return transports
      .toLowerCase()
      .split(', ')
      .map((protocol) => `iptables -A INPUT -p ${protocol} -s ${source} -m multiport --dports ${dports} -j ACCEPT`);
  });
  return [
    'iptables -A INPUT -i lo -j ACCEPT',
    'iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT',
    ...accept,
    'iptables -P INPUT DROP',
  ].join('\n');
}

/** Secrets of this run. */
export const secrets = { DRACHTIO_SECRET: 'of-this-run-only', FREESWITCH_ESL_PASSWORD: 'of-this-run-only-too' };

/** The drachtio-server to start, from `DRACHTIO=/path/bin/drachtio`; without one the gateway's own engine is used. */
export const drachtioProgram = process.env['DRACHTIO'] ?? '';

/**
 * signalling (gateway, drachtio-server) ─┐
 *                     media (rtpengine) ─┼─ one network ─ caller
 *                   mixing (FreeSWITCH) ─┘
 */
export class ThreeHosts {
  private said = '';

  private constructor(
    private readonly machines: Record<Host, Namespace>,
    private readonly network: Namespace,
    private readonly directory: string,
  ) {}

  static async make(directory: string): Promise<ThreeHosts> {
    const [network, ...made] = await Promise.all(
      ['network', ...Object.keys(hosts)].map((name) => Namespace.make(name)),
    );
    if (!network) throw new Error('no network');
    const machines = Object.fromEntries(Object.keys(hosts).map((name, n) => [name, made[n]])) as Record<
      Host,
      Namespace
    >;
    const all = new ThreeHosts(machines, network, directory);
    try {
      all.wire();
    } catch (error) {
      await all.close();
      throw error;
    }
    return all;
  }

  /** Words that run a command on a machine. */
  enter(host: Host): readonly string[] {
    return this.machines[host].enter;
  }

  /** What the servers printed. */
  get output(): string {
    return this.said;
  }

  async start(): Promise<GatewayProgram> {
    this.run('media', [
      ...['rtpengine', '--config-file=none', '--foreground', '--log-stderr', '--table=-1', '--num-threads=1'],
      ...[`--interface=${hosts.media}`, `--listen-ng=${hosts.media}:2223`, '--port-min=27000', '--port-max=29999'],
    ]);
    this.run('mixing', ['freeswitch-conf/start', freeswitchProgram], {
      ...{ FREESWITCH_ESL_PASSWORD: secrets.FREESWITCH_ESL_PASSWORD, FREESWITCH_ESL_ADDRESS: hosts.mixing },
      ...{ FREESWITCH_SIP_ADDRESS: hosts.mixing, FREESWITCH_GATEWAYS: `${hosts.signalling}/32` },
      FREESWITCH_VAR: join(this.directory, 'freeswitch'),
    });
    if (drachtioProgram !== '') {
      const file = join(this.directory, 'drachtio.conf.xml');
      writeFileSync(file, drachtioSettings);
      this.run('signalling', [drachtioProgram, '--file', file]);
    }
    await this.listening('mixing', 8021);
    await this.listening('signalling', drachtioProgram === '' ? null : 9022);
    const words = Object.entries(secrets).map(([name, value]) => `${name}=${value}`);
    const enter = [...this.enter('signalling'), 'env', ...words];
    return GatewayProgram.start({ directory: this.directory, yaml, args: ['--bind', hosts.signalling], enter });
  }

  /** Whether a machine can open a TCP connection to another one within a second. */
  reaches(from: Host, to: Host, port: number): boolean {
    const [program = '', ...words] = [...this.enter(from), 'bash', '-c', `exec 3<>/dev/tcp/${hosts[to]}/${port}`];
    return spawnSync(program, words, { timeout: 1000, stdio: 'ignore' }).status === 0;
  }

  async close(): Promise<void> {
    await Promise.all([...Object.values(this.machines), this.network].map((each) => each.close()));
  }

  private run(host: Host, command: string[], env: Record<string, string> = {}): void {
    const child = this.machines[host].start(command, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
    }
  }

  private async listening(host: Host, port: number | null): Promise<void> {
    if (port === null) return;
    const list = (): string => this.machines[host].configure('ss -Hltn');
    await until(
      `port ${port} at ${host}`,
      15_000,
      () => list().includes(`:${port} `) || null,
      () => this.said.slice(-2000),
    );
  }

  private wire(): void {
    const names = Object.keys(hosts) as Host[];
    for (const name of names) cable(this.machines[name], 'lan', this.network, name);
    this.network.configure(`
      ip link add lan type bridge; ip link set lan up
      for port in ${names.join(' ')}; do ip link set $port master lan; ip link set $port up; done`);
    for (const name of names) {
      this.machines[name].configure(`ip addr add ${hosts[name]}/24 dev lan; ip link set lan up`);
      if (name !== 'caller') this.machines[name].configure(firewall(hosts[name]));
    }
  }
}

const drachtioSettings = block('xml').replace('secret="..."', `secret="${secrets.DRACHTIO_SECRET}"`);

const yaml = `${drachtioProgram === '' ? block('yaml').replace(/^sip:.*$/m, '') : block('yaml')}
rooms: { permanent: [{ name: far, pin: '2468' }] }
logging: { level: info }
web: { https: null }
`;
