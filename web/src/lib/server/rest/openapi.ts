/** The OpenAPI document, made from the table of calls. */
import { z } from 'zod';
import { createDocument } from 'zod-openapi';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { snakeShape } from '#domain/shapes/naming.ts';
import { errorKinds } from '../errors.ts';
import type { ApiErrorCode } from '../errors.ts';
import type { RestRoute } from './route.ts';
import { restRoutes } from './routes.ts';
import { problem, problemType } from './problem.ts';

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
    requestParams: {
      ...(route.params && { path: route.params }),
      ...(route.query && { query: withoutNull(snakeShape(route.query) as z.ZodObject) }),
    },
    ...(route.body && {
      requestBody: {
        required: !route.body.safeParse({}).success,
        content: { 'application/json': { schema: snakeShape(route.body) } },
      },
    }),
    responses: responses(route),
  };
}

/** What may be null elsewhere is left out of a query. */
function withoutNull(query: z.ZodObject): z.ZodObject {
  const fields = Object.entries(query.shape as Record<string, z.ZodType>).map(([name, field]) => {
    const inner = field instanceof z.ZodOptional ? field.unwrap() : null;
    const plain = inner instanceof z.ZodNullable ? (inner.unwrap() as z.ZodType).optional() : field;
    return [name, plain.meta(field.meta() ?? {})];
  });
  return z.object(Object.fromEntries(fields) as z.ZodRawShape);
}

/** No API key opens what wants a session. */
function security({ public: isPublic, scope }: RestRoute): Pick<ZodOpenApiOperationObject, 'security'> {
  if (isPublic) return { security: [] };
  return scope === 'session' ? { security: [{ token: [] }, { session: [] }] } : {};
}

function scopeNote({ public: isPublic, scope }: RestRoute): string[] {
  if (isPublic) return [];
  if (scope === 'operate') return ['For operators. An API key needs the scope `operate`.'];
  return [scope === 'session' ? 'Not with an API key.' : `An API key needs the scope \`${scope}\`.`];
}

function responses(route: RestRoute): ZodOpenApiResponsesObject {
  const answers: ZodOpenApiResponsesObject = {
    [`${route.status}` as '200']: {
      description: route.summary,
      ...(route.answer && { content: { 'application/json': { schema: snakeShape(route.answer) } } }),
      ...(route.files && { content: Object.fromEntries(route.files.map((type) => [type, { schema: fileSchema }])) }),
    },
  };
  for (const [status, codes] of byStatus(errorsOf(route))) {
    answers[`${status}` as '400'] = {
      description: codes.map((code) => `\`${code}\`: ${errorKinds[code].title}`).join('. '),
      content: { [problemType]: { schema: problem } },
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
    ...(route.scope === 'operate' ? (['operators_only'] as const) : []),
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
  return method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
}
