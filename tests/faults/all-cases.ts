import type { FaultCase } from './cases.ts';
import { processCases } from './process-cases.ts';
import { serviceCases } from './service-cases.ts';

/** Every case, in the order in which they run. */
export const allCases: FaultCase[] = [...processCases, ...serviceCases];
