import { bulk200 } from './bulk-case.ts';
import type { FaultCase } from './cases.ts';
import { clockCases } from './clock-cases.ts';
import { deliveryCases } from './delivery-cases.ts';
import { deployCases } from './deploy-cases.ts';
import { diskFull } from './disk-case.ts';
import { mailCases } from './mail-cases.ts';
import { portalCases } from './portal-cases.ts';
import { processCases } from './process-cases.ts';
import { restoreCase } from './restore-case.ts';
import { rolling } from './rolling-case.ts';
import { serviceCases } from './service-cases.ts';
import { workerCases } from './worker-cases.ts';

/** Every case, in the order in which they run. The migration is the last: it stays. */
export const allCases: FaultCase[] = [
  ...processCases,
  ...serviceCases,
  diskFull,
  ...portalCases,
  ...clockCases,
  ...deliveryCases,
  ...mailCases,
  restoreCase,
  ...workerCases,
  bulk200,
  rolling,
  ...deployCases,
];
