import type { Secret } from '../../h235/password.js';
import type { PasswordForm } from '../contract.js';

/** A password that was proved. */
export interface Proof {
  account: string;
  /** Name under which it was proved. */
  user: string;
  /** What the sender called itself in the message: that is what it expects to be called. */
  sender: string;
  secret: Secret;
  form: PasswordForm;
}
