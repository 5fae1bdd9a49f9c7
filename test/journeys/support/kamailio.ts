import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stillHeld } from './processes.js';
import { until } from './until.js';

const here = '127.0.0.1';

/** What a proxy leads where. */
export interface ProxyOptions {
  port: number;
  /** Where calls go, unless their user part is one of `users`. */
  to: number;
  /** Ports of users behind it. */
  users: Readonly<Record<string, number>>;
}

/** A kamailio that stays on the way of every call (Record-Route), over UDP and TCP. */
export class Kamailio {
  private output = '';

  private constructor(
    private readonly directory: string,
    private readonly child: ChildProcess,
    private readonly over: Promise<void>,
  ) {}

  static async start(options: ProxyOptions): Promise<Kamailio> {
    const directory = await mkdtemp(join(tmpdir(), 'kamailio-'));
    await writeFile(join(directory, 'k.cfg'), configuration(options));
    const words = ['-DD', '-E', '-f', join(directory, 'k.cfg'), '-Y', directory, '-m', '16', '-M', '4'];
    const child = spawn('/usr/sbin/kamailio', words, { stdio: ['ignore', 'pipe', 'pipe'], cwd: directory });
    const over = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const proxy = new Kamailio(directory, child, over);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (proxy.output += data.toString()));
    const ports = (['udp', 'tcp'] as const).map((protocol) => ({ protocol, port: options.port }));
    await until(
      'kamailio to listen',
      15_000,
      () => stillHeld(ports).length >= 2 || null,
      () => proxy.output,
    );
    return proxy;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    const hard = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await this.over;
    clearTimeout(hard);
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Where this machine's Debian keeps the modules. */
function modules(): string {
  const found = readdirSync('/usr/lib').find((name) => name.endsWith('-linux-gnu')) ?? '';
  return `/usr/lib/${found}/kamailio/modules/`;
}

function configuration({ port, to, users }: ProxyOptions): string {
  const ways = Object.entries(users).map(([user, at]) => `  if ($rU == "${user}") { $du = "sip:${here}:${at}"; }`);
  return `#!KAMAILIO
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen=udp:${here}:${port}
listen=tcp:${here}:${port}
mpath="${modules()}"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "maxfwd.so"
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK") && t_check_trans()) { t_relay(); exit; }
    sl_send_reply("404", "Not Here");
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    exit;
  }
  t_check_trans();
  # what the gateway sends names this proxy in a Route
  loose_route();
  record_route();
  $du = "sip:${here}:${to}";
${ways.join('\n')}
  t_relay();
}
`;
}
