/** The OpenAPI document, made from the table of calls. */
import { createDocument } from 'zod-openapi';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import type { ApiErrorCode } from '#lib/api-types.ts';
import { errorKinds } from '../errors.ts';
import { problemType } from './problem.ts';
import type { RestRoute } from './route.ts';
import { restRoutes } from './routes.ts';
import * as schemas from './schemas.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

let made: OpenApiDocument | undefined;

/** The same object each time. */
export function openApiDocument(): OpenApiDocument {
  return (made ??= createDocument({
    openapi: '3.1.0',
    info: {
      title: 'gibney-sync',
      version: '1.0.0',
      description:
        'Your Gibney studio rentals, kept in sync. Times are ISO 8601 in UTC, prices are cents, and every error is `application/problem+json` with a `code`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/api/v1' }],
    tags: [...new Set(restRoutes.map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{ token: [] }, { session: [] }, { key: [] }],
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'From `POST /auth/token`.' },
        key: {
          type: 'apiKey',
          in: 'header',
          name: 'x-api-key',
          description: 'From the settings page or `POST /user/api-keys`; also taken as `Authorization: Bearer gsk_…`.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'gibney-sync.session_token',
          description: 'From the sign-in page.',
        },
      },
    },
    paths: paths(),
  }));
}

function paths(): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of restRoutes) (paths[route.path] ??= {})[lower(route.method)] = operation(route);
  return paths;
}

function operation(route: RestRoute): ZodOpenApiOperationObject {
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    description: [route.description, ...scopeNote(route)].filter(Boolean).join(' '),
    ...security(route),
    requestParams: { ...(route.params && { path: route.params }), ...(route.query && { query: route.query }) },
    ...(route.body && {
      requestBody: {
        required: !route.body.safeParse({}).success,
        content: { 'application/json': { schema: route.body } },
      },
    }),
    responses: responses(route),
  };
}

/** No API key opens what wants a session. */
function security({ public: isPublic, scope }: RestRoute): Pick<ZodOpenApiOperationObject, 'security'> {
  if (isPublic) return { security: [] };
  return scope === 'session' ? { security: [{ token: [] }, { session: [] }] } : {};
}

function scopeNote({ public: isPublic, scope }: RestRoute): string[] {
  if (isPublic) return [];
  return [scope === 'session' ? 'Not with an API key.' : `An API key needs the scope \`${scope}\`.`];
}

function responses(route: RestRoute): ZodOpenApiResponsesObject {
  const answers: ZodOpenApiResponsesObject = {
    [`${route.status}` as '200']: {
      description: route.summary,
      ...(route.answer && { content: { 'application/json': { schema: route.answer } } }),
      ...(route.files && { content: Object.fromEntries(route.files.map((type) => [type, { schema: fileSchema }])) }),
    },
  };
  for (const [status, codes] of byStatus(errorsOf(route))) {
    answers[`${status}` as '400'] = {
      description: codes.map((code) => `\`${code}\`: ${errorKinds[code].title}`).join('. '),
      content: { [problemType]: { schema: schemas.problem } },
    };
  }
  return answers;
}

const fileSchema = { type: 'string' } as const;

/** What this call may answer with, beside its success. */
export function errorsOf(route: RestRoute): ApiErrorCode[] {
  const always: ApiErrorCode[] = ['bad_request', 'rate_limited', 'internal', 'unavailable'];
  const body: ApiErrorCode[] = ['malformed_json', 'payload_too_large', 'unsupported_media_type', 'validation_failed'];
  return [
    ...always,
    ...(route.public ? [] : (['unauthorized', 'insufficient_scope'] as const)),
    ...(route.method === 'GET' ? [] : (['forbidden_origin', ...body.slice(1, 3)] as const)),
    ...(route.body ? body : route.query ? (['validation_failed'] as const) : []),
    ...route.errors,
  ];
}

function byStatus(codes: ApiErrorCode[]): Map<number, ApiErrorCode[]> {
  const sorted = [...new Set(codes)].sort((one, other) => errorKinds[one].status - errorKinds[other].status);
  return Map.groupBy(sorted, (code) => errorKinds[code].status);
}

function operationId({ method, path }: RestRoute): string {
  const words = path.split('/').map((part) => part.replace(/[{}]/g, ''));
  return lower(method) + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function lower(method: RestRoute['method']) {
  return method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
}
