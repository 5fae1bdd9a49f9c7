import { useEffect, useState } from 'preact/hooks';
import type { AboutAnswer } from '../../services/api/contract.js';
import { api } from '../api.js';
import { useWords } from './language.js';

/** Asks once what the gateway says of itself; null until it answers. */
export function useAbout(): AboutAnswer | null {
  const [about, setAbout] = useState<AboutAnswer | null>(null);
  useEffect(() => {
    api<AboutAnswer>('GET', '/about').then(setAbout, () => undefined);
  }, []);
  return about;
}

/** Why there is no camera here, and where to go instead. The place in the page is kept. */
export function Insecure() {
  const words = useWords();
  const about = useAbout();
  return (
    <section class="card warning" role="note">
      <p>{words('insecure')}</p>
      {about?.httpsUrls.length === 0 && <p>{words('insecureNone')}</p>}
      {about && about.httpsUrls.length > 0 && (
        <>
          <p>{words('insecureGo')}</p>
          <ul class="plain">
            {about.httpsUrls.map((url) => (
              <li key={url}>
                <a href={`${url}${location.search}`}>{url}</a>
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
