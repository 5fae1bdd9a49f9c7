import assert from 'node:assert/strict';
import { DnsCache } from '../../../src/protocol/sip/dns-cache.js';
import { FakeDns, type Zone } from '../../support/fake-dns.js';
import { ManualClock } from '../../support/manual-clock.js';

function cacheOf(zone: Zone, entries = 100) {
  const dns = new FakeDns(zone);
  const clock = new ManualClock();
  return { dns, clock, cache: new DnsCache(dns, clock, { entries, maxSeconds: 3600, negativeSeconds: 30 }) };
}

const zone = { a: { 'h.example': ['192.0.2.1'] } };

describe('what is remembered of DNS', () => {
  const lasting: [what: string, zone: Zone, name: string, seconds: number][] = [
    ['an answer for its time to live', { ...zone, ttl: 300 }, 'h.example', 300],
    ['a long-lived answer for the configured time', { ...zone, ttl: 1_000_000 }, 'h.example', 3600],
    ['an answer that does not say for a minute', { ...zone, ttl: null }, 'h.example', 60],
    ['that there is no such name', zone, 'nobody.example', 30],
    ['that the server failed', { fails: ['h.example'] }, 'h.example', 5],
  ];
  for (const [what, records, name, seconds] of lasting) {
    it(`${what}: ${seconds} s`, async () => {
      const { dns, clock, cache } = cacheOf(records);
      const ask = (): Promise<unknown> => cache.a(name).catch(() => null);
      await ask();
      clock.advance(seconds * 1000 - 1);
      await ask();
      assert.equal(dns.asked.length, 1);
      clock.advance(1);
      await ask();
      assert.equal(dns.asked.length, 2);
      assert.equal(clock.pending, 0);
    });
  }

  it('asks once for all who wait, in any case, and by type', async () => {
    const { dns, cache } = cacheOf(zone);
    const answers = await Promise.all([cache.a('h.example'), cache.a('H.EXAMPLE'), cache.aaaa('h.example')]);
    assert.deepEqual(dns.asked, ['a h.example', 'aaaa h.example']);
    assert.deepEqual(answers[1].records, ['192.0.2.1']);
  });

  it('is bounded: the oldest goes first', async () => {
    const { dns, cache } = cacheOf(zone, 10);
    for (let i = 0; i < 50; i++) await cache.a(`h${i}.example`);
    assert.equal(cache.size, 10);
    await cache.a('h49.example');
    assert.equal(dns.asked.length, 50);
    await cache.a('h0.example');
    assert.equal(dns.asked.length, 51);
  });
});
