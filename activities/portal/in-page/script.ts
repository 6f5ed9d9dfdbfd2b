/**
 * The script that every document of the portal gets before its own run, in a world of its own. It watches the document
 * change and reports what it sees, so that nothing polls the page, and it acts on the page.
 */
import { nameLabel, rentalLabels } from '#domain/rental-list/fields.ts';
import { foldLabel, listName } from '../columns.ts';
import type { PageObservation } from '../page-observations.ts';
import { createDom } from './dom.ts';
import { createScroller } from './scroll.ts';
import { watchList, type ListOptions } from './watch-list.ts';
import { watchPageState, type PageActions, type PageStateOptions } from './watch-page-state.ts';

/** The function of the script's world that takes what was seen, as JSON. */
export const reportBinding = 'report';

/** The name in the script's world of what can be done with the page. */
export const pageActions = 'actions';

export type { PageActions };

interface Parts {
  createDom: typeof createDom;
  createScroller: typeof createScroller;
  fold: typeof foldLabel;
  watchList: typeof watchList;
  watchPageState: typeof watchPageState;
}

interface Options {
  origin: string;
  list: ListOptions;
  pageState: PageStateOptions;
}

/** Runs in the page: nothing outside of the function may be used. */
function watch(parts: Parts, options: Options): void {
  if (window.top !== window || location.origin !== options.origin) return;
  const world = window as unknown as { report: (json: string) => void; actions: PageActions };
  const report = (observation: PageObservation) => world.report(JSON.stringify(observation));
  const dom = parts.createDom();
  let moreToCome = true;
  const state = parts.watchPageState(dom, parts.fold, options.pageState, report);
  world.actions = state.actions;
  const list = parts.watchList(dom, parts.fold, options.list, (facts) => {
    moreToCome = facts.status?.more ?? true;
    report(facts);
    scroller.follow();
  });
  const scroller = parts.createScroller(list.table, list.wantsMore, () => moreToCome);

  const changed = new Set<Node>();
  const { port1: inbox, port2: outbox } = new MessageChannel();
  inbox.onmessage = look;

  function look(): void {
    const nodes = Array.from(changed);
    changed.clear();
    try {
      state.look();
      list.look(nodes);
    } catch (error) {
      report({ kind: 'script_failure', message: String(error) });
    }
  }

  /** A style that arrived changes what is shown, but no node. */
  function lookAgain(): void {
    if (changed.size === 0) outbox.postMessage(null);
    changed.add(window.document);
  }
  window.document.addEventListener('load', lookAgain, true);
  window.addEventListener('load', lookAgain);

  // The look comes after the task that changed the document, so that it never sees a row half drawn by one task.
  const observer = new MutationObserver((records) => {
    if (changed.size === 0) outbox.postMessage(null);
    for (const { type, target, addedNodes } of records) {
      if (type !== 'childList' || (target instanceof Element && target.closest('tr'))) changed.add(target);
      for (const node of addedNodes) changed.add(node);
    }
    // Removals alone name no node, but may have taken the table or the form away.
    changed.add(window.document);
  });
  observer.observe(window.document, {
    childList: true,
    subtree: true,
    characterData: true,
    attributeFilter: [
      'data-recordid',
      'href',
      'title',
      'aria-label',
      'class',
      'style',
      'hidden',
      'disabled',
      'readonly',
      'placeholder',
    ],
  });
}

/** The script's text, for documents of this origin. */
export function pageScript(origin: string): string {
  const options: Options = {
    origin,
    list: {
      name: foldLabel(listName),
      recentName: foldLabel('Recently Viewed'),
      columns: rentalLabels.map(foldLabel),
      nameColumn: foldLabel(nameLabel),
    },
    pageState: { listLink: foldLabel(listName) },
  };
  const parts = { createDom, createScroller, fold: foldLabel, watchList, watchPageState };
  const sources = Object.entries(parts).map(([name, part]) => `${name}: ${part.toString()}`);
  return `(${watch.toString()})({ ${sources.join(',\n')} }, ${JSON.stringify(options)});`;
}
