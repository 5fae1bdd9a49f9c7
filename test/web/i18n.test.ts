import assert from 'node:assert/strict';
import { isWord, languageFor, say, sayNotice, tables } from '../../src/web/i18n.js';

const placesOf = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort();

describe('the words of the page', () => {
  it('are the same in every language, with the same places to fill', () => {
    for (const [language, table] of Object.entries(tables)) {
      assert.deepEqual(Object.keys(table).sort(), Object.keys(tables.en).sort(), language);
      for (const [word, text] of Object.entries(table)) {
        assert.notEqual(text.trim(), '', `${language} ${word}`);
        assert.deepEqual(placesOf(text), placesOf(tables.en[word as keyof typeof tables.en]), `${language} ${word}`);
      }
    }
  });

  it('are really Chinese in Chinese', () => {
    const foreign = Object.entries(tables.zh).filter(
      ([word, text]) => word !== 'language' && !/\p{Script=Han}/u.test(text),
    );
    assert.deepEqual(foreign, []);
  });

  it('take values, and leave out what is not given', () => {
    assert.equal(say('en', 'floorLost', { name: 'Room 7' }), 'Room 7 is presenting now, your sharing has stopped.');
    assert.equal(say('en', 'refused', { status: '603' }), 'The room refused the call: 603 ');
  });

  it('show what a newer gateway says in its own words', () => {
    assert.equal(sayNotice('en', 'room_on_fire', { reason: 'the room burns' }), 'It did not work: the room burns');
    assert.equal(sayNotice('en', 'room_full'), 'The room is full.');
    assert.ok(!isWord('toString'));
  });

  it('come in the chosen language, else in the browser’s', () => {
    assert.equal(languageFor('en', 'zh-CN'), 'en');
    assert.equal(languageFor(null, 'zh-TW'), 'zh');
    assert.equal(languageFor('fr', 'de-DE'), 'en');
  });
});
