/** Prints the license of each package that we ship; ends with 1 where one is not among those that we may. */
import { refused, shippedPackages } from './lib/licenses.ts';

const packages = await shippedPackages();
for (const { name, license } of packages) console.log(`${(license ?? 'unknown').padEnd(20)} ${name}`);
const bad = refused(packages);
console.log(`\n${packages.length} packages, ${bad.length} under a license that is not allowed`);
for (const { name, license } of bad) console.log(`  ${name}: ${license ?? 'unknown'}`);
process.exitCode = bad.length > 0 ? 1 : 0;
