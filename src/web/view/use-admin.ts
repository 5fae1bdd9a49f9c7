import { useEffect, useState } from 'preact/hooks';
import type { MeAnswer } from '../../services/api/contract.js';
import { api } from '../api.js';

/** Whether this browser is signed in by the administrator's link. */
export function useAdmin(): boolean {
  const [admin, setAdmin] = useState(false);
  useEffect(() => {
    api<MeAnswer>('GET', '/me').then(
      ({ grant }) => setAdmin(grant?.kind === 'admin'),
      () => undefined,
    );
  }, []);
  return admin;
}
