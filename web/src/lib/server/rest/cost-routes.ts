/** The calls about what rentals cost. */
import { budgetChange, costs, savedBudget } from '#domain/shapes/costs.ts';
import { readCosts, saveBudget } from '../costs/costs.ts';
import { costsStatement, statementTypes } from '../costs/statement.ts';
import { costPeriod, costStatement } from '../schemas/cost-inputs.ts';
import { FileAnswer, userRoute } from './route.ts';

export const costRoutes = [
  userRoute({
    method: 'GET',
    path: '/user/costs',
    tag: 'Costs',
    summary: 'What rentals cost',
    description:
      'Of this year, or from one day to another, by months in New York, by groups and by who pays: confirmed, pending and canceled apart. Amounts are whole cents; an unknown price is in no sum and is counted.',
    query: costPeriod,
    status: 200,
    answer: costs,
    errors: ['not_found', 'owners_only'],
    run: ({ services, user, query }) => readCosts(services, user.id, query),
  }),
  userRoute({
    method: 'GET',
    path: '/user/costs/statement',
    tag: 'Costs',
    summary: 'A statement of costs as a file',
    description: 'CSV with one line a rental, or a PDF with sums by month.',
    query: costStatement,
    status: 200,
    files: Object.values(statementTypes),
    errors: ['rate_limited', 'not_found', 'owners_only'],
    async run({ services, user, query }) {
      const { name, type, bytes } = await costsStatement(services, user.id, query);
      return new FileAnswer(bytes, {
        'content-type': type,
        'content-disposition': `attachment; filename="${name}"`,
      });
    },
  }),
  userRoute({
    method: 'PUT',
    path: '/user/costs/budget',
    tag: 'Costs',
    summary: 'Set what to spend at most',
    description: 'For each month or each year. Null takes it away.',
    body: budgetChange,
    status: 200,
    answer: savedBudget,
    errors: ['rate_limited'],
    run: ({ services, user, body }) => saveBudget(services, user.id, body),
  }),
];
