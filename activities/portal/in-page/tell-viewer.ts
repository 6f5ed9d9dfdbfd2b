/**
 * What the page's framework knows of its viewer. Runs in the page's own world, the only one that has it, so the result
 * is only the page's word. Nothing outside of the function may be used.
 */
export function tellViewer(names: readonly string[]): Record<string, string> {
  interface Framework {
    $A?: { get(expression: string): unknown };
    Aura?: { appBootstrap?: unknown };
  }
  const { $A: framework, Aura: aura } = window as Framework;

  function providedBy(value: unknown, depth = 0): Record<string, unknown> | null {
    if (typeof value !== 'object' || value === null || depth > 6) return null;
    const { type, values } = value as { type?: unknown; values?: Record<string, unknown> };
    if (type === '$Locale' && values) return values;
    for (const inner of Object.values(value).slice(0, 500)) {
      const found = providedBy(inner, depth + 1);
      if (found) return found;
    }
    return null;
  }

  function asked(name: string): unknown {
    try {
      return framework?.get(`$Locale.${name}`);
    } catch {
      return undefined; // it is not ready
    }
  }

  const provided = providedBy(aura?.appBootstrap) ?? {};
  const told = names.map((name): [string, unknown] => [name, asked(name) ?? provided[name]]);
  return Object.fromEntries(
    told.filter((pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1].length <= 100),
  );
}
