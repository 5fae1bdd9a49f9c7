import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cable, Namespace } from './namespaces.js';

/** Addresses of the two sites. */
export const places = {
  gateway: '10.77.0.2',
  colleague: '10.77.0.3',
  /** The office's router, inside and outside. */
  router: '10.77.0.1',
  office: '203.0.113.10',
  /** The home's router outside. */
  home: '203.0.113.20',
  guest: '192.168.77.5',
} as const;

/**
 *   gateway 10.77.0.2 ─┐
 *                      ├ router 203.0.113.10 ── home 203.0.113.20 ─ guest 192.168.77.5
 *   colleague 10.77.0.3┘
 *
 * The office's router forwards the gateway's ports; the home's lets nobody in and gives everything that leaves another port.
 */
export class TwoSites {
  private recorder: ChildProcess | null = null;

  private constructor(
    readonly gateway: Namespace,
    readonly colleague: Namespace,
    readonly router: Namespace,
    readonly home: Namespace,
    readonly guest: Namespace,
  ) {}

  static async make(ports: { udp: string; tcp: string }): Promise<TwoSites> {
    const names = ['gateway', 'colleague', 'router', 'home', 'guest'];
    const [gateway, colleague, router, home, guest] = (await Promise.all(
      names.map((name) => Namespace.make(name)),
    )) as [Namespace, Namespace, Namespace, Namespace, Namespace];
    const sites = new TwoSites(gateway, colleague, router, home, guest);
    try {
      sites.wire(ports);
    } catch (error) {
      await sites.close();
      throw error;
    }
    return sites;
  }

  /** Starts a STUN server on the outside of the home's router; resolves when it answers. */
  async offerStun(): Promise<void> {
    const source = `const s=require('dgram').createSocket('udp4');
      s.on('message',(m,{address,port})=>{const a=Buffer.from([1,1,0,12,...m.subarray(4,20),0,1,0,8,0,1,port>>8,port&255,
        ...address.split('.').map(Number)]);s.send(a,port,address)});
      s.bind(3478,()=>console.log('up'))`;
    const server = this.home.start([process.execPath, '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout ?? server, 'data');
  }

  /** Records what passes between the routers from now on. */
  async record(file: string): Promise<void> {
    this.recorder = this.router.start(['dumpcap', '-q', '-i', 'wan', '-w', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    // it says which file it writes once it listens
    await once(this.recorder.stderr ?? this.recorder, 'data');
  }

  /** Ends the recording; every octet of it as Latin-1. */
  async recorded(file: string): Promise<string> {
    const { recorder } = this;
    this.recorder = null;
    if (recorder) {
      const gone = once(recorder, 'exit');
      recorder.kill('SIGINT');
      await gone;
    }
    return readFileSync(file, 'latin1');
  }

  async close(): Promise<void> {
    await Promise.all([this.gateway, this.colleague, this.router, this.home, this.guest].map((each) => each.close()));
  }

  private wire(ports: { udp: string; tcp: string }): void {
    const { gateway, colleague, router, home, guest } = this;
    cable(gateway, 'lan', router, 'port1');
    cable(colleague, 'lan', router, 'port2');
    cable(router, 'wan', home, 'wan');
    cable(home, 'home', guest, 'lan');
    for (const [machine, address] of [
      [gateway, places.gateway],
      [colleague, places.colleague],
    ] as const) {
      machine.configure(
        `ip addr add ${address}/24 dev lan; ip link set lan up; ip route add default via ${places.router}`,
      );
    }
    guest.configure(
      `ip addr add ${places.guest}/24 dev lan; ip link set lan up; ip route add default via 192.168.77.1`,
    );
    const firewall = (inside: string): string =>
      `echo 1 > /proc/sys/net/ipv4/ip_forward
       iptables -P FORWARD DROP
       iptables -A FORWARD -i ${inside} -j ACCEPT
       iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED,DNAT -j ACCEPT`;
    const forward = (protocol: 'udp' | 'tcp'): string =>
      `iptables -t nat -A PREROUTING -i wan -p ${protocol} -m multiport --dports ${ports[protocol]} -j DNAT --to ${places.gateway}`;
    router.configure(`
      ip link add office type bridge
      for port in port1 port2; do ip link set $port master office; ip link set $port up; done
      ip addr add ${places.router}/24 dev office; ip link set office up
      ip addr add ${places.office}/24 dev wan; ip link set wan up
      ${firewall('office')}
      iptables -t nat -A POSTROUTING -o wan -j MASQUERADE
      ${forward('udp')}
      ${forward('tcp')}`);
    home.configure(`
      ip addr add 192.168.77.1/24 dev home; ip link set home up
      ip addr add ${places.home}/24 dev wan; ip link set wan up
      ${firewall('home')}
      iptables -t nat -A POSTROUTING -o wan -j MASQUERADE --random-fully`);
  }
}
