import { useState } from 'preact/hooks';
import { mediaAllowed } from '../media.js';
import { DemoSystem } from './demo-system.js';
import { Insecure, useAbout } from './insecure.js';
import { useWords } from './language.js';
import { useAdmin } from './use-admin.js';

/** The first page: the demo room, a demo room system, and how to dial in. */
export function Landing({ onJoin }: { onJoin: (room: string) => void }) {
  const words = useWords();
  const about = useAbout();
  const admin = useAdmin();
  const [room, setRoom] = useState('');

  const submit = (event: Event): void => {
    event.preventDefault();
    if (room.trim() !== '') onJoin(room.trim());
  };

  return (
    <>
      <p class="tagline">{words('tagline')}</p>
      {admin && <p class="hint">{words('admin')}</p>}
      {!mediaAllowed() && <Insecure />}
      <section class="card">
        <button class="primary big" onClick={() => onJoin('demo')}>
          {words('joinDemo')}
        </button>
        {about?.demo && <DemoSystem />}
      </section>
      <form class="card row" onSubmit={submit}>
        <label>
          {words('room')}
          <input
            value={room}
            required
            maxLength={64}
            autocapitalize="none"
            onInput={(event) => setRoom(event.currentTarget.value)}
          />
        </label>
        <button type="submit">{words('joinRoom')}</button>
      </form>
      {about && about.sipUris.length > 0 && (
        <section class="card">
          <h2>{words('dial')}</h2>
          <ul class="plain">
            {about.sipUris.map((uri) => (
              <li key={uri}>
                <code class="wrap">{uri}</code>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
