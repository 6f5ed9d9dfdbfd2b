/**
 * One call of the REST API: what it takes, gives and does. Dispatch and documentation both read it. Shapes are in camelCase
 * as everywhere inside; on the wire, and in the document, they are in snake_case.
 */
import type { z } from 'zod';
import type { NeededScope } from '../auth/scopes.ts';
import type { Session, SessionUser } from '../auth/session.ts';
import type { ApiErrorCode } from '../errors.ts';
import type { RequestHeaders } from '../http/exchange.ts';
import type { Services } from '../services.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type Input<Schema> = Schema extends z.ZodType ? z.input<Schema> : unknown;

export interface RestContext<Params, Query, Body, User> {
  services: Services;
  /** Who asks; null only where the route is public. */
  user: User;
  session: User extends null ? Session | null : Session;
  headers: RequestHeaders;
  clientAddress: string;
  params: Params;
  query: Query;
  body: Body;
}

export class FileAnswer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headers: Record<string, string>;

  constructor(bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string>) {
    this.bytes = bytes;
    this.headers = headers;
  }
}

export interface RestAnswer {
  status: number;
  /** As the services speak; sent in snake_case, and only what the shape names. Or a `FileAnswer`. */
  body?: unknown;
}

export interface RestRoute {
  method: Method;
  /** Below /api/v1, with parameters in braces. */
  path: string;
  public: boolean;
  /** What an API key must be allowed; `session`: no key may; `operate`: only operators. By default `read` for GET, else `manage`. */
  scope: NeededScope;
  tag: string;
  summary: string;
  description?: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodObject;
  status: number;
  answer?: z.ZodType;
  /** The name of the file, where the answer is one to keep. */
  download?: string;
  /** Media types, where it answers with a `FileAnswer`. */
  files?: string[];
  /** Beyond those that every call may answer with. */
  errors: ApiErrorCode[];
  run(context: RestContext<never, never, never, SessionUser>): Promise<RestAnswer>;
}

interface RouteOptions<Params, Query, Body, Answer, User> extends Omit<
  RestRoute,
  'public' | 'run' | 'params' | 'query' | 'body' | 'answer' | 'errors' | 'scope'
> {
  scope?: NeededScope;
  params?: Params;
  query?: Query;
  body?: Body;
  answer?: Answer;
  errors?: ApiErrorCode[];
  run(context: RestContext<Output<Params>, Output<Query>, Output<Body>, User>): Promise<Input<Answer>>;
}

function define(
  isPublic: boolean,
  { errors = [], run, ...route }: RouteOptions<never, never, never, never, never>,
): RestRoute {
  return {
    ...(route as unknown as RestRoute),
    errors,
    public: isPublic,
    scope: (route as unknown as RestRoute).scope ?? (route.method === 'GET' ? 'read' : 'manage'),
    run: async (context) => ({ status: route.status, body: await run(context as never) }),
  };
}

/** A call that wants a session or a token. */
export function userRoute<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodObject | undefined = undefined,
  Answer extends z.ZodType | undefined = undefined,
>(options: RouteOptions<Params, Query, Body, Answer, SessionUser>): RestRoute {
  return define(false, options as never);
}

/** A call that anybody may make. */
export function publicRoute<
  Params extends z.ZodObject | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Body extends z.ZodObject | undefined = undefined,
  Answer extends z.ZodType | undefined = undefined,
>(options: RouteOptions<Params, Query, Body, Answer, SessionUser | null>): RestRoute {
  return define(true, options as never);
}
