/** Which call an address means. */
import type { RestRoute } from './route.ts';
import { restRoutes } from './routes.ts';

export interface Match {
  /** The calls at this address, by method; empty where there is none. */
  routes: Map<string, RestRoute>;
  params: Record<string, string>;
}

const templates = restRoutes.map((route) => ({ route, parts: route.path.slice(1).split('/') }));

/** @param path below /api/v1 as it was sent, without a leading slash: an encoded slash separates nothing */
export function matchPath(path: string): Match {
  const segments = path.split('/').map(decodeURIComponent);
  const fitting = templates.flatMap(({ route, parts }) => {
    const params = paramsOf(parts, segments);
    return params ? [{ route, params }] : [];
  });
  // `/user/bookings/upcoming` is no `/user/bookings/{id}`.
  const fewest = Math.min(...fitting.map(({ params }) => Object.keys(params).length));
  const found = fitting.filter(({ params }) => Object.keys(params).length === fewest);
  return {
    routes: new Map(found.map(({ route }) => [route.method, route])),
    params: found[0]?.params ?? {},
  };
}

function paramsOf(template: string[], segments: string[]): Record<string, string> | null {
  if (template.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of template.entries()) {
    const value = segments[index]!;
    if (part.startsWith('{')) params[part.slice(1, -1)] = value;
    else if (part !== value) return null;
  }
  return params;
}

export function allowedMethods({ routes }: Match): string {
  const methods = [...routes.keys()];
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
}
