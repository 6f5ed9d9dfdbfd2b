/**
 * The types of the client, written out. Those of the procedures are printed from what TypeScript infers of the router, since its
 * own declarations would name everything that the server is made of.
 */
import ts from 'typescript';
import { inProject } from '#platform/paths.ts';
import { appRouter } from '#lib/server/trpc/router.ts';

type Kind = 'query' | 'mutation' | 'subscription';
type Printed = Record<string, string>;

/** By the name of the file. */
export function clientTypes(): Record<string, string> {
  const { program, checker } = programOf();
  const files: Record<string, string> = { 'contract/router.d.ts': routerTypes(program, checker) };
  for (const name of ['index', 'client', 'errors', 'transport', 'watch']) {
    const source = program.getSourceFile(inProject('client', `${name}.ts`));
    const keep = (_: string, text: string) =>
      (files[`${name}.d.ts`] = text.replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"));
    program.emit(source, keep, undefined, true);
  }
  return files;
}

function programOf() {
  const { config } = ts.readConfigFile(inProject('tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const files = ['client/index.ts', 'client/contract/procedures.ts'];
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files }, ts.sys, inProject());
  const roots = files.map((file) => inProject(file));
  const program = ts.createProgram(roots, { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true });
  return { program, checker: program.getTypeChecker() };
}

function routerTypes(program: ts.Program, checker: ts.TypeChecker): string {
  const source = program.getSourceFile(inProject('client', 'contract', 'procedures.ts'))!;
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!);
  const printed = (name: string) => {
    const symbol = exported.find((one) => one.name === name)!;
    return printEach(checker, checker.getDeclaredTypeOfSymbol(symbol));
  };
  const [inputs, outputs] = [printed('Inputs'), printed('Outputs')];
  const nouns = new Map<string, string[]>();
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: Kind } }>;
  for (const [path, { _def }] of Object.entries(procedures)) {
    const [noun, verb] = path.split('.') as [string, string];
    const kind = `${_def.type.charAt(0).toUpperCase()}${_def.type.slice(1)}`;
    const types = `meta: object; errorShape: ErrorShape; input: ${inputs[path]}; output: ${outputs[path]}`;
    const line = `    ${verb}: TRPC${kind}Procedure<{ ${types} }>;`;
    nouns.set(noun, [...(nouns.get(noun) ?? []), line]);
  }
  const routers = [...nouns].map(([noun, lines]) => `  ${noun}: {\n${lines.join('\n')}\n  };`).join('\n');
  return `${head}export type AppRouter = TRPCBuiltRouter<Root, {\n${routers}\n}>;\n`;
}

const head = `import type { TRPCBuiltRouter, TRPCMutationProcedure, TRPCQueryProcedure, TRPCSubscriptionProcedure } from '@trpc/server';

interface ErrorShape {
  message: string;
  code: number;
  data: {
    code: string;
    httpStatus: number;
    reason: string;
    fields: Record<string, string[]> | null;
    retryAfterSeconds: number | null;
  };
}

interface Root {
  ctx: object;
  meta: object;
  errorShape: ErrorShape;
  transformer: false;
}

`;

/** `noun.verb` and the type of each. */
function printEach(checker: ts.TypeChecker, type: ts.Type): Printed {
  const { NoTruncation, InTypeAlias, UseSingleQuotesForStringLiteralType } = ts.TypeFormatFlags;
  const flags = NoTruncation | InTypeAlias | UseSingleQuotesForStringLiteralType;
  const printed = (one: ts.Type) =>
    checker.typeToString(one, undefined, flags).replaceAll(/SerializeRecord<(.+?), string>/g, '$1');
  // What JSON has no word for comes as nothing.
  const textOf = (one: ts.Type) => (one.flags & ts.TypeFlags.Never ? 'void' : printed(one));
  const found: Printed = {};
  for (const noun of type.getProperties())
    for (const verb of checker.getTypeOfSymbol(noun).getProperties())
      found[`${noun.name}.${verb.name}`] = textOf(checker.getTypeOfSymbol(verb));
  return found;
}
