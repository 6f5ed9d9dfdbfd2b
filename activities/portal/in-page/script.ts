/**
 * The script that every document of the portal gets before its own ones run. It watches the document change, and tells
 * what it sees through a function of the page, so that nothing asks the page over and over.
 */
import { columnLabels, columns, foldLabel, listName } from '../columns.ts';
import type { PageObservation } from '../page-observations.ts';
import { createDom } from './dom.ts';
import { createScroller } from './scroll.ts';
import { watchList, type ListOptions } from './watch-list.ts';
import { watchPageState, type PageStateOptions } from './watch-page-state.ts';

/** The function of the page that takes what was seen. */
export const reportFunction = 'gibneySyncSaw';

/** The attribute on the parts of the sign-in form, and on the link to the list. */
export const pageMark = 'data-gibney-sync';

interface Parts {
  createDom: typeof createDom;
  createScroller: typeof createScroller;
  fold: typeof foldLabel;
  watchList: typeof watchList;
  watchPageState: typeof watchPageState;
}

interface Options {
  report: string;
  list: ListOptions;
  pageState: PageStateOptions;
}

type WithoutDocument<Facts> = Facts extends unknown ? Omit<Facts, 'document'> : never;

/** Runs in the page: nothing outside of the function may be used. */
function watch(parts: Parts, options: Options): void {
  if (window.top !== window) return;
  const documentId = `${performance.timeOrigin}-${Math.random()}`;
  const send = (window as unknown as Record<string, (observation: PageObservation) => void>)[options.report]!;
  const report = (facts: WithoutDocument<PageObservation>) => send({ ...facts, document: documentId });
  const dom = parts.createDom();
  let moreToCome = true;
  const lookAtState = parts.watchPageState(dom, parts.fold, options.pageState, report);
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
      lookAtState();
      list.look(nodes);
    } catch (error) {
      report({ kind: 'script_failure', message: String(error) });
    }
  }

  // A look comes after the task that changed the document, so that it never sees a row half drawn by one task.
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
      'placeholder',
    ],
  });
}

/** The script's text. */
export function pageScript(): string {
  const folded = columns.map((column) => foldLabel(columnLabels[column]));
  const options: Options = {
    report: reportFunction,
    list: { name: foldLabel(listName), columns: folded, nameColumn: foldLabel(columnLabels.name) },
    pageState: { listLink: foldLabel(listName), mark: pageMark },
  };
  const parts = { createDom, createScroller, fold: foldLabel, watchList, watchPageState };
  const sources = Object.entries(parts).map(([name, part]) => `${name}: ${part.toString()}`);
  return `(${watch.toString()})({ ${sources.join(',\n')} }, ${JSON.stringify(options)});`;
}
