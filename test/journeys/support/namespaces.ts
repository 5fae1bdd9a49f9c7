import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';

/** Words that enter a new network namespace as whoever we are. */
const newNamespace = ['unshare', '-n'];

/** Why networks of namespaces cannot be made here, or null. `nat` asks for address translation as well. */
export function namespacesImpossible(options: { nat: boolean }): string | null {
  const dummy = 'ip link set lo up && ip link add v0 type veth peer name v1';
  const translation = 'iptables -t nat -A POSTROUTING -o v0 -j MASQUERADE --random-fully';
  const probe = options.nat ? `${dummy} && ${translation}` : dummy;
  const { status, stderr, error } = spawnSync('unshare', ['-n', 'sh', '-c', probe], { encoding: 'utf8' });
  if (error) return `unshare: ${error.message}`;
  return status === 0 ? null : `network namespaces: ${stderr.trim()}`;
}

/** A network of its own: one machine, as far as the test is concerned. It is gone when this process is. */
export class Namespace {
  private readonly children = new Set<ChildProcess>();

  private constructor(
    readonly name: string,
    private readonly holder: ChildProcess,
  ) {}

  static async make(name: string): Promise<Namespace> {
    const [program = '', ...words] = [...newNamespace, 'sh', '-c', 'ip link set lo up && echo ready && exec cat'];
    // it lives as long as its standard input
    const holder = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('exit', (code) => reject(new Error(`no namespace ${name}: ${code}`)));
    });
    return new Namespace(name, holder);
  }

  get pid(): number {
    return this.holder.pid ?? 0;
  }

  /** Words that run a command in here. */
  get enter(): string[] {
    return ['nsenter', '-t', String(this.pid), '-n', '--'];
  }

  /** Runs a script of the shell; throws when a line of it fails. */
  configure(script: string): string {
    const [program = '', ...words] = [...this.enter, 'sh', '-e', '-c', script];
    const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${this.name}: ${stderr}`);
    return stdout;
  }

  /** Starts a program that ends with the namespace at the latest. */
  start(command: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const [program = '', ...words] = [...this.enter, ...command];
    const child = spawn(program, words, options);
    this.children.add(child);
    child.once('exit', () => this.children.delete(child));
    return child;
  }

  /** Kills what still runs in here and lets the network go. */
  async close(): Promise<void> {
    const all = [...this.children, this.holder];
    const gone = all.map((child) => new Promise<void>((resolve) => child.once('exit', () => resolve())));
    for (const child of all) child.kill('SIGKILL');
    await Promise.all(gone);
  }
}

/** A cable between two machines; the ends get these names. */
export function cable(a: Namespace, nameAtA: string, b: Namespace, nameAtB: string): void {
  const ends = [
    'name',
    nameAtA,
    'netns',
    String(a.pid),
    'type',
    'veth',
    'peer',
    'name',
    nameAtB,
    'netns',
    String(b.pid),
  ];
  const { status, stderr } = spawnSync('ip', ['link', 'add', ...ends], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cable ${a.name}-${b.name}: ${stderr}`);
}
