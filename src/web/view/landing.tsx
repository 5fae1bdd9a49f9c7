import { useEffect, useState } from 'preact/hooks';
import type { AboutAnswer, DemoAnswer } from '../../services/api/contract';
import { api } from '../api';
import { mediaAllowed } from '../media';
import { useNotice, useWords } from './language';
import { noticeOfApi } from './notices';
import type { Notice } from '../meeting';

/** The first page: the demo room, a demo room system, and how to dial in. */
export function Landing({ onJoin }: { onJoin: (room: string) => void }) {
  const words = useWords();
  const [about, setAbout] = useState<AboutAnswer | null>(null);
  const [room, setRoom] = useState('');

  useEffect(() => {
    api<AboutAnswer>('GET', '/about').then(setAbout, () => undefined);
  }, []);

  const submit = (event: Event): void => {
    event.preventDefault();
    if (room.trim() !== '') onJoin(room.trim());
  };

  return (
    <>
      <p class="tagline">{words('tagline')}</p>
      {!mediaAllowed() && <Insecure about={about} />}
      <section class="card">
        <button class="primary big" onClick={() => onJoin('demo')}>
          {words('joinDemo')}
        </button>
        {about?.demo && <DemoSystem />}
      </section>
      <form class="card row" onSubmit={submit}>
        <label>
          {words('room')}
          <input value={room} maxLength={64} onInput={(event) => setRoom(event.currentTarget.value)} />
        </label>
        <button type="submit">{words('joinRoom')}</button>
      </form>
      {about && about.sipUris.length > 0 && (
        <section class="card">
          <h2>{words('dial')}</h2>
          <ul class="plain">
            {about.sipUris.map((uri) => (
              <li key={uri}>
                <code>{uri}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Insecure({ about }: { about: AboutAnswer | null }) {
  const words = useWords();
  return (
    <section class="card warning" role="note">
      <p>{words('insecure')}</p>
      {about && about.httpsUrls.length > 0 && (
        <>
          <p>{words('insecureGo')}</p>
          <ul class="plain">
            {about.httpsUrls.map((url) => (
              <li key={url}>
                <a href={url}>{url}</a>
              </li>
            ))}
          </ul>
          <p>
            {words('insecureNote')} <code class="wrap">{about.fingerprint}</code>
          </p>
        </>
      )}
      <p>{words('listenOnly')}</p>
    </section>
  );
}

function DemoSystem() {
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

  const ask = async (action: 'start' | 'stop' | 'take-floor'): Promise<void> => {
    setBusy(true);
    setNotice(null);
    try {
      setRunning((await api<DemoAnswer>('POST', '/demo', { action })).running);
    } catch (error) {
      setNotice(noticeOfApi(error));
    }
    setBusy(false);
  };

  return (
    <div class="demo">
      <p class="hint">{running ? words('demoHere') : words('demoHint')}</p>
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
