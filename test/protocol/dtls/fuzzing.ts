import assert from 'node:assert/strict';
import { readRecords, writeRecord } from '../../../src/protocol/dtls/records.js';
import { Signer } from '../../../src/protocol/dtls/signatures.js';
import type { TestCertificate } from '../../support/certificates.js';
import { seeded, type Roll } from '../../support/seeded.js';
import { Pair } from './pair.js';

/** What a bad way makes of one datagram; `before` is what went over it already. */
function spoil(roll: Roll, datagram: Uint8Array, before: readonly Uint8Array[]): Uint8Array[] {
  const copy = Buffer.from(datagram);
  const old = before[roll(before.length)] ?? copy;
  switch (roll(12)) {
    case 0:
      return [];
    case 1:
      copy[roll(copy.length)] = roll(256);
      return [copy, datagram];
    case 2:
      return [copy.subarray(0, roll(copy.length)), datagram];
    case 3:
      return [datagram, old];
    case 4:
      return [old, datagram];
    case 5:
      return [Buffer.concat([old, datagram])];
    case 6: {
      // the same records in another epoch, of another type, under another number
      const changed = readRecords(datagram).map((record) => {
        const [type, epoch] = [20 + roll(5), roll(3)];
        return writeRecord({ ...record, type: roll(2) ? type : record.type, epoch, sequence: roll(1000) });
      });
      return [...changed, datagram];
    }
    case 7:
      return readRecords(datagram).reverse().map(writeRecord);
    default:
      return [datagram];
  }
}

/**
 * Handshakes and data over ways that spoil what they carry: nothing is thrown, nothing comes that was not sent, nothing
 * twice, and an association that stands is not brought down by what comes in between.
 */
export function fuzzDtls(seed: number, rounds: number, certificate: TestCertificate): void {
  const own = new Signer(certificate);
  let stood = 0;
  for (let round = 0; round < rounds; round++) {
    const roll = seeded(seed + round);
    const pair = new Pair({ own }, { own });
    const before: Uint8Array[] = [];
    pair.wire = (datagram) => {
      const arrives = spoil(roll, datagram, before);
      before.push(datagram);
      return arrives;
    };
    pair.start().run();
    const stands = pair.client.open && pair.server.open;
    for (let n = 0; n < 8; n++) {
      pair.client.write(Buffer.from(`c${n}`));
      pair.server.write(Buffer.from(`s${n}`));
    }
    pair.run();
    const got = pair.log.filter((line) => line.includes(' got '));
    assert.ok(
      got.every((line) => /^(client got s|server got c)\d$/.test(line)),
      `seed ${seed + round}: ${got.join()}`,
    );
    assert.equal(new Set(got).size, got.length, `seed ${seed + round}: something came twice`);
    assert.equal(pair.client.open && pair.server.open, stands, `seed ${seed + round}: ${pair.log.join()}`);
    if (stands) stood += 1;
    for (const end of [pair.client, pair.server]) {
      end.close();
      assert.equal(end.due, null);
    }
  }
  assert.ok(stood >= rounds / 4, `${stood} of ${rounds} came about`);
}
