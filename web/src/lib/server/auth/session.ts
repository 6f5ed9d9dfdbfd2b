/** Who makes a request. */
import type { ApiKeyScope } from '#domain/shapes/account.ts';
import type { RequestHeaders } from '../http/exchange.ts';

export interface SessionUser {
  id: string;
  email: string;
  createdAt: Date;
}

export interface Session {
  /** Of the session, or of the API key. */
  id: string;
  user: SessionUser;
  /** A cookie is sent by the browser whoever asks it to, so changes made with one need a same-origin check. */
  via: 'cookie' | 'bearer' | 'api_key';
  /** What an API key may do. */
  scopes: 'all' | ApiKeyScope[];
  /** The user looks after the service. */
  isOperator: boolean;
  /** For the audit log. */
  requestId: string;
}

/** What a sign-in notes of the device, and counts attempts by. */
export interface Caller {
  headers: RequestHeaders;
  clientAddress: string;
}
