/** An action of the present page that leads back to what is shown of it: an action's address has no parameters but its own. */
export function actionHref(name: string, shown: Iterable<[string, string]>): string {
  // Without script the page's own address still names the action before.
  const kept = [...shown].filter(([key]) => !key.startsWith('/'));
  return kept.length > 0 ? `?/${name}&${new URLSearchParams(kept)}` : `?/${name}`;
}
