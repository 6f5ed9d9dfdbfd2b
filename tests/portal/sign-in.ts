import type { Accounts } from './accounts.ts';
import type { Counting } from './counting.ts';
import { isSignInFault } from './fault-kinds.ts';
import type { Misbehaviours } from './misbehaviours.ts';
import { sendJson } from './replies.ts';
import type { SignInFault } from './types.ts';
import { textParam, type Visit } from './visit.ts';

export const messages = {
  wrong: 'Your login attempt has failed. Make sure the username and password are correct.',
  locked: 'Your account is locked. Contact Gibney to have it unlocked.',
};
const verificationPath = '/_ui/identity/verification/method/EmailVerificationFinishUi/e?retURL=%2Fs%2F';
const changePasswordPath = '/_ui/system/security/ChangePassword?retURL=%2Fs%2F';
const yearSeconds = 365 * 24 * 60 * 60;

interface Parts {
  accounts: Accounts;
  counting: Counting;
  misbehaviours: Misbehaviours;
}

/** Answers the sign-in request: a message to show, or the address to go to with the session in cookies. */
export function signIn(visit: Visit, { accounts, counting, misbehaviours }: Parts): void {
  const username = textParam(visit.action, 'username');
  const password = textParam(visit.action, 'password');
  const [fault] = misbehaviours.take(username, isSignInFault);
  if (fault && fault.kind !== 'verification' && fault.kind !== 'actionRequired') {
    counting.add('badLogins', username);
    return answer(visit, { message: messageOf(fault) });
  }
  const outcome = accounts.trySignIn(username, password);
  if (outcome !== 'welcome') {
    counting.add('badLogins', username);
    return answer(visit, { message: messages[outcome] });
  }
  if (fault?.kind === 'verification') return answer(visit, { url: verificationPath });
  counting.add('goodLogins', username);
  if (fault) return answer(visit, { url: fault.path ?? changePasswordPath });
  const sessionId = accounts.openSession(username);
  answer(visit, { url: '/s/' }, sessionCookies(sessionId));
}

/** The cookies of a session: `sid` opens everything, and `sid_Client` has to come with it. */
export function sessionCookies(sessionId: string): string[] {
  return [
    `sid=${sessionId}; Path=/; HttpOnly; SameSite=Lax`,
    `sid_Client=${clientMark(sessionId)}; Path=/; SameSite=Lax`,
    `BrowserId=${clientMark(`browser ${sessionId}`)}; Path=/; Max-Age=${yearSeconds}; SameSite=Lax`,
  ];
}

/** What `sid_Client` has to be for this session. */
export function clientMark(sessionId: string): string {
  return Buffer.from(sessionId).toString('base64url').slice(-16);
}

function answer(visit: Visit, returnValue: unknown, cookies: string[] = []): void {
  sendJson(visit.res, { actions: [{ state: 'SUCCESS', returnValue }] }, 200, { 'set-cookie': cookies });
}

function messageOf(fault: Exclude<SignInFault, { kind: 'verification' | 'actionRequired' }>): string {
  if (fault.kind === 'loginMessage') return fault.text;
  return fault.kind === 'accountLocked' ? messages.locked : messages.wrong;
}
