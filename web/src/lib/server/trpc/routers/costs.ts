import { budgetChange, costs, savedBudget } from '#domain/shapes/costs.ts';
import { readCosts, saveBudget } from '#lib/server/costs/costs.ts';
import { costPeriod } from '#lib/server/schemas/cost-inputs.ts';
import { router, userProcedure } from '../init.ts';

export const costsRouter = router({
  /** Of this year where no period is given. */
  get: userProcedure
    .input(costPeriod.optional())
    .output(costs)
    .query(({ ctx, input }) => readCosts(ctx.services, ctx.user.id, input ?? {})),

  /** Null takes the budget away. */
  setBudget: userProcedure
    .input(budgetChange)
    .output(savedBudget)
    .mutation(({ ctx, input }) => saveBudget(ctx.services, ctx.user.id, input)),
});
