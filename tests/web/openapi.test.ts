import { expect, it } from 'vitest';
import { restRoutes } from '#lib/server/rest/routes.ts';
import { useApp } from './support/app.ts';

const app = await useApp();

it('the OpenAPI document names every call, its success and its errors', async () => {
  const { json: document } = await app.call('GET', '/api/v1/openapi.json');
  expect(document.openapi).toBe('3.1.0');
  for (const route of restRoutes) {
    const operation = document.paths[route.path][route.method.toLowerCase()];
    expect(Object.keys(operation.responses)).toContain(String(route.status));
    if (!route.public) expect(operation.responses['401'].content).toHaveProperty(['application/problem+json']);
    if (route.body) expect(operation.requestBody.content).toHaveProperty(['application/json', 'schema']);
  }
});

it('every reference of the document leads somewhere, and every name is in snake_case', async () => {
  const { json: document } = await app.call('GET', '/api/v1/openapi.json');
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
  expect(references.length).toBeGreaterThan(10);
  for (const name of references) expect(document.components.schemas).toHaveProperty(name);
  for (const schema of Object.values<{ properties?: object }>(document.components.schemas))
    for (const name of Object.keys(schema.properties ?? {})) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
});
