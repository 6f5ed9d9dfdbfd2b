/** The API's documentation, as its page shows it. */
import type { ApiDocs, CallDoc } from '#lib/api-docs/views.ts';
import { errorKinds } from '../errors.ts';
import { openApiDocument } from './openapi.ts';
import type { OpenApiDocument } from './openapi.ts';
import { restRoutes } from './routes.ts';

let docs: ApiDocs | undefined;

/** The same object each time. */
export function apiDocs(): ApiDocs {
  return (docs ??= read(openApiDocument()));
}

function read(document: OpenApiDocument): ApiDocs {
  return {
    about: document.info.description ?? '',
    parts: (document.tags ?? []).map(({ name }) => ({ name, calls: callsOf(document, name) })),
    errors: Object.entries(errorKinds).map(([code, { status, title }]) => ({ code, status, title })),
  };
}

function callsOf(document: OpenApiDocument, tag: string): CallDoc[] {
  return restRoutes
    .filter((route) => route.tag === tag)
    .flatMap(({ method, path }) => callOf(document, method, path) ?? []);
}

function callOf(document: OpenApiDocument, method: string, path: string): CallDoc | null {
  const operation = document.paths?.[path]?.[method.toLowerCase() as 'get'];
  if (!operation) return null;
  const parameters = (operation.parameters ?? []).flatMap((parameter) => ('name' in parameter ? [parameter.name] : []));
  return {
    id: operation.operationId ?? `${method} ${path}`,
    method,
    path,
    text: [`${operation.summary ?? ''}.`, operation.description].filter(Boolean).join(' '),
    isOpen: operation.security?.length === 0,
    parameters,
    body: schemaOf(document, operation.requestBody),
    answers: Object.entries(operation.responses ?? {})
      .filter(([status]) => Number(status) < 400)
      .map(([status, response]) => ({ status, shape: schemaOf(document, response) })),
  };
}

/** The shape of a JSON body, one property a line. */
function schemaOf(document: OpenApiDocument, holder: unknown): string | null {
  const schema = (holder as { content?: Record<string, { schema?: unknown }> } | undefined)?.content?.[
    'application/json'
  ]?.schema;
  return schema ? shape(document, schema, '') : null;
}

interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
}

function shape(document: OpenApiDocument, given: unknown, indent: string): string {
  const schema = resolve(document, given as Schema);
  if (schema.properties) {
    const lines = Object.entries(schema.properties).map(([name, inner]) => {
      const optional = schema.required?.includes(name) ? '' : '?';
      return `${indent}  ${name}${optional}: ${shape(document, inner, `${indent}  `)}`;
    });
    return `{\n${lines.join('\n')}\n${indent}}`;
  }
  if (schema.items) return `[${shape(document, schema.items, indent)}]`;
  if (schema.anyOf) return [...new Set(schema.anyOf.map((one) => shape(document, one, indent)))].join(' | ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  return schema.format && schema.type === 'string' ? schema.format : [schema.type ?? 'any'].flat().join(' | ');
}

function resolve(document: OpenApiDocument, schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return name ? (document.components?.schemas?.[name] as Schema) : schema;
}
