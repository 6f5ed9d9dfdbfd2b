/** The calls of operators. */
import { audit } from '#domain/shapes/audit.ts';
import { listAudit } from '../audit/audit.ts';
import * as inputs from '../schemas/operate-inputs.ts';
import { userRoute } from './route.ts';

export const operateRoutes = [
  userRoute({
    method: 'GET',
    path: '/operate/audit',
    scope: 'operator',
    tag: 'Operators',
    summary: 'What operators and API keys did, newest first',
    query: inputs.auditList,
    status: 200,
    answer: audit,
    errors: ['bad_cursor'],
    run: ({ services, query }) => listAudit(services, query),
  }),
];
