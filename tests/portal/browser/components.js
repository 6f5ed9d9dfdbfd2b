// Lightning web components under synthetic shadow, as Salesforce renders parts of its pages.
import './synthetic-shadow.js';
import {
  createElement,
  LightningElement,
  registerComponent,
  registerDecorators,
  registerTemplate,
} from './engine-dom.js';
import { element } from './aura.js';

const template = registerTemplate(({ h }) => [h('div', { key: 0, context: { lwc: { dom: 'manual' } } }, [])]);
template.stylesheets = [];

/** A component around what only it can see in the page's own world. */
function defineComponent(tag) {
  class Component extends LightningElement {
    content = null;

    render() {
      return template;
    }

    renderedCallback() {
      this.template.querySelector('div').append(this.content);
    }
  }
  registerDecorators(Component, { publicProps: { content: { config: 0 } } });
  return registerComponent(Component, { tmpl: template, sel: tag, apiVersion: 66 });
}

const components = new Map();

export function within(tag, content) {
  const known = components.get(tag) ?? defineComponent(tag);
  components.set(tag, known);
  const made = createElement(tag, { is: known, mode: 'open' });
  made.content = content;
  return made;
}

/** A link of the navigation, within two components. */
function navigationItem([text, href]) {
  const link = element('a', { href, class: 'comm-navigation__item-link' }, element('span', {}, text));
  return element('li', {}, within('community_navigation-global-navigation-item', link));
}

/** Those that do not fit are in a menu: in the page only once it is open. */
function overflow(links) {
  const button = element('button', { 'aria-haspopup': 'true', 'aria-expanded': 'false', title: 'More' }, 'More');
  const menu = element('ul', { role: 'menu' });
  button.addEventListener('click', () => {
    button.setAttribute('aria-expanded', 'true');
    menu.replaceChildren(...links.map(navigationItem));
  });
  return element('li', {}, button, menu);
}

export function navigation(links, hidden) {
  const shown = links.filter((link) => !hidden.includes(link));
  const more = hidden.length > 0 ? [overflow(hidden)] : [];
  const list = element('ul', {}, ...shown.map(navigationItem), ...more);
  return within('community_navigation-global-navigation-list', list);
}
