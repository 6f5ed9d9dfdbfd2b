/** The API's documentation as one page that needs no script and nothing from elsewhere. */
import { createHash } from 'node:crypto';
import { errorKinds } from '../errors.ts';
import { openApiDocument } from './openapi.ts';
import type { OpenApiDocument } from './openapi.ts';
import { restRoutes } from './routes.ts';

const style = `
:root { color-scheme: light dark; --ink: #22201c; --soft: #6b655a; --paper: #faf8f4; --line: #ddd6c8; --accent: #8c2f1b }
@media (prefers-color-scheme: dark) { :root { --ink: #ece7dc; --soft: #a59d8d; --paper: #191714; --line: #3a352d; --accent: #f0957d } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem 1rem 6rem; max-width: 46rem; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif }
h1, h2, h3 { line-height: 1.25 } h2 { margin-top: 3rem; border-bottom: 1px solid var(--line) } h3 { margin: 2rem 0 .25rem; font-size: 1.05rem }
code, pre { font: .9rem/1.5 ui-monospace, monospace } pre { overflow-x: auto; padding: .75rem 1rem; border: 1px solid var(--line) }
.method { display: inline-block; min-width: 4.5rem; color: var(--accent); font-weight: 700 }
a { color: var(--accent) } p { margin: .25rem 0 .75rem } .soft { color: var(--soft) }
table { width: 100%; border-collapse: collapse } th, td { padding: .35rem .5rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
.scroll { overflow-x: auto }
`;

/** What the page's own style needs of the content security policy. */
export const docsPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

let page: string | undefined;

export function docsPage(): string {
  return (page ??= render(openApiDocument()));
}

function render(document: OpenApiDocument): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>gibney-sync API</title>
<style>${style}</style>
</head>
<body>
<h1>gibney-sync API</h1>
<p>${escape(document.info.description ?? '')}</p>
<p>The machine-readable form is <a href="/api/v1/openapi.json">openapi.json</a>. All addresses begin with <code>/api/v1</code>.</p>
<p>Get a token with <code>POST /auth/token</code> and send it as <code>Authorization: Bearer …</code>. The session cookie of the
website works too; changes made with it must come from our own pages. Lists take <code>limit</code> (1 to 100) and
<code>cursor</code>; give the <code>next_cursor</code> of one page to get the next.</p>
<main>${(document.tags ?? []).map(({ name }) => section(document, name)).join('')}
<h2>Errors</h2>
<div class="scroll"><table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>
${Object.entries(errorKinds).map(errorRow).join('\n')}
</tbody></table></div></main>
</body>
</html>
`;
}

function section(document: OpenApiDocument, tag: string): string {
  const calls = restRoutes.filter((route) => route.tag === tag).map(({ method, path }) => call(document, method, path));
  return `<h2>${escape(tag)}</h2>${calls.join('')}`;
}

function call(document: OpenApiDocument, method: string, path: string): string {
  const operation = document.paths?.[path]?.[method.toLowerCase() as 'get'];
  if (!operation) return '';
  const parameters = (operation.parameters ?? []).flatMap((parameter) => ('name' in parameter ? [parameter] : []));
  const body = schemaOf(document, operation.requestBody);
  const answers = Object.entries(operation.responses ?? {});
  return `<section id="${operation.operationId}"><h3><code><span class="method">${method}</span> ${escape(path)}</code></h3>
<p>${escape(operation.summary ?? '')}. ${escape(operation.description ?? '')} ${operation.security ? '' : '<span class="soft">Wants a session or a token.</span>'}</p>
${parameters.length ? `<p class="soft">Parameters: ${parameters.map(({ name }) => `<code>${escape(name)}</code>`).join(', ')}</p>` : ''}
${body ? `<p class="soft">Body</p><pre>${escape(body)}</pre>` : ''}
${answers.map(([status, response]) => answer(document, status, response)).join('')}</section>`;
}

function answer(document: OpenApiDocument, status: string, response: unknown): string {
  const schema = schemaOf(document, response);
  if (Number(status) >= 400) return '';
  return `<p class="soft">Answer <code>${status}</code></p>${schema ? `<pre>${escape(schema)}</pre>` : ''}`;
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

function errorRow([code, { status, title }]: [string, { status: number; title: string }]): string {
  return `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${escape(title)}</td></tr>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
