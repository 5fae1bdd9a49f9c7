import { useEffect, useState } from 'preact/hooks';
import type { DemoAnswer, DemoRequest } from '../../services/api/contract.js';
import { api } from '../api.js';
import { noticeOf, type Notice } from '../notices.js';
import { useNotice, useWords } from './language.js';

/** Brings a simulated room system into the demo room, lets it take the floor, sends it away. */
export function DemoSystem() {
  const words = useWords();
  const inWords = useNotice();
  const [running, setRunning] = useState(false);
  const [busy, setBusy] = useState(false);
  const [notice, setNotice] = useState<Notice | null>(null);

  useEffect(() => {
    api<DemoAnswer>('GET', '/demo').then(
      (answer) => setRunning(answer.running),
      () => undefined,
    );
  }, []);

  const ask = async (action: DemoRequest['action']): Promise<void> => {
    setBusy(true);
    setNotice(null);
    try {
      setRunning((await api<DemoAnswer>('POST', '/demo', { action })).running);
    } catch (error) {
      setNotice(noticeOf(error));
    }
    setBusy(false);
  };

  return (
    <div class="demo">
      <p class="hint" role="status">
        {running ? words('demoHere') : words('demoHint')}
      </p>
      <div class="row">
        <button disabled={busy} onClick={() => void ask(running ? 'stop' : 'start')}>
          {words(running ? 'demoStop' : 'demoStart')}
        </button>
        {running && (
          <button disabled={busy} onClick={() => void ask('take-floor')}>
            {words('demoTake')}
          </button>
        )}
      </div>
      {notice && <p role="alert">{inWords(notice)}</p>}
    </div>
  );
}
