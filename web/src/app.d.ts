import type { Session, SessionUser } from '#lib/server/auth/session.ts';
import type { Services } from '#lib/server/services.ts';
import type { Caller } from '#lib/server/trpc/router.ts';

declare global {
  namespace App {
    interface Error {
      message: string;
      /** To find the error in the log. */
      id?: string;
    }
    interface PageData {
      /** Of the session that the page was made for; null where nobody is signed in. */
      sessionMark?: string | null;
    }
    interface Locals {
      services: Services;
      session: Session | null;
      user: SessionUser | null;
      /** The API, in-process and as this user. */
      api: Caller;
      /** The status of an error, which the answer itself need not have. */
      failedWith?: number;
    }
  }
}

export {};
