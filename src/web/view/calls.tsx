import { useState } from 'preact/hooks';
import type { CallSnapshot } from '../../services/api/contract.js';
import type { Meeting } from '../meeting.js';
import { useWords } from './language.js';

/** Who is being called; moderators may give up. */
export function Called({ one, meeting }: { one: CallSnapshot; meeting: Meeting | null }) {
  const words = useWords();
  const { id, name, ringing } = one;
  return (
    <li class="called">
      <span class="who">
        {name} <em>({words(ringing ? 'rings' : 'calling')})</em>
      </span>
      {meeting && (
        <span class="moderation">
          <button class="quiet" aria-label={words('giveUpOn', { name })} onClick={() => void meeting.remove(id)}>
            {words('giveUp')}
          </button>
        </span>
      )}
    </li>
  );
}

/** Lets a moderator call a device or a person into the room. */
export function CallSomebody({ meeting }: { meeting: Meeting }) {
  const words = useWords();
  const [whom, setWhom] = useState('');
  const call = (event: Event): void => {
    event.preventDefault();
    const uri = whom.trim();
    if (uri === '') return;
    setWhom('');
    void meeting.call(uri);
  };
  return (
    <form class="call-somebody" aria-label={words('callSomebody')} onSubmit={call}>
      <input
        type="text"
        maxLength={256}
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder={words('callWhom')}
        aria-label={words('callWhom')}
        value={whom}
        onInput={({ currentTarget }) => setWhom(currentTarget.value)}
      />
      <button class="quiet" type="submit">
        {words('call')}
      </button>
    </form>
  );
}
